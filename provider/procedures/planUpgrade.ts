import { type Hop, isRebuild } from "../cluster/hop";
import { mayBeVip } from "../cluster/membership";
import { newestRecord, type RunRecord } from "../cluster/record";
import type { ClusterState, FrontendState, MachineState } from "../cluster/state";
import { goneNotes } from "../machine/who";
import { stoppedFrontends } from "../plan/frontendView";
import type { NodePlan, Plan, Refusal, Step } from "../plan/plan";
import { frontendNotes } from "../plan/frontendNotes";
import { packageWarnings } from "../plan/packageWarnings";
import { platformWarnings } from "../plan/platformWarnings";
import { withoutConsequences } from "../plan/preflight";
import {
  closedFrontends,
  indexIsIncomplete,
  progressOf,
  sameHop,
  stoppedSearch,
  unfinishedOn,
} from "../plan/progress";
import { configNotes } from "../plan/refusals/config";
import { searchIndexRefusals } from "../plan/refusals/searchIndices";
import { refuse } from "../plan/refusals/rule";
import { unlisted } from "../plan/refusals/unlisted";
import { unreadNotes } from "../plan/refusals/unreadable";
import { hopSpec, type UpgradeSpec } from "../plan/spec";
import { installedRight } from "../plan/view";
import { release } from "../versions/version";
import { backupWarnings } from "./backupSteps";
import { cleanupHop, cleanupTooEarly, planCleanup } from "./cleanup";
import { consentRefusal, downtimeOf } from "./consent";
import { planDowntime } from "./downtime";
import { drainOwed, drainWarnings, withDraining } from "./draining";
import { findWay, isDown, openHop } from "./findWay";
import { planFrontends } from "./frontends";
import { isOfBackends, unknownFrontends } from "./frontendsAmong";
import { openFrontend } from "./frontendSteps";
import type { HopSteps } from "./hopSteps";
import { laterObstacles, laterPackages } from "./later";
import { rebuildWarnings } from "./rebuildIndex";
import { planReindex, searchRuns } from "./reindex";
import { planRolling } from "./rolling";
import { lowestVersion } from "./standing";

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
  const steps = withDraining(spec, record, [...reopen(spec, hop, state, record), ...own.steps]);
  const idle = steps.length === 0;
  // Where the frontends come first, the backends are shown as the hop behind will find them.
  const ofBackends = hop.method === "frontends" ? (hops.find(isOfBackends) ?? hop) : hop;
  const nodes = ofBackends === hop ? own.nodes : planHop(spec, ofBackends, state).nodes;
  // Nothing is left down for what a later part lacks: that is told when its turn comes.
  const pastReturn =
    way.continues &&
    ((indexIsIncomplete(record) && closedFrontends(record).length > 0) ||
      (hop.method === "downtime" && record!.begun.some((id) => id.endsWith("/start-upgrade"))));
  const open = openHop(record);
  const isRolling = open?.method === "rolling" && sameHop(open, hop);
  const isUnderWay = way.continues ? isDown(record!) : isRolling;
  const deletes = open !== null && record!.begun.some((id) => id.endsWith("/delete-index"));
  // How many frontends there are, so that one serves, only a right list tells.
  const wrongList = own.refusals.some(({ code }) => code === "membership");
  const toConsent = (isUnderWay ? hops.slice(1) : hops).filter(
    ({ method }) => !(wrongList && method === "frontends"),
  );
  const cleansTooEarly = cleanupHop(spec, state) !== null && !idle && hop.method !== "cleanup";
  return {
    from,
    to: spec.version,
    hops: idle
      ? []
      : (hops.length > 0 ? hops : [hop]).map((each) => ({
          ...each,
          downtime: downtimeOf(spec, each, state),
        })),
    steps,
    nodes: withHops(spec, hops, nodes),
    frontends: own.frontends ?? idleFrontends(spec, state, hops),
    refusals: withoutConsequences([
      ...way.refusals,
      ...unlisted(record, unfinishedOn(record), [...state.nodes, ...state.frontends]),
      ...leftStopped(record, hops, state),
      ...own.refusals,
      ...(idle || pastReturn ? [] : consentRefusal(spec, toConsent, record, state)),
      ...(pastReturn ? [] : laterPackages(spec, hops.slice(1), state)),
      // What has begun goes on: what stands in a later part's way is told when its turn comes.
      ...(idle || open ? [] : laterObstacles(spec, hops, state)),
      // As long as the data are there: an earlier run may have been of a release that did not ask.
      ...(idle || (way.continues && open?.method !== "reindex") || isRolling || deletes
        ? []
        : searchIndexRefusals(spec, hops, state)),
      ...(cleansTooEarly ? [cleanupTooEarly(spec.frontends!.cleanup!)] : []),
    ]),
    warnings: distinct([
      ...goneNotes(spec.goneMachines, record),
      ...own.warnings,
      ...packageWarnings(changing(state.nodes, nodes), "chef-backend"),
      ...(isRebuild(ofBackends) ? [] : platformWarnings(changing(state.nodes, nodes), ofBackends.to)),
      ...packageWarnings(changing(state.frontends, own.frontends ?? []), "chef-server-core"),
      ...([hop, ...hops].every(({ method }) => method === "rolling")
        ? []
        : frontendNotes(
            notClosed(state.frontends, record),
            hops.some(({ method }) => method === "frontends") && spec.frontends!.smokeTest,
          )),
      // Where nothing is to be done nobody has to look at them.
      ...(idle ? [] : [...unreadNotes(state.nodes), ...mayBeVip(state), ...configNotes(state.nodes)]),
      ...rebuildWarnings(spec, state, hops),
      ...unknownFrontends(spec, state, hops),
      ...drainWarnings(spec, record),
      ...hops
        .filter(({ method }) => method === "downtime" || method === "reindex")
        .flatMap((each) => backupWarnings(spec, each)),
    ]),
    owed: [...own.owed, ...searchOwed(state, record), ...drainOwed(record)],
  };
}

/** Those that no run has closed: of the others it is told that they are closed. */
const notClosed = (frontends: readonly FrontendState[], record: RunRecord | null) =>
  frontends.filter(({ name }) => !closedFrontends(record).includes(name));

/** Two hops may warn of the same. */
const distinct = (texts: readonly string[]) => [...new Set(texts)];

/** The machines that a hop changes something on. */
function changing<State extends MachineState>(
  machines: readonly State[],
  plans: readonly NodePlan[],
): State[] {
  const names = plans.filter(({ order }) => order !== null).map(({ name }) => name);
  return machines.filter(({ name }) => names.includes(name));
}

function planHop(spec: UpgradeSpec, hop: Hop, state: ClusterState): HopSteps {
  switch (hop.method) {
    case "rolling":
      return planRolling(hopSpec(spec, hop, state), state);
    case "downtime":
      return planDowntime(spec, hop, state);
    case "reindex":
      return planReindex(spec, hop, state);
    case "frontends":
      return planFrontends(hopSpec(spec, hop, state), hop, state);
    case "cleanup":
      return planCleanup(spec, hop, state);
  }
}

/** Frontends that a hop has closed which is not continued: they are opened before anything else. */
function reopen(spec: UpgradeSpec, hop: Hop, state: ClusterState, record: RunRecord | null): Step[] {
  const closes = hop.method === "frontends" && progressOf(record, hop).anyDone("close");
  if (hop.method === "reindex" || closes) return [];
  const closed = closedFrontends(record);
  return state.frontends
    .filter((node) => closed.includes(node.name))
    .map((node) => openFrontend(spec, node, record));
}

/** One that we have stopped would stay so where nothing asks for its version any more. */
function leftStopped(record: RunRecord | null, hops: readonly Hop[], { frontends }: ClusterState): Refusal[] {
  if (hops.some(({ method }) => method === "frontends")) return [];
  const stopped = stoppedFrontends(record);
  return frontends
    .filter(
      ({ name, unreachable, answer }) => stopped.includes(name) && unreachable === null && answer !== "pong",
    )
    .map(({ name, answer }) =>
      refuse({
        code: "frontends",
        what: "Frontend is out of service",
        where: name,
        seen: `an earlier run stopped it and did not finish its upgrade, and \`frontends.version\` is not set; /_status: ${answer}`,
        next: "set `frontends.version` and `frontends.packageFile` again, or start it yourself with `chef-server-ctl start`",
      }),
    );
}

/** Elasticsearch that an earlier run has stopped: it is started before anything is judged (`execute/startSearch.ts`). */
function searchOwed({ nodes }: ClusterState, record: RunRecord | null): string[] {
  const stopped = stoppedSearch(record);
  const names = nodes
    .filter((node) => stopped.includes(node.name) && !searchRuns(node))
    .map(({ name }) => name);
  return names.length > 0 ? [`Elasticsearch on ${names.join(", ")} was stopped by an earlier run`] : [];
}

/** With several hops a backend goes through all of them. */
function withHops(spec: UpgradeSpec, hops: readonly Hop[], nodes: readonly NodePlan[]): NodePlan[] {
  const stops = hops
    .filter(isOfBackends)
    .filter((hop, at) => at === 0 || !isRebuild(hop))
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
  const drain = spec.frontends?.drain;
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
          ...(closes
            ? [`${drain ? "drain, " : ""}close, reindex, open${drain?.undo ? ", undrain" : ""}`]
            : []),
          ...(upgrades ? [`upgrade to ${later.to}`] : []),
        ].join(", ") || "nothing",
      because: closes
        ? "out of service while the search index is rebuilt"
        : changes
          ? "after the backends"
          : "already there",
    };
  });
}
