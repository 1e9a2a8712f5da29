import type { Hop } from "../cluster/hop";
import { newestRecord, type RunRecord } from "../cluster/record";
import type { ClusterState, NodeState } from "../cluster/state";
import { elasticsearchOf, findPath, oldestWith } from "../paths/backendPaths";
import type { NodePlan, Plan, Refusal, Step } from "../plan/plan";
import { stoppedFrontends } from "../plan/frontendView";
import { withoutConsequences } from "../plan/preflight";
import { closedFrontends, indexIsIncomplete, sameHop } from "../plan/progress";
import { laterPackageRules } from "../plan/refusals/packages";
import { refuse } from "../plan/refusals/rule";
import { hopSpec, type UpgradeSpec } from "../plan/spec";
import { installedRight, viewOf } from "../plan/view";
import { compareVersions, parseVersion, release } from "../versions/version";
import { backupWarnings } from "./backupSteps";
import { cleanupHop, cleanupTooEarly, planCleanup } from "./cleanup";
import { consentRefusal, downtimeOf } from "./consent";
import { planDowntime } from "./downtime";
import { frontendsHop, laterFrontends, planFrontends } from "./frontends";
import { openFrontend } from "./frontendSteps";
import type { HopSteps } from "./hopSteps";
import { laterReindex, planReindex } from "./reindex";
import { planRolling } from "./rolling";

/**
 * What has to be done so that everything is at the version that is asked for: the way is found, its first hop is
 * planned by the hop's own procedure. An unfinished hop that cannot be left comes first. Pure.
 */
export function planUpgrade(spec: UpgradeSpec, state: ClusterState): Plan {
  const record = newestRecord(state.nodes.map((node) => node.record));
  const from = lowestVersion(state) ?? spec.version;
  const way = findWay(spec, state, record, from);
  const hops = way.hops;
  const hop = hops[0] ?? { from: spec.version, to: spec.version, method: "rolling", because: "" };
  const own = planHop(spec, hop, state);
  const steps = [...reopen(spec, hop, state, record), ...own.steps];
  const idle = steps.length === 0;
  // Nothing is left down for what a later part lacks: that is told when its turn comes.
  const pastReturn =
    way.continues && hop.method === "downtime" && record!.begun.some((id) => id.endsWith("/start-upgrade"));
  const cleansTooEarly = cleanupHop(spec, state) !== null && !idle && hop.method !== "cleanup";
  return {
    from,
    to: spec.version,
    hops: idle
      ? []
      : (hops.length > 0 ? hops : [hop]).map((each) => ({ ...each, downtime: downtimeOf(spec, each) })),
    steps,
    nodes: withHops(spec, hops, own.nodes),
    frontends: own.frontends ?? idleFrontends(spec, state, hops),
    refusals: withoutConsequences([
      ...way.refusals,
      ...forgotten(state, record),
      ...own.refusals,
      ...(idle || pastReturn
        ? []
        : consentRefusal(spec, way.continues && isDown(record!) ? hops.slice(1) : hops, record)),
      ...(pastReturn ? [] : laterPackages(spec, hops.slice(1), state)),
      // What has begun goes on: what stands in a later part's way is told when its turn comes.
      ...(idle || openHop(record) ? [] : laterUpgrade(spec, hops.slice(1), state)),
      ...(cleansTooEarly ? [cleanupTooEarly(spec.frontends!.cleanup!)] : []),
    ]),
    warnings: [
      ...own.warnings,
      ...hops
        .filter(({ method }) => method === "downtime" || method === "reindex")
        .flatMap((each) => backupWarnings(spec, each)),
    ],
    owed: own.owed,
  };
}

function planHop(spec: UpgradeSpec, hop: Hop, state: ClusterState): HopSteps {
  switch (hop.method) {
    case "rolling":
      return planRolling(hopSpec(spec, hop), state);
    case "downtime":
      return planDowntime(spec, hop, state);
    case "reindex":
      return planReindex(spec, hop, state);
    case "frontends":
      return planFrontends(spec, hop, state);
    case "cleanup":
      return planCleanup(spec, hop, state);
  }
}

/** Every hop that is left, in order; and why there is none, where there should be. */
function findWay(
  spec: UpgradeSpec,
  state: ClusterState,
  record: RunRecord | null,
  from: string,
): { hops: readonly Hop[]; refusals: readonly Refusal[]; continues: boolean } {
  const index = state.nodes.map((node) => node.indexVersion).find((version) => version !== null) ?? null;
  const open = openHop(record);
  const found = findPath({ from, to: spec.version, index });
  const path = "code" in found ? [] : found;
  const refusals = "code" in found ? [found] : [];
  const frontends = frontendsHop(spec, state, open);
  const last = [frontends, cleanupHop(spec, state)].filter((hop) => hop !== null);
  if (open && mustContinue(spec, open, record!, path, state)) {
    const made = open.method === "reindex" ? elasticsearchOf(open.to) : index;
    const ownWay = open.method === "frontends";
    const rest = ownWay ? found : findPath({ from: open.to, to: spec.version, index: made, later: true });
    const after = "code" in rest ? [] : rest;
    const first = ownWay ? frontends! : open;
    return {
      hops: [first, ...after, ...last.filter((hop) => !sameHop(hop, first))],
      refusals: [...("code" in rest ? [rest] : []), ...unfinishedNewer(spec, open)],
      continues: true,
    };
  }
  // The record of a hop that is still to come owes nothing to a rolling one.
  const ofLater = open !== null && last.some((hop) => hop.method === open.method);
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
          because: "an earlier run did not finish it, or its services run an older build",
        },
      ]
    : [];
  return { hops: [...path, ...rolling, ...last], refusals, continues: false };
}

function openHop(record: RunRecord | null): Hop | null {
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
  // One that we have stopped is finished first, also where another version is asked for by now.
  if (open.method === "frontends")
    return open.to === spec.frontends?.version
      ? begun("stop")
      : Boolean(spec.frontends?.version) && stoppedFrontends(record).length > 0;
  // Whatever is asked for by now: without it whoever searches finds nothing.
  if (indexIsIncomplete(record)) return true;
  // Somebody wants an older version now: nothing leads there, and nothing newer is installed unasked.
  if (compareVersions(open.to, spec.version) > 0) return open.method === "downtime" && isDown(record);
  switch (open.method) {
    case "downtime":
      return begun("install") || begun("down");
    case "reindex":
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
function isDown(record: RunRecord): boolean {
  const method = openHop(record)?.method;
  if (method === "reindex") return closedFrontends(record).length > 0 || indexIsIncomplete(record);
  return method !== "downtime" || record.begun.some((id) => id.endsWith("/down"));
}

const hasReached = ({ package: { version } }: NodeState, to: string) =>
  version !== null && parseVersion(version) !== null && compareVersions(version, to) >= 0;

/** The unfinished hop is of a newer version than the one that is asked for now. */
function unfinishedNewer(spec: UpgradeSpec, open: Hop): Refusal[] {
  const what: Partial<Record<Hop["method"], string>> = {
    reindex: "build the search index anew for",
    downtime: "take the backends down for",
  };
  return what[open.method] && compareVersions(open.to, spec.version) > 0
    ? [
        refuse(
          "downgrade",
          `An earlier run has begun to ${what[open.method]} chef-backend ${release(open.to)}, newer than the wanted ${release(spec.version)}`,
          `There is no downgrade: set version to ${release(open.to)} or later, and run again to finish it`,
        ),
      ]
    : [];
}

/** Nobody else knows that they are closed: left out they would stay closed for ever. */
function forgotten(state: ClusterState, record: RunRecord | null): Refusal[] {
  const names = closedFrontends(record).filter((name) => state.frontends.every((node) => node.name !== name));
  return names.length === 0
    ? []
    : [
        refuse(
          "frontends",
          `${names.join(", ")}, closed to clients by an earlier run, ${names.length === 1 ? "is" : "are"} not among the frontends any more`,
          "Give every frontend until that upgrade is finished; if one is gone for good, open it by hand first",
        ),
      ];
}

/** Frontends that a hop has closed which is not continued: they are opened before anything else. */
function reopen(spec: UpgradeSpec, hop: Hop, state: ClusterState, record: RunRecord | null): Step[] {
  if (hop.method === "reindex") return [];
  const closed = closedFrontends(record);
  return state.frontends.filter((node) => closed.includes(node.name)).map((node) => openFrontend(spec, node));
}

/** Lowest release that any backend stands at: installed, or older where its services are known to be. */
function lowestVersion(state: ClusterState): string | null {
  const versions = state.nodes.map(standsAt).filter((version) => version !== null);
  return versions.sort(compareVersions)[0] ?? null;
}

/**
 * A package that was installed without its `upgrade` changes nothing yet: our last `upgrade` tells what runs, else
 * the Elasticsearch that answers, as far as it matters for the way.
 */
function standsAt({ package: pkg, running, upgradedTo, searchVersion }: NodeState): string | null {
  if (pkg.version === null || !parseVersion(pkg.version)) return null;
  if (running.kind !== "older") return pkg.version;
  if (parseVersion(upgradedTo)) return upgradedTo;
  const brought = elasticsearchOf(pkg.version);
  const older = searchVersion !== null && compareVersions(searchVersion, brought) < 0;
  return older ? oldestWith(searchVersion) : pkg.version;
}

/** What the later hops install must be right before the first one begins. */
function laterPackages(spec: UpgradeSpec, later: readonly Hop[], state: ClusterState): Refusal[] {
  return later
    .filter((hop) => hop.method !== "frontends" && hop.method !== "cleanup")
    .flatMap((hop) => {
      const own = hopSpec(spec, hop);
      const view = viewOf(own, state);
      return laterPackageRules.flatMap((rule) => rule(own, view));
    });
}

function laterUpgrade(spec: UpgradeSpec, later: readonly Hop[], state: ClusterState): Refusal[] {
  return later.flatMap((hop) => {
    if (hop.method === "frontends") return laterFrontends(spec, hop, state);
    return hop.method === "reindex" ? laterReindex(spec, hop, state) : [];
  });
}

/** With several hops a backend goes through all of them. */
function withHops(spec: UpgradeSpec, hops: readonly Hop[], nodes: readonly NodePlan[]): NodePlan[] {
  const stops = hops
    .filter((hop) => hop.method !== "frontends" && hop.method !== "cleanup")
    .map((hop) => hop.to);
  if (stops.length < 2) return nodes.map((node) => ({ ...node, desired: spec.version }));
  return nodes.map((node) => ({
    ...node,
    desired: spec.version,
    because: `${node.because}, then ${stops.slice(1).join(", then ")}`,
  }));
}

/** Frontends that this hop leaves alone: later hops may change them. */
function idleFrontends(spec: UpgradeSpec, state: ClusterState, hops: readonly Hop[]): NodePlan[] {
  const later = hops.find((hop) => hop.method === "frontends");
  const installed = (node: ClusterState["frontends"][number]) => release(node.package.version ?? "nothing");
  const acts = hops.some((hop) => hop.method === "downtime");
  const closes = hops.some((hop) => hop.method === "reindex");
  return state.frontends.map((node, index) => {
    const upgrades = later !== undefined && !installedRight(node, later.to);
    const changes = upgrades || acts || closes;
    return {
      ...{ name: node.name, role: "frontend", installed: installed(node), running: installed(node) },
      desired: spec.frontends?.version ?? installed(node),
      order: changes ? index + 1 : null,
      does:
        [
          ...(acts ? ["reconfigure"] : []),
          ...(closes ? ["close, reindex, open"] : []),
          ...(upgrades ? [`upgrade to ${later.to}`] : []),
        ].join(", ") || "nothing",
      because: changes ? "after the backends" : "already there",
    };
  });
}
