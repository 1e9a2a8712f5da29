import { Stopwatch } from "../../lab/simulation/cluster/stopwatch";
import { packageFile } from "../../lab/simulation/packages/packageFile";
import type { FrontendSpec, SimulationOptions } from "../../lab/simulation/types";
import type { UpgradeResult } from "../../provider/execute/upgradeCluster";
import type { FrontendsSpec, UpgradeSpec } from "../../provider/plan/spec";
import type { StartedJob } from "../support/memoryNode";
import { type Client, packageAt, Rehearsal } from "../support/rehearsal";
import * as check from "./checks";
import { startedAgain } from "../support/startedAgain";

export const target = "15.10.12";
const path = packageAt("chef-server-core", target);

export interface Given extends Partial<SimulationOptions> {
  /** How many frontends there are. */
  count?: number;
  /** The release of all of them. */
  from?: string;
  /** Of single ones. */
  change?: Record<string, Partial<FrontendSpec>>;
}

/** Backends at 2.3.16, frontends at 14.0.65; the package of 15.10.12 lies on every frontend. */
export class Site extends Rehearsal {
  /** The most frontends that did not serve at once, in truth. */
  mostOut = 0;
  /** How long all of them were closed for the reindex. */
  readonly closed = new Stopwatch();
  readonly #since = Date.UTC(2024, 0, 1);

  constructor({ count = 2, from = "14.0.65", change = {}, ...options }: Given = {}) {
    const frontends = Array.from({ length: count }, (_, at) => ({
      name: `frontend-${at + 1}`,
      ip: `192.168.33.${231 + at}`,
      version: from,
      ...change[`frontend-${at + 1}`],
    }));
    super({ version: "2.3.16", frontends, ...options });
    this.layOn(target);
    const { sim } = this;
    const changed = sim.changed.bind(sim);
    sim.changed = () => {
      changed();
      const out = sim.frontends.filter((each) => !each.serving || !each.up).length;
      this.mostOut = Math.max(this.mostOut, out);
      this.closed.set(
        sim.frontends.every((each) => each.maintenance),
        this.clock.now(),
      );
    };
  }

  layOn(version: string): void {
    const format = this.sim.platform;
    for (const node of this.frontends)
      node.files.set(
        packageAt("chef-server-core", version),
        Buffer.from(packageFile({ name: "chef-server-core", version, format })),
      );
  }

  asked(frontends: Partial<FrontendsSpec> = {}, change: Partial<UpgradeSpec> = {}): Partial<UpgradeSpec> {
    return {
      frontends: this.frontendsSpec({
        ...{ version: target, packageFile: { path, staging: null, stagedKiB: 0 }, acceptLicense: true },
        ...frontends,
      }),
      allowDowntime: target,
      ...change,
    };
  }

  /** One `pulumi up` that wants the frontends at the target. */
  run(client: Client = this.client(), change: Partial<UpgradeSpec> = {}): Promise<UpgradeResult> {
    return this.up(this.asked({}, change), client);
  }

  /** The same, killed somewhere: whether it was. */
  async killed(client: Client, change: Partial<UpgradeSpec> = {}): Promise<boolean> {
    return (await check.upOrKilled(this, this.asked({}, change), client)) === null;
  }

  /** Calls `then` when a step begins, once. */
  at(step: string, then: () => void): void {
    this.onEvent = (event) => {
      if (event.type !== "step-started" || event.step !== step) return;
      this.onEvent = undefined;
      then();
    };
  }

  build(version = target): string {
    return this.sim.platform === "deb" ? `${version}-1` : `${version}-1.el7`;
  }

  seconds(): number {
    return (this.clock.now() - this.#since) / 1000;
  }
}

/** What is done to one frontend; the first one has no migration level to copy. */
export function wholeUpgrade(name: string, first: boolean): string[] {
  const copy = "cp /var/lib/pulumi-chef-backend/files/migration-level";
  return [
    "reconfigure",
    ...(first ? [] : [`${copy} /var/opt/opscode/upgrades/migration-level`]),
    "stop",
    "install",
    "upgrade",
    "start",
  ].map((command) => `${name} ${command}`);
}

/** The reindex at the end of an upgrade to 14 or 15. */
export function wholeReindex(r: Rehearsal): string[] {
  const all = (state: string) => r.frontends.map(({ name }) => `${name} maintenance ${state}`);
  return [...all("on"), "frontend-1 reindex -a", ...all("off")];
}

/** An `upgrade` or `reindex` that had ended well was started again; an `upgrade` though nothing showed that it was of no use. */
export function repeated(r: Rehearsal): string[] {
  return startedAgain(
    r.jobs.filter((job) => job.kind !== "reindex" || job.end === null || endedWell(r, job)),
    /^(upgrade-frontend|reindex|cleanup-frontend)$/,
  )
    .filter((job) => job.kind !== "upgrade-frontend" || !startedInVain(r, job))
    .map((job) => `${job.node} ${job.kind} was started again at ${check.seconds(job.at)} s`);
}

/** A `reindex` of which no organization failed: it ends with 0 whatever becomes of them. */
function endedWell({ sim }: Rehearsal, { at, end }: StartedJob): boolean {
  return end?.code === 0 && !sim.search.failedAt.some((time) => time >= at && time <= end.at);
}

/** Whether the last start of its node before an `upgrade` failed: then the `upgrade` before that one may have done nothing. */
export function startedInVain({ jobs }: Pick<Rehearsal, "jobs">, upgrade: StartedJob): boolean {
  const before = jobs.slice(0, jobs.indexOf(upgrade)).filter(({ node }) => node === upgrade.node);
  const start = before.findLast(({ kind }) => kind === "start-frontend");
  return !!start?.end && start.end.code !== 0;
}

/** Everything is upgraded and answers, each knows the schema, nothing is owed, and nobody did what must not be done. */
export function problems(r: Site, result: UpgradeResult, { reindexes = 1 } = {}): string[] {
  const { sim } = r;
  const found: string[] = result.failure ? [`failed: ${check.textOf(result)}`] : [];
  for (const each of sim.frontends) {
    if (each.installed !== r.build()) found.push(`${each.name} has ${each.installed}`);
    if (each.upgradeOwed) found.push(`${each.name} is not upgraded`);
    if (!each.open) found.push(`${each.name} does not serve`);
    if (each.migrationLevel.trim() !== sim.schema.level)
      found.push(`${each.name} has an old migration level`);
  }
  const indexed = r.jobs.filter((job) => job.kind === "reindex" && endedWell(r, job)).length;
  if (indexed !== reindexes) found.push(`${indexed} reindexes`);
  const record = check.recordOf(r);
  if (record && !record.finished) found.push(`the record is open: ${JSON.stringify(record)}`);
  for (const node of [...r.nodes, ...r.frontends]) {
    if (node.lock) found.push(`${node.name} is still locked`);
    if (node.jobs.some((job) => job.state === "running")) found.push(`a job runs on ${node.name}`);
  }
  if (!sim.failover || !sim.healthy) found.push("the backends are not well");
  return [...found, ...sim.accidents, ...repeated(r)];
}

/** … and with two or more somebody answered at any time, and we had one out at most. */
/** Seconds during which no frontend answered, but for the reindex. Nobody answers well while the backends' leadership moves. */
export function unanswered(r: Site): number {
  return Math.max(0, r.sim.unansweredSeconds - r.closed.seconds(r.clock.now()) - 0.01);
}

export function allProblems(r: Site, result: UpgradeResult, options: { reindexes?: number } = {}): string[] {
  const found = problems(r, result, options);
  if (r.frontends.length > 1 && unanswered(r) > r.sim.leaderlessSeconds)
    found.push(`nobody answered for ${unanswered(r)} s`);
  if (r.sim.emptySearchSeconds > 0) found.push(`searches found too little for ${r.sim.emptySearchSeconds} s`);
  if (r.mostOut > 1) found.push(`${r.mostOut} were out at once`);
  return found;
}
