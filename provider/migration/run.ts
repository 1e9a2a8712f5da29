import type { ClusterState } from "../cluster/state";
import { viewAge } from "../cluster/viewAge";
import { awaitHealthy } from "../execute/awaitHealthy";
import type { Context } from "../execute/context";
import { StepFailedError } from "../execute/errors";
import { Jobs } from "../execute/jobs";
import type { HeldLock } from "../execute/lock";
import { RunJournal } from "../execute/runJournal";
import { untilAnswers } from "../execute/untilAnswers";
import { newestJournal } from "../machine/journal";
import type { Machine } from "../machine/machine";
import type { Depth } from "../observe/observeMachine";
import { observeMigration } from "./observeMigration";
import type { MigrationPlan, MigrationStep } from "./plan";
import { planMigration } from "./planMigration";
import { holding, type MigrationRecord } from "./record";
import { knownMachines } from "./sameMachines";
import type { MigrationSpec } from "./spec";
import type { MigrationState, NewBackend } from "./state";

/** A migration under way: the last observation of both systems, jobs and journal. */
export class MigrationRun {
  readonly jobs: Jobs;
  readonly journal: RunJournal<MigrationRecord>;

  constructor(
    readonly spec: MigrationSpec,
    readonly machines: readonly Machine[],
    readonly context: Context,
    readonly lock: HeldLock,
    public state: MigrationState,
    record: MigrationRecord | null,
  ) {
    this.jobs = new Jobs(machines, context, lock, { speaks: ({ kind }) => knives.has(kind) });
    const backends = machines.slice(0, spec.cluster.nodes.length);
    this.journal = new RunJournal(backends, this.jobs, record, (last) => this.#standing(last));
  }

  get record(): MigrationRecord | null {
    return this.journal.record;
  }

  /** Reads both systems again, or those machines. */
  async observe(depth: Depth = "status", only?: readonly string[]): Promise<MigrationState> {
    this.lock.check();
    const { spec, machines, context } = this;
    return (this.state = await observeMigration(spec, machines, context.clock, depth, this.state, only));
  }

  /** Observes, and plans by the record that we have written: a node that was cut off must not bring back an old one. */
  async look(whole: boolean): Promise<MigrationPlan> {
    const state = await this.observe(whole ? "full" : "status");
    const migration = newestJournal([this.record, ...state.nodes.map((node) => node.migration)]);
    this.journal.record = migration;
    return planMigration(this.spec, { ...state, nodes: state.nodes.map((node) => ({ ...node, migration })) });
  }

  #standing(last: MigrationRecord | null): Omit<MigrationRecord, "seq" | "run" | "finished" | "times"> {
    const mode = this.spec.rehearse ? "rehearse" : "migrate";
    const { nodes, frontends, oldFrontends } = this.state;
    return {
      ...{ procedure: "migration", version: this.spec.cluster.version, filled: false, migrated: false },
      ...{ tidyReport: null, archive: null, counts: { old: [], new: [] }, begun: [], done: [] },
      ...last,
      ...(last ? holding(last, mode) : {}),
      ...{ mode, machines: knownMachines(last, [...nodes, ...frontends, ...oldFrontends]) },
    };
  }

  /**
   * Waits until these backends are a healthy cluster by themselves, in readings from after the restart of one of them.
   * @throws StepFailedError when they are not in the step's time.
   */
  async untilHealthy(
    step: MigrationStep,
    members: readonly NewBackend[],
    restarted: readonly string[] = [],
  ): Promise<void> {
    const names = members.map(({ name }) => name);
    const cluster = (state: MigrationState): ClusterState => ({
      ...state,
      // Followers that frontends need are still to come.
      nodes: state.nodes
        .filter(({ name }) => names.includes(name))
        .map((node) => (names.length < this.spec.cluster.nodes.length ? { ...node, taken: null } : node)),
      frontends: [],
    });
    const outcome = await awaitHealthy({
      clock: this.context.clock,
      observe: async () => cluster(await this.observe("status", names)),
      firstReading: async () => cluster(await this.observe("status", names)),
      restarted,
      // Replicas have no place before the last one has joined.
      search: members.length < this.spec.cluster.nodes.length ? "ignored" : "counts",
      statusInterval: viewAge(members, this.spec.timeouts.statusInterval),
      timeout: step.timeout,
      onWaiting: (reason, seconds) => this.waiting(step, reason, seconds),
    });
    if (!outcome.healthy)
      throw new StepFailedError(
        step,
        `the new cluster is not healthy after ${outcome.limit} s: ${outcome.reason}`,
      );
  }

  /**
   * Waits until a frontend, old or new, answers its clients.
   * @throws StepFailedError when it does not in the step's time.
   */
  untilAnswers(step: MigrationStep, name: string): Promise<void> {
    const look = async () => {
      const { frontends, oldFrontends, startedAt, endedAt } = await this.observe("status", [name]);
      const its = [...frontends, ...oldFrontends].find((each) => each.name === name)!;
      return { ...its, startedAt, endedAt };
    };
    return untilAnswers(this.context.clock, step, name, look, (what, seconds) =>
      this.waiting(step, what, seconds),
    );
  }

  waiting({ id, node, timeout }: MigrationStep, text: string, seconds: number): void {
    this.context.report({ type: "waiting", step: id, node, text, seconds, limit: timeout });
  }
}

/** Their own words are all that tells how far they are. */
const knives: ReadonlySet<string> = new Set(["tidy-report", "backup", "restore", "backup-again"]);
