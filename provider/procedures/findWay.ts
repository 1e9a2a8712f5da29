import { type Hop, isRebuild } from "../cluster/hop";
import type { RunRecord } from "../cluster/record";
import type { ClusterState, NodeState } from "../cluster/state";
import { elasticsearchOf, findPath } from "../paths/backendPaths";
import { stoppedFrontends } from "../plan/frontendView";
import type { Refusal } from "../plan/plan";
import { closedFrontends, indexIsIncomplete, sameHop } from "../plan/progress";
import { refuse } from "../plan/refusals/rule";
import type { UpgradeSpec } from "../plan/spec";
import { compareVersions, parseVersion, release } from "../versions/version";
import { cleanupHop } from "./cleanup";
import { frontendsHop } from "./frontends";
import { misfits, withFrontends } from "./frontendsAmong";
import { oldestIndex, rebuildHop } from "./rebuildIndex";
import { planRolling } from "./rolling";

/** The way from what is there to what is wanted. */
export interface Way {
  readonly hops: readonly Hop[];
  readonly refusals: readonly Refusal[];
  /** Its first hop was begun by an earlier run, and cannot be left. */
  readonly continues: boolean;
}

/** Every hop that is left, in order; and why there is none, where there should be. */
export function findWay(spec: UpgradeSpec, state: ClusterState, record: RunRecord | null, from: string): Way {
  const index = oldestIndex(state);
  const packages = Object.keys(spec.packages);
  const open = openHop(record);
  const found = findPath({ from, to: spec.version, index, packages });
  const path = "code" in found ? [] : found;
  const refusals = "code" in found ? [found] : [];
  // A reindex that is not complete is finished by the hop that it belongs to.
  const frontends = frontendsHop(spec, state, indexIsIncomplete(record) ? null : open);
  // A hop that has changed something is finished, whatever the frontends are.
  const changed =
    open !== null &&
    (record!.inside !== null ||
      record!.failover !== "on" ||
      state.nodes.some((node) => hasReached(node, open.to)));
  const begun = (hop: Hop) => changed && sameHop(open, hop);
  const lastAfter = (hops: readonly Hop[]) =>
    [rebuildHop(spec, state, hops), cleanupHop(spec, state)].filter((hop) => hop !== null);
  if (open && mustContinue(spec, open, record!, path, state)) {
    const made = open.method === "reindex" ? elasticsearchOf(open.to) : index;
    const ownWay = open.method === "frontends";
    const rest = ownWay
      ? found
      : findPath({ from: open.to, to: spec.version, index: made, packages, later: true });
    const after = "code" in rest ? [] : rest;
    const first = ownWay && !indexIsIncomplete(record) ? frontends! : open;
    const last = lastAfter([first, ...after]).filter((hop) => !sameHop(hop, first));
    const later = frontends && !sameHop(frontends, first) ? frontends : null;
    const others = withFrontends(after, later, last, begun);
    return {
      hops: [first, ...others],
      refusals: [...("code" in rest ? [rest] : []), ...unfinishedNewer(spec, open)],
      continues: true,
    };
  }
  const last = lastAfter(path);
  // The record of a hop that is still to come owes nothing to a rolling one.
  const ofLater = open !== null && [frontends, ...last].some((hop) => hop?.method === open.method);
  const plain = ofLater ? { ...state, nodes: state.nodes.map((node) => ({ ...node, record: null })) } : state;
  const unfinished =
    path.length === 0 &&
    refusals.length === 0 &&
    compareVersions(from, spec.version) <= 0 &&
    planRolling(spec, plain).steps.length > 0;
  const rolling: Hop[] = unfinished
    ? [
        {
          from,
          to: spec.version,
          method: "rolling",
          because: "begun and not finished, or its services run an older build",
        },
      ]
    : [];
  const hops = withFrontends([...path, ...rolling], frontends, last, begun);
  // What has begun goes on: what stands in a later hop's way is told when its turn comes.
  const unfit = misfits(state, open ? hops.slice(0, 1) : hops, begun);
  return { hops, refusals: [...refusals, ...unfit], continues: false };
}

export function openHop(record: RunRecord | null): Hop | null {
  if (!record || record.finished) return null;
  return (
    record.hop ?? { from: record.from, to: record.to, method: "rolling", because: "an earlier run began it" }
  );
}

/**
 * Whether an unfinished hop comes first, whatever is asked for now: one with downtime that has begun to change
 * something, a frontend between stop and start, and a rolling one where the way goes on by another method.
 */
function mustContinue(
  spec: UpgradeSpec,
  open: Hop,
  record: RunRecord,
  path: readonly Hop[],
  state: ClusterState,
): boolean {
  const begun = (kind: string) => record.begun.some((id) => id.endsWith(`/${kind}`));
  // Whatever is asked for by now: without it whoever searches finds too little.
  if (indexIsIncomplete(record)) return open.method !== "frontends" || spec.frontends !== null;
  // One that we have stopped is finished first, also where another version is asked for by now.
  if (open.method === "frontends")
    return open.to === spec.frontends?.version
      ? begun("stop")
      : Boolean(spec.frontends?.version) && stoppedFrontends(record).length > 0;
  // Somebody wants an older version now: nothing leads there, and nothing newer is installed unasked.
  if (compareVersions(open.to, spec.version) > 0) return open.method === "downtime" && isDown(record);
  switch (open.method) {
    case "downtime":
      return begun("install") || begun("down");
    case "reindex":
      if (isRebuild(open))
        return closedFrontends(record).length > 0 || record.done.includes("cluster/reindex");
      // The index is new and everybody is served, and backends are left: a rolling update like any other.
      if (
        record.done.includes("cluster/reindex") &&
        closedFrontends(record).length === 0 &&
        !state.nodes.every((node) => hasReached(node, open.to))
      )
        return false;
      // The index stays owed by the record, whatever version the backends read, and whoever is served meanwhile.
      return begun("close") || begun("stop-search") || state.nodes.some((node) => hasReached(node, open.to));
    case "cleanup":
      return false;
    case "rolling":
      return (
        path[0] !== undefined &&
        path[0].method !== "rolling" &&
        // Where only its last look is left, it is complete before the next part begins all the same.
        (record.inside !== null ||
          record.failover !== "on" ||
          state.nodes.every((node) => hasReached(node, open.to)))
      );
  }
}

/**
 * Whether the downtime that needs consent has begun. Until then it may be withdrawn: backends on which packages were
 * installed serve as before.
 */
export function isDown(record: RunRecord): boolean {
  const method = openHop(record)?.method;
  // What is left once the index is whole, and the frontends serve, takes nothing out of service.
  if (method === "reindex" && record.done.includes("cluster/reindex")) return true;
  if (method === "reindex") return closedFrontends(record).length > 0 || indexIsIncomplete(record);
  // Between two frontends, and before they are closed for the reindex, clients are answered.
  if (method === "frontends")
    return stoppedFrontends(record).length > 0 || closedFrontends(record).length > 0;
  return method !== "downtime" || record.begun.some((id) => id.endsWith("/down"));
}

const hasReached = ({ package: { version } }: NodeState, to: string) =>
  version !== null && parseVersion(version) !== null && compareVersions(version, to) >= 0;

/** The unfinished hop is of a newer version than the one that is asked for now. */
function unfinishedNewer(spec: UpgradeSpec, open: Hop): Refusal[] {
  const what: Partial<Record<Hop["method"], string>> = {
    reindex: "rebuild the search index for",
    downtime: "take the backends down for",
  };
  return what[open.method] && compareVersions(open.to, spec.version) > 0
    ? [
        refuse({
          code: "downgrade",
          what: "Unfinished upgrade to a newer version",
          where: "the cluster",
          seen: `an earlier run began to ${what[open.method]} chef-backend ${release(open.to)}; \`version\` is ${release(spec.version)}`,
          next: `set \`version\` to ${release(open.to)} or later, then run \`pulumi up\` to finish it`,
        }),
      ]
    : [];
}
