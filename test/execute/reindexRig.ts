import type { SimulationOptions } from "../../lab/simulation/types";
import type { RunRecord } from "../../provider/cluster/record";
import type { UpgradeResult } from "../../provider/execute/upgradeCluster";
import type { UpgradeSpec } from "../../provider/plan/spec";
import { frontendNames, names, packageAt, Rehearsal } from "../support/rehearsal";
import * as check from "./checks";

/** Frontends that know maintenance mode, and such that do not. */
export const [withMaintenance, without] = ["15.9.38", "14.5.29"] as const;

/** Which way a rehearsal goes. */
export interface Way {
  readonly from: string;
  /** The Elasticsearch that made the index. */
  readonly index: string;
  readonly to: string;
}

/** One hop: the backends are upgraded, then the index is deleted and built anew. */
export const oneHop: Way = { from: "2.0.30", index: "2.3.1", to: "2.3.16" };
/** A new index where it is, then as a rolling update. */
export const rebuildFirst: Way = { from: "2.1.0", index: "2.3.1", to: "3.1.1" };
/** With downtime to 2.3.16, a new index there, then as a rolling update. */
export const fromOne: Way = { from: "1.4.40", index: "2.3.1", to: "3.1.1" };
/** With a new index to 2.3.16, then as a rolling update. */
export const fromTwo: Way = { from: "2.0.30", index: "2.3.1", to: "3.1.1" };
/** As a rolling update to 2.3.16, a new index there, then as a rolling update again. */
export const rollingFirst: Way = { from: "2.0.30", index: "5.4.1", to: "3.1.1" };

export const ways: readonly Way[] = [oneHop, rebuildFirst, fromOne, fromTwo, rollingFirst];

/** Every backend has the record of a release that upgraded first: its backups are made, its frontends about to be closed. */
export function ofUpgradingFirst(r: Rehearsal, change: Partial<RunRecord> = {}): void {
  const backups = ["cluster/backup", "frontends/backup"];
  const record = {
    ...{ seq: 9, run: "earlier", from: "2.3.16-1", to: "3.1.1", leaderAtStart: "backend-1" },
    hop: {
      ...{ from: "2.3.16-1", to: "3.1.1", method: "reindex" },
      because: "the index was made by Elasticsearch 2.3.1",
    },
    ...{ failover: "on", offSeq: 0, inside: null, insideGuid: null, unfinished: [] },
    ...{ begun: ["frontend-1/close", "frontend-2/close", ...backups], done: backups },
    ...{ ahead: [], cleanedUp: null, times: {}, finished: false },
    ...change,
  };
  for (const node of r.nodes) node.record = JSON.stringify(record);
}

/** A cluster at the beginning of a way, with two frontends, and every package on every backend. */
export function aRehearsal(
  way: Way = oneHop,
  frontend: string = withMaintenance,
  options: Partial<SimulationOptions> = {},
): Rehearsal {
  const frontends = frontendNames.map((name, at) => ({
    name,
    ip: `192.168.33.${21 + at}`,
    version: frontend,
  }));
  const r = new Rehearsal({ version: way.from, indexCreatedBy: way.index, frontends, ...options });
  if (way.to !== "2.3.16") r.lay(way.to);
  return r;
}

/** What the program asks for: downtime allowed, packages of all hops given. */
export function asked(
  r: Rehearsal,
  way: Way = oneHop,
  change: Partial<UpgradeSpec> = {},
): Partial<UpgradeSpec> {
  const laid = { path: packageAt("chef-backend", way.to), staging: null, stagedKiB: 0 };
  return {
    ...{ version: way.to, allowDowntime: way.to },
    packages: { ...r.spec().packages, ...(way.to === "2.3.16" ? {} : { [way.to]: laid }) },
    ...change,
  };
}

/** The n-th step that begins, with what was true at that moment. */
export function atStep(r: Rehearsal, index: number, then: (step: string, node: string | null) => void): void {
  let seen = 0;
  r.onEvent = (event) => {
    if (event.type === "step-started" && seen++ === index) then(event.step, event.node);
  };
}

/** The steps of a run without faults. */
export async function stepsOf(way: Way = oneHop, frontend: string = withMaintenance): Promise<string[]> {
  const r = aRehearsal(way, frontend);
  await r.up(asked(r, way, { reindexTestOrg: "acme" }));
  return r.events.flatMap((event) => (event.type === "step-started" ? [event.step] : []));
}

/** Everything is at the version, healthy, open, indexed, and nothing is owed. */
export function endProblems(r: Rehearsal, result: UpgradeResult, way: Way = oneHop): string[] {
  const { sim } = r;
  const problems: string[] = [];
  if (result.failure) problems.push(`failed: ${check.textOf(result)}`);
  for (const versions of [sim.installedVersions(), sim.runningVersions()])
    for (const [name, version] of Object.entries(versions))
      if (version !== `${way.to}-1`) problems.push(`${name} is at ${version}`);
  if (!sim.failover) problems.push("failover is off");
  if (!sim.healthy) problems.push(`not healthy: ${sim.outOfService().join() || sim.search.colour}`);
  if (!sim.search.complete) problems.push("the index is not complete");
  if (sim.search.index?.createdBy === way.index) problems.push(`the index is still of ${way.index}`);
  for (const each of sim.frontends) if (!each.open) problems.push(`${each.name} is closed`);
  const record = check.recordOf(r);
  if (record && !record.finished) problems.push(`the record is open: ${JSON.stringify(record)}`);
  return problems;
}

/** What must never have happened, however a run ended. */
export function harm(r: Rehearsal): string[] {
  const { sim } = r;
  return [
    ...sim.accidents,
    ...(sim.emptySearchSeconds > 0 && !emptyByProcedure(r)
      ? [`clients could search an empty index for ${sim.emptySearchSeconds} s`]
      : []),
    ...repeatedReindex(r),
  ];
}

/** The vendor's procedure reconfigures a frontend that knows no maintenance mode, and that starts it. */
const emptyByProcedure = (r: Rehearsal) => r.sim.frontends.some((each) => each.installed.startsWith("14.5."));

/** `reindex -a` once more while it ran, or after it had ended with 0 for this index. */
export function repeatedReindex(r: Rehearsal): string[] {
  const all = r.sim.history.filter((each) => each.argv.join(" ") === "chef-server-ctl reindex -a");
  const deletes = r.sim.history.filter((each) => each.argv.includes("-delete"));
  return all
    .filter((each, at) =>
      all
        .slice(0, at)
        .some(
          (before) =>
            !before.killed &&
            (before.ended === undefined || before.ended > each.at || before.code === 0) &&
            !deletes.some((one) => one.at > before.at && one.at < each.at),
        ),
    )
    .map((each) => `reindex -a was started again at ${check.seconds(each.at)} s`);
}

/**
 * What a run that failed owes its reader: closed exactly while the index is not complete and the first line says so;
 * failover on, or a node inside and said.
 */
export function wayOutProblems(r: Rehearsal, result: UpgradeResult): string[] {
  const problems: string[] = [];
  const text = check.textOf(result);
  const record = check.recordOf(r);
  // Begun as far as anybody can know: an answer that was lost counts.
  const deleting = record?.begun.some((id) => id.endsWith("/delete-index")) ?? false;
  const says = text.startsWith("FRONTENDS ARE CLOSED");
  const open = r.sim.frontends.filter((each) => each.open).map((each) => each.name);
  const owed = deleting && !record!.finished && !record!.done.includes("cluster/reindex");
  if (owed) {
    if (!says) problems.push(`the first line does not say that frontends are closed: ${text}`);
    if (!/chef-server-ctl reindex -a/.test(text.split("\n")[0]!))
      problems.push("no command to go on by hand");
    if (open.length > 0 && !emptyByProcedure(r)) problems.push(`${open.join()} is open`);
  } else if (open.length < r.sim.frontends.length && !says) problems.push(`closed, and not said: ${text}`);
  // Who was stopped before he had the lock can open nothing.
  else if (
    !/Opening the frontends failed|^Stopped on request/m.test(text) &&
    open.length < r.sim.frontends.length
  )
    problems.push(`not opened again: ${text}`);
  const couldNot = /FAILOVER IS OFF \(it could not be turned on again/.test(text);
  if (!r.sim.failover && (record?.inside ?? null) === null && !couldNot)
    problems.push("failover is off, no node is inside");
  if (!r.sim.failover && !/FAILOVER IS OFF/.test(text)) problems.push("failover is off, and it is not said");
  return problems;
}

/** Runs until it ends well, or so often; hands over where the error says that a person has to. */
export async function finish(r: Rehearsal, change: Partial<UpgradeSpec>, most = 2): Promise<UpgradeResult> {
  let result = await r.up(change);
  for (let more = 1; result.failure && more < most; more += 1) {
    const to = /hand over leadership: `chef-backend-ctl promote ([\w-]+)`/.exec(check.textOf(result))?.[1];
    if (to) {
      r.sim.cluster.failover = true;
      r.sim.forceFailover(to);
    }
    await r.clock.advance(200_000);
    result = await r.up(change);
  }
  return result;
}

export { check, names };
