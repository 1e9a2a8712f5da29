import * as ctl from "../commands/chefBackendCtl";
import { folderProblem } from "../chef/cluster/searchFolder";
import { placesOf } from "../chef/cluster/places";
import { deleteData } from "../commands/searchData";
import { type Hop, isRebuild } from "../cluster/hop";
import type { ClusterState, FrontendState, NodeState } from "../cluster/state";
import { elasticsearchOf } from "../paths/backendPaths";
import { opensIndex, runsMixed } from "../paths/searchIndex";
import { describeNodes } from "../plan/describe";
import type { Refusal, Step } from "../plan/plan";
import { refusals } from "../plan/preflight";
import { type Progress, progressOf } from "../plan/progress";
import { backupNotes, backupRoom, backupTools } from "../plan/refusals/backupRoom";
import { frontendRules } from "../plan/refusals/frontends";
import { deadRunit } from "../plan/refusals/midway";
import { reindexPort } from "../plan/refusals/reindexPort";
import { refuse } from "../plan/refusals/rule";
import { hopSpec, type UpgradeSpec } from "../plan/spec";
import { type NodeView, type View, viewOf } from "../plan/view";
import { backups } from "./backupSteps";
import { failoverOff, failoverOn } from "./failoverSteps";
import {
  closeFrontend,
  hasMaintenance,
  openFrontend,
  reconfigureFrontend,
  reindex,
  reindexTest,
} from "./frontendSteps";
import { type HopSteps, verify } from "./hopSteps";
import { indexOwed } from "./indexOwed";
import { oldestIndex } from "./rebuildIndex";
import { debts, isBlocked, updates, upgradeOrder, warnings } from "./rolling";
import { asTheyAre, rebuilt, withoutUpgrades } from "./withoutUpgrade";

/**
 * The search index is deleted and built anew, while the frontends are closed (vendor's upgrade page, "Rebuild the chef index").
 * Either nothing is upgraded (`isRebuild`), or it is a rolling update whose new Elasticsearch cannot go on with the index.
 *
 *   1. every package onto every node; backups
 *   2. every frontend closed to clients (maintenance, or stopped where it knows none)
 *   3. the rolling update of the backends where there is one, failover left off
 *   4. Elasticsearch stopped on all, its data deleted on all, started on all; full health waited for
 *   5. chef-server-ctl reconfigure on one frontend: it makes the new index; failover on
 *   6. one organization reindexed and searched as a test, where one is given; then all of them
 *   7. the frontends opened, each verified by its /_status
 *
 * Where the new Elasticsearch would not start beside the old index, 4 to 7 come before 3: in what a release began that upgraded
 * first. The one backend that it has left without Elasticsearch is finished as soon as the old index is gone.
 *
 * Guarantees:
 * - Until the deletion begins, the frontends are opened again on every way out. From then until everything is
 *   reindexed they stay closed: a client that finds nothing converges on nothing.
 * - Only the one configured folder is emptied, while Elasticsearch is stopped on all, and no link is followed.
 * - The index is owed by the record, not by a version: a node that reads the new one proves nothing of it.
 */
export function planReindex(spec: UpgradeSpec, hop: Hop, state: ClusterState): HopSteps {
  const own = isRebuild(hop) ? asTheyAre(hopSpec(spec, hop, state), state) : hopSpec(spec, hop, state);
  const view = isRebuild(hop) ? withoutUpgrades(viewOf(own, state)) : viewOf(own, state);
  const progress = progressOf(view.record, hop);
  const order = upgradeOrder(view);
  const closed = state.frontends.filter(({ name }) => progress.done(`${name}/close`));
  const untouched = closed.length === 0 && !progress.anyBegun("delete-index");
  const fresh =
    untouched &&
    (isRebuild(hop)
      ? !progress.anyBegun("stop-search")
      : order.length === view.nodes.length && order.every(isOld));
  const whole = runsMixed(state.nodes) ? "mixed" : "counts";
  // Another one may be listed first by now.
  const first =
    state.frontends.find(({ name }) => progress.begun(`${name}/reconfigure`)) ?? state.frontends[0];
  const reconfigured = first !== undefined && progress.done(`${first.name}/reconfigure`);
  const pending = (step: Step) => !progress.done(step.id);
  const before = order.length > 0 && rebuildsBefore(hop, state, progress);
  const stranded = before && !reconfigured ? order.filter((node) => node.inside) : [];
  const later = before ? order.filter((node) => !stranded.includes(node)) : [];
  const rolls = later.length > 0 && progress.done("cluster/reindex");
  const data = [
    ...blockFailover(own, view, order.length > 0 && !before),
    ...newData(own, hop, state, progress),
  ];
  const steps = [
    ...(untouched ? backups(own, view, hop, progress) : []),
    ...(progress.done("cluster/reindex") ? [] : state.frontends)
      .filter(
        (node) => !closed.includes(node) || (servesAgain(node) && !isReconfigured(node, first, progress)),
      )
      .map((node) => closeFrontend(own, node)),
    ...(before ? [] : updates(own, view, order)),
    ...(reconfigured ? [] : before ? beforeHealth(data, updates(own, view, stranded)) : data),
    ...(first && !reconfigured ? [reconfigureFrontend(own, first)] : []),
    ...((view.record?.failover === "on" && reconfigured) || rolls
      ? []
      : [failoverOn(own, "Elasticsearch runs again")]),
    ...(first && spec.reindexTestOrg !== null && !progress.done("cluster/reindex")
      ? [
          reindexTest(
            own,
            progress.at("cluster/reindex-test", state.frontends) ?? first,
            spec.reindexTestOrg,
          ),
        ].filter(pending)
      : []),
    ...(first
      ? [reindex(own, progress.at("cluster/reindex", state.frontends) ?? first, progress.failed)]
      : []
    ).filter(pending),
    ...state.frontends.map((node) => openFrontend(own, node, view.record)).filter(pending),
    ...updates(own, view, later),
    ...(later.length > 0 ? [failoverOn(own, "whoever turns it off turns it on again")] : []),
    verify(own),
  ];
  return {
    steps: stageFirst(steps),
    nodes: isRebuild(hop) ? rebuilt(own, view, progress) : describeNodes(own, view, order),
    refusals: [
      // Until something has changed the search index counts: a whole cluster is where it begins.
      ...refusals({ ...own, search: fresh ? whole : own.search }, view),
      ...frontendRules.flatMap((rule) => rule(own, view)),
      // Once the index is deleted nothing is gained by stopping.
      ...(first && !progress.anyBegun("delete-index") ? reindexPort(first) : []),
      ...strangeFolders(view, progress),
      ...(isRebuild(hop) && fresh
        ? view.nodes.flatMap(({ state: node }) => deadRunit(node, "chef-backend-ctl status --simple"))
        : []),
      ...backupRoom(view, steps),
      ...backupTools(view, steps),
    ],
    warnings: [...warnings(view), ...maintenanceWarnings(state, untouched), ...backupNotes(view, steps)],
    owed: [...debts(view), ...indexOwed(view.record)],
  };
}

/** The new Elasticsearch does not start beside the index that is there; or its deletion has begun. */
function rebuildsBefore(hop: Hop, state: ClusterState, progress: Progress): boolean {
  if (isRebuild(hop)) return false;
  const made = oldestIndex(state);
  return progress.anyBegun("stop-search") || (made !== null && !opensIndex(elasticsearchOf(hop.to), made));
}

/** The one that has no Elasticsearch for want of a new index gets well before full health is waited for. */
function beforeHealth(data: readonly Step[], unfinished: readonly Step[]): Step[] {
  const isHealth = ({ kind }: Step) => kind === "healthy";
  return [...data.filter((step) => !isHealth(step)), ...unfinished, ...data.filter(isHealth)];
}

/** Every package comes before anything is closed. */
function stageFirst(steps: readonly Step[]): Step[] {
  const isStage = (step: Step) => step.kind === "stage";
  return [...steps.filter(isStage), ...steps.filter((step) => !isStage(step))];
}

/** The leader's turn left failover on; while Elasticsearch is stopped nobody shall fail over for it. */
function blockFailover(spec: UpgradeSpec, view: View, updating: boolean): Step[] {
  return !updating && isBlocked(view)
    ? []
    : [failoverOff(spec, "no failover while Elasticsearch is stopped")];
}

export const searchRuns = (node: NodeState) =>
  node.services.some((each) => each.service === "elasticsearch" && each.up);

/** Stopped on all, then deleted on all, then started on all: one that still ran would hand the old data on. */
function newData(spec: UpgradeSpec, hop: Hop, state: ClusterState, progress: Progress): Step[] {
  const on = (
    kind: "stop-search" | "delete-index" | "start-search",
    title: string,
    command: (folder: string) => string[],
  ) =>
    state.nodes.map((node): Step => ({
      id: `${node.name}/${kind}`,
      kind,
      node: node.name,
      title: kind === "delete-index" ? `${title} in ${folderOf(node)}` : title,
      reason: isRebuild(hop) ? hop.because : "the new Elasticsearch cannot go on with the old index",
      commands: [command(folderOf(node))],
      guard:
        kind === "delete-index"
          ? "Elasticsearch is stopped on all; the folder is the configured one, and holds nothing else"
          : "every frontend is closed",
      verify: "the command ends with 0",
      timeout: spec.timeouts.services,
    }));
  const isPending = ({ id }: Step) => !progress.done(id);
  const deletes = on("delete-index", "deleting the search index", deleteData).filter(isPending);
  const stops = on("stop-search", "stopping Elasticsearch", () => ctl.stop("elasticsearch")).filter(
    (step, index) => isPending(step) || searchRuns(state.nodes[index]!),
  );
  const starts = on("start-search", "starting Elasticsearch", () => ctl.start("elasticsearch")).filter(
    (step, index) => deletes.length > 0 || isPending(step) || !searchRuns(state.nodes[index]!),
  );
  const whole = [searchable(spec)].filter((step) => starts.length > 0 || isPending(step));
  return [...(deletes.length > 0 ? stops : []), ...deletes, ...starts, ...whole];
}

const isOld = (node: NodeView) => node.needsInstall && !node.inside;

/** One that was stopped, as it knows no maintenance, and was booted since. */
const servesAgain = (node: FrontendState) =>
  !hasMaintenance(node) && node.services.length > 0 && node.services.every((each) => each.up);

/** The vendor's procedure reconfigures one frontend, which starts it: from then on it runs, and has to. */
const isReconfigured = (node: FrontendState, first: FrontendState | undefined, progress: Progress) =>
  node === first && progress.begun(`${node.name}/reconfigure`);

function searchable(spec: UpgradeSpec): Step {
  return {
    id: "cluster/healthy",
    kind: "healthy",
    node: null,
    title: "waiting for full health, Elasticsearch included",
    reason: "the index is built anew in a whole cluster only",
    commands: [],
    guard: "Elasticsearch runs on all",
    verify: "one leader, green, n/n, in two readings",
    timeout: spec.timeouts.rejoin,
  };
}

const folderOf = ({ config }: NodeState) => placesOf(config).searchData;

/** Whatever that folder really is: nobody can be sure that its content is what the vendor's page says to delete. */
function strangeFolders(view: View, progress: Progress): Refusal[] {
  return view.nodes
    .filter(({ name }) => !progress.done(`${name}/delete-index`))
    .flatMap(({ name, state }) => {
      const problem = state.unreachable === null ? folderProblem(state) : null;
      if (problem === null) return [];
      return [
        refuse({
          code: "dataFolder",
          what: "Search index directory is not safe to empty",
          where: name,
          ...problem,
        }),
      ];
    });
}

function maintenanceWarnings(state: ClusterState, untouched: boolean): string[] {
  const [first] = state.frontends;
  const version = first?.package.version;
  return untouched && first && version && !hasMaintenance(first)
    ? [
        `${first.name} (chef-server-core ${version}) knows no maintenance mode: the vendor's procedure reconfigures it, which may start it, before the index is complete. Take it out of the load balancer meanwhile`,
      ]
    : [];
}

/** What stands in the way of a rebuild that comes later: told before the first part of the way begins. */
export function laterReindex(spec: UpgradeSpec, hop: Hop, state: ClusterState): Refusal[] {
  const own = hopSpec(spec, hop, state);
  const view = viewOf(own, state);
  return [
    ...frontendRules.flatMap((rule) => rule(own, view)),
    ...state.frontends.slice(0, 1).flatMap((first) => reindexPort(first)),
    ...strangeFolders(view, progressOf(null, hop)),
  ];
}
