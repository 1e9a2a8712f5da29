import { type Places, placesOf } from "../chef/cluster/places";
import { upgradeTold } from "../chef/server/partybus";
import { reindexTrouble } from "../chef/server/reindex";
import { testSummary } from "../chef/server/smokeTest";
import { tieHosts } from "../cluster/membership";
import type { RunRecord } from "../cluster/record";
import type { ClusterState } from "../cluster/state";
import { viewAge } from "../cluster/viewAge";
import { type Moment, momentOf, sinceThen } from "../machine/clock";
import type { JobSummary, Machine } from "../machine/machine";
import { knownBy, whoIs } from "../machine/who";
import { type Depth, observeCluster } from "../observe/observeCluster";
import type { Plan, Step, StepKind } from "../plan/plan";
import type { Hop } from "../cluster/hop";
import {
  closedFrontends,
  drainedFrontends,
  sameHop,
  staysInMaintenance,
  stoppedSearch,
  wasInMaintenance,
} from "../plan/progress";
import { stoppedFrontends } from "../plan/frontendView";
import { hopSpec, type UpgradeSpec } from "../plan/spec";
import { type View, viewOf } from "../plan/view";
import { planUpgrade } from "../procedures/planUpgrade";
import type { Backup } from "./backups";
import type { ClusterContext } from "./context";
import { guardOf } from "./guard";
import { Jobs } from "./jobs";
import { Leaderless } from "./leaderless";
import type { HeldLock } from "./lock";
import { RunJournal } from "./runJournal";
import { upgradeProgress } from "./upgradeProgress";

/** A reading with nothing begun since is as good as a new one for so many milliseconds. */
const freshFor = 1000;

/** A run under way on a Chef Backend cluster: the last observation, what is planned from it, jobs and journal. */
export class Run {
  readonly jobs: Jobs;
  readonly journal: RunJournal<RunRecord>;
  readonly backups: Backup[] = [];
  readonly leaderless = new Leaderless(this);
  /** `upgrade`s that were started and left running, by node. */
  readonly upgrades = new Map<string, Pick<JobSummary, "id" | "run">>();
  /** Frontends that this run has drained. What an earlier one drained, a restart of the load balancer may have undone. */
  readonly drained = new Set<string>();
  /** The hop that the run is at: the one of the last plan that had steps. */
  hop: Hop;
  /** What comes after it. */
  #ahead: readonly Hop[] = [];
  /** `jobs.turns` at the last reading, and when it ended; none of this run yet. */
  #readAt = -1;
  #readEnd: Moment;
  /** Which backend each host was when it was first seen. */
  readonly #guids = new Map<string, string>();

  constructor(
    readonly spec: UpgradeSpec,
    readonly machines: readonly Machine[],
    readonly context: ClusterContext,
    readonly lock: HeldLock,
    public state: ClusterState,
    record: RunRecord | null,
    /** The plan that the run began with. */
    readonly plan: Plan,
  ) {
    for (const [name, row] of tieHosts(state).rows) this.#guids.set(name, row.guid);
    this.#readEnd = momentOf(context.clock);
    this.hop = plainHop(plan.hops[0]!);
    this.#ahead = plan.hops.slice(1);
    this.jobs = new Jobs(machines, context, lock, {
      more: (_step, node) => guardOf(this, node),
      speaks: (step) => step.kind.startsWith("reindex"),
      progress: (step, node) => upgradeProgress(spec, machines, step, node, this.state),
      heeds: (step) => heeded[step.kind as StepKind] ?? null,
    });
    this.journal = new RunJournal(this.backends, this.jobs, record, (last) => this.#standing(last));
  }

  get backends(): readonly Machine[] {
    return this.machines.slice(0, this.spec.nodes.length);
  }

  get record(): RunRecord | null {
    return this.journal.record;
  }

  /** Where a backend's services are, by its own configuration. */
  placesOn(name: string): Places {
    return placesOf(this.state.nodes.find((node) => node.name === name)!.config);
  }

  /** How old what the backends show of each other can be, in seconds. */
  get viewAge(): number {
    return viewAge(this.state.nodes, this.spec.timeouts.statusInterval);
  }

  /** What is asked for at the hop that the run is at. */
  get target(): UpgradeSpec {
    return hopSpec(this.spec, this.hop, this.state);
  }

  /** Names of all backends with an unfinished step of ours, by the last reading. */
  get unfinished(): string[] {
    return this.view(this.state).unfinished.map(({ name }) => name);
  }

  /** What a reading shows, by the record that we have written. */
  view(state: ClusterState): View {
    return viewOf(this.target, this.#withRecord(state));
  }

  /** The last reading, where nothing was begun since and it is a moment old; else a new one. */
  async freshState(): Promise<ClusterState> {
    const fresh = this.#readAt === this.jobs.turns && sinceThen(this.context.clock, this.#readEnd) < freshFor;
    return fresh ? this.state : await this.observe();
  }

  /**
   * Reads the cluster again; where nobody leads for too long since failover is off by us, it is turned on.
   * @throws StepFailedError when a host has become another machine.
   */
  async observe(depth: Depth = "status"): Promise<ClusterState> {
    this.lock.check();
    const { spec, machines, context } = this;
    const untouched = this.hop.method === "rolling" && closedFrontends(this.record).length === 0;
    const frontends = untouched ? "keep" : "read";
    const state = await observeCluster(spec, machines, context.clock, depth, this.state, frontends);
    for (const [name, row] of tieHosts(state).rows) {
      const was = this.#guids.get(name) ?? row.guid;
      if (was !== row.guid)
        throw new Error(
          `${name} has become another backend (${was} => ${row.guid}): is its address the VIP? Give each backend by its own address`,
        );
      this.#guids.set(name, was);
    }
    this.state = state;
    this.#readAt = this.jobs.turns;
    this.#readEnd = momentOf(context.clock);
    await this.leaderless.look(state);
    return this.state;
  }

  /**
   * What is to be done from an observation on. The record is the one that we have written: a node that could not
   * be written to must not bring back an old one.
   */
  planFor(state: ClusterState, record = this.record): Plan {
    const plan = planUpgrade(this.spec, this.#withRecord(state, record));
    if (plan.steps.length > 0) this.#isAt(plan);
    // What has ended badly in this run is told once all have ended: the next run tries it again.
    const started = (step: Step) => step.kind === "start-upgrade" && this.upgrades.has(step.node!);
    const drained = (step: Step) => step.kind === "drain-frontend" && this.drained.has(step.node!);
    return { ...plan, steps: plan.steps.filter((step) => !started(step) && !drained(step)) };
  }

  #withRecord(state: ClusterState, record = this.record): ClusterState {
    return { ...state, nodes: state.nodes.map((node) => ({ ...node, record })) };
  }

  #isAt({ hops }: Plan): void {
    this.hop = plainHop(hops[0]!);
    this.#ahead = hops.slice(1);
  }

  /** Writes the record. @returns why it may not stand on some of the backends. */
  writeRecord(change: Partial<RunRecord>): Promise<Error[]> {
    if (!change.failover) return this.journal.write(change);
    return this.journal.write({ ...change, offSeq: change.failover === "off" ? this.journal.nextSeq : null });
  }

  /** A record of another hop keeps only what holds beyond it. */
  #standing(last: RunRecord | null): Omit<RunRecord, "seq" | "run" | "finished" | "times"> {
    const open = last && !last.finished ? last : null;
    const same = open?.hop && sameHop(open.hop, this.hop);
    const { nodes, frontends } = this.state;
    return {
      from: this.plan.from,
      to: this.spec.version,
      failover: "on",
      inside: null,
      insideGuid: null,
      cleanedUp: last?.cleanedUp ?? null,
      ...open,
      ...(same ? open : this.#newHop(last, open)),
      ahead: this.#ahead,
      unfinished: this.unfinished,
      who: knownBy(last, whoIs([...nodes, ...frontends], tieHosts(this.state).rows)),
    };
  }

  #newHop(
    last: RunRecord | null,
    open: RunRecord | null,
  ): Pick<RunRecord, "hop" | "begun" | "done" | "leaderAtStart" | "indexed" | "failed" | "lacked"> {
    const [closed, stopped] = [closedFrontends(open), stoppedFrontends(open)];
    return {
      hop: this.hop,
      // What another hop has closed or stopped is still owed.
      begun: [
        ...closed.map((name) => `${name}/close`),
        ...stopped.map((name) => `${name}/stop`),
        ...new Set(
          [...closed, ...stopped].filter((name) => staysInMaintenance(open, name)).map(wasInMaintenance),
        ),
        ...drainedFrontends(last).map((name) => `${name}/drain`),
        ...stoppedSearch(open).map((name) => `${name}/stop-search`),
      ],
      ...{ done: [], indexed: null, failed: null, lacked: {} },
      leaderAtStart: viewOf(this.target, this.state).leader?.name ?? "",
    };
  }

  waiting({ id, node, timeout }: Step, text: string, seconds: number, limit = timeout): void {
    this.context.report({ type: "waiting", step: id, node, text, seconds, limit });
  }
}

/** Lines that tell more of a step than its exit status. */
const heeded: Partial<Record<StepKind, RegExp>> = {
  ...{ reindex: reindexTrouble, "reindex-test": reindexTrouble },
  ...{ "upgrade-frontend": upgradeTold, "test-frontend": testSummary },
};

/** Without what only a preview needs of it: it goes into the record. */
function plainHop({ from, to, method, because }: Hop): Hop {
  return { from, to, method, because };
}
