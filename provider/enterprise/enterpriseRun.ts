import { upgradeTold } from "../chef/server/partybus";
import type { Context } from "../execute/context";
import { Jobs } from "../execute/jobs";
import type { HeldLock } from "../execute/lock";
import { RunJournal } from "../execute/runJournal";
import { newestJournal } from "../machine/journal";
import type { Machine } from "../machine/machine";
import { knownBy, whoIs } from "../machine/who";
import type { Depth } from "../observe/observeMachine";
import { observeEnterprise } from "./observeEnterprise";
import type { EnterprisePlan, EnterpriseStep } from "./plan";
import { planEnterprise } from "./planEnterprise";
import type { EnterpriseRecord } from "./record";
import type { EnterpriseSpec } from "./spec";
import { type EnterpriseState, machinesOf } from "./state";
import { type EnterpriseView, viewOf } from "./view";

/** A run under way: the last observation, what is planned from it, jobs and journal. */
export class EnterpriseRun {
  readonly jobs: Jobs;
  readonly journal: RunJournal<EnterpriseRecord>;
  readonly #task: EnterpriseRecord["task"];

  constructor(
    readonly spec: EnterpriseSpec,
    readonly machines: readonly Machine[],
    readonly context: Context,
    readonly lock: HeldLock,
    public state: EnterpriseState,
    /** The view that the run began with. */
    begun: EnterpriseView,
  ) {
    this.#task = begun.task!;
    this.jobs = new Jobs(machines, context, lock, {
      more: (step) => (step.kind === "install" ? { log: installLog(spec.version, lock.run) } : {}),
      heeds: (step) => (step.kind.startsWith("upgrade") ? upgradeTold : null),
    });
    const backends = machines.slice(0, spec.nodes.length);
    this.journal = new RunJournal(backends, this.jobs, begun.record, (last) => this.#standing(last, begun));
  }

  /** The last observation with what the record says by now. */
  get view(): EnterpriseView {
    return viewOf(this.spec, this.#known);
  }

  /** A backend that could not be written to must not bring back an old record. */
  get #known(): EnterpriseState {
    const { record } = this.journal;
    return { ...this.state, nodes: this.state.nodes.map((node) => ({ ...node, record })) };
  }

  async observe(depth: Depth = "status"): Promise<EnterpriseView> {
    this.lock.check();
    this.state = await observeEnterprise(this.spec, this.machines, this.context.clock, depth, this.state);
    const found = this.state.nodes.map((node) => node.record);
    this.journal.record = newestJournal([this.journal.record, ...found]);
    return this.view;
  }

  /** What is left of what the run has begun with: whatever else comes up is another run's matter. */
  async look(whole: boolean): Promise<EnterprisePlan> {
    const view = await this.observe(whole ? "full" : "status");
    const plan = planEnterprise(this.spec, this.#known);
    return view.task === this.#task ? plan : { ...plan, steps: [], refusals: [] };
  }

  waiting({ id, node, timeout }: EnterpriseStep, text: string, seconds: number): void {
    this.context.report({ type: "waiting", step: id, node, text, seconds, limit: timeout });
  }

  #standing(last: EnterpriseRecord | null, { from, pair }: EnterpriseView): Standing {
    const task = this.#task;
    const to = this.spec.version;
    const same = last && !last.finished && last.task === task && last.to === to ? last : null;
    return {
      ...{ task, to, from, primary: pair!.primary.name, begun: [], done: [], jobs: {}, attempts: [] },
      cleanedUp: last?.cleanedUp ?? null,
      ...same,
      who: knownBy(last, whoIs(machinesOf(this.state))),
    };
  }
}

type Standing = Omit<EnterpriseRecord, "seq" | "run" | "finished" | "times">;

/** Name of the file on a node that keeps what the package manager printed. */
export function installLog(version: string, run: string): string {
  return `install-private-chef-${version}-${run}.log`;
}
