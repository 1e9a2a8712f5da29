import * as ctl from "../commands/chefServerCtl";
import { postgresNote } from "../chef/server/postgres";
import { finishInstall } from "../commands/install";
import { pendingText } from "../chef/server/partybus";
import type { Hop } from "../cluster/hop";
import { newestRecord } from "../cluster/record";
import type { ClusterState } from "../cluster/state";
import { describeNodes } from "../plan/describe";
import {
  type FrontendView,
  frontendOrder,
  frontendViews,
  lowestFrontend,
  migratedBefore,
  owesReindex,
  owesUpgrade,
  skipsReindex,
  stoppedFrontends,
} from "../plan/frontendView";
import type { NodePlan, Step, StepKind } from "../plan/plan";
import { type Progress, progressOf } from "../plan/progress";
import { installing, type UpgradeSpec } from "../plan/spec";
import { installedRight, packageFileOf, viewOf } from "../plan/view";
import { compareVersions, parseVersion, release, satisfies } from "../versions/version";
import { worksWith } from "../paths/frontendSearch";
import { reindexPort } from "../plan/refusals/reindexPort";
import { addonSteps, addonWarnings } from "./addonSteps";
import { frontendRefusals } from "./frontendRefusals";
import { closeFrontend, onFrontend, openFrontend, reconfigureFrontend, reindex } from "./frontendSteps";
import { type HopSteps, verify } from "./hopSteps";
import { indexOwed } from "./indexOwed";
import { stageStep } from "./packageSteps";
import { newestSearch } from "./rebuildIndex";

/**
 * The frontends' own package (vendor's upgrade page, "Upgrading Chef Infra Server on the frontend machines").
 *
 *   1. the package onto every frontend
 *   2. the first frontend alone: reconfigure (where its release can be), stop, install, upgrade, start, verified twice by its
 *      /_status and its status
 *   3. each other one, one at a time: the same, with the first one's migration-level copied before it is stopped
 *   4. its add-ons reconfigured, where the program asks for it
 *   5. where Chef asks for it, and the program does not decline it: all of them closed, reindex, opened
 *
 * Guarantees:
 * - With two or more frontends at least one answers at any time, but for the reindex: none is stopped before all others answer.
 * - All share one index, and a reindex empties one organization after another: from its beginning until it is complete they stay
 *   closed, whichever way a run ends.
 * - The schema is migrated once, by the first one. That API writes succeed meanwhile is not promised.
 * - The license is accepted only where the program says so; nothing old is destroyed (`cleanup` is a hop of its own).
 */
export function planFrontends(spec: UpgradeSpec, hop: Hop, state: ClusterState): HopSteps {
  const view = viewOf(spec, state);
  const progress = progressOf(view.record, hop);
  const views = frontendViews(spec, state, progress);
  const order = frontendOrder(views);
  const first = state.frontends[0];
  const search = newestSearch(state);
  const pending = ({ id }: Step) => !progress.done(id);
  const owed = owesReindex(spec, hop, progress);
  // Verified by us, in this hop: what is left of it are its add-ons.
  const served = views.filter((each) => each.done && progress.done(`${each.name}/verify`));
  const steps = [
    ...stage(spec, order),
    ...served.flatMap((each) => addonsOf(spec, each, progress)),
    ...order.flatMap((each) => [
      ...upgradeOne(spec, views, each, progress, canBeReconfigured(each, search)),
      ...addonsOf(spec, each, progress),
    ]),
    ...(first && owed
      ? [
          ...state.frontends.map((each) => closeFrontend(spec, each)).filter(pending),
          reindex(spec, progress.at("cluster/reindex", state.frontends) ?? first, progress.failed),
        ]
      : []),
    ...state.frontends
      .filter(({ name }) => owed || progress.begun(`${name}/close`))
      .map((each) => openFrontend(spec, each, view.record))
      .filter(pending),
    verify(spec),
  ];
  return {
    steps,
    nodes: describeNodes(spec, view, []),
    frontends: describe(spec, views, order, search),
    refusals: [
      ...frontendRefusals(spec, hop, view, views, progress),
      // One that is out of service is finished first.
      ...(first && owed && !order.some(({ inside }) => inside) ? reindexPort(first, hop.to) : []),
    ],
    warnings: [
      ...(skipsReindex(spec, hop) && !owed ? [withoutReindex] : []),
      ...(owed && spec.frontends!.skipReindex && !skipsReindex(spec, hop)
        ? [
            `frontends.skipReindex is ${spec.frontends!.skipReindex}, and the frontends go to ${release(hop.to)}: the search index is rebuilt`,
          ]
        : []),
      ...postgresNotes(hop, state),
      ...order
        .filter((each) => !canBeReconfigured(each, search))
        .map(
          ({ name, state: { package: pkg } }) =>
            `${name} is upgraded without the \`chef-server-ctl reconfigure\` before it, which fails: chef-server-core ${release(pkg.version!)} does not work with Elasticsearch ${search}`,
        ),
      ...addonWarnings(
        spec,
        order.map((each) => each.state),
      ),
    ],
    owed: [
      ...order
        .filter((each) => each.inside)
        .map((each) => `frontend ${each.name} is between stop and verified answer`),
      ...indexOwed(view.record),
    ],
  };
}

const withoutReindex =
  "frontends.skipReindex: the search index stays as it is. Chef asks for a reindex after the upgrade to 14 or 15 where Elasticsearch is external; its sources show no difference in what is indexed (docs/upgrade-paths.md). If a search finds too little afterwards, run `chef-server-ctl reindex -a` in a maintenance window";

/** The sources disagree on it, so that it is told, and refuses nothing. */
function postgresNotes({ to }: Hop, { nodes, frontends }: ClusterState): string[] {
  const names = frontends.filter((each) => each.asksPostgres).map(({ name }) => name);
  const note = postgresNote(to, nodes.map(({ postgres }) => postgres).find((each) => each !== null) ?? null);
  return note === null || names.length === 0
    ? []
    : [
        `${names.join(", ")}: \`reconfigure\` of chef-server-core ${release(to)} ${note}: it may end with CSPG014. With \`use_chef_backend true\` in chef-server.rb it does not ask`,
      ];
}

function stage(spec: UpgradeSpec, order: readonly FrontendView[]): Step[] {
  const source = spec.frontends!.packageFile;
  const names = order
    .filter((view) => view.needsInstall && packageFileOf(view.state, spec.frontends!.version!)?.missing)
    .map((view) => view.name);
  return source?.staging && names.length > 0 ? [stageStep(spec, names)] : [];
}

/** Its `reconfigure` raises on an Elasticsearch that its release does not know; its upgrade is the way out of that. */
function canBeReconfigured({ state: { package: pkg } }: FrontendView, search: string | null): boolean {
  return search === null || !parseVersion(pkg.version ?? "") || worksWith(pkg.version!, search);
}

function upgradeOne(
  spec: UpgradeSpec,
  views: readonly FrontendView[],
  view: FrontendView,
  progress: Progress,
  reconfigures: boolean,
): Step[] {
  const { name, state, needsInstall, inside, upgraded } = view;
  const { acceptLicense, version } = spec.frontends!;
  const reason = becauseOf(view, version!);
  const step = (kind: StepKind, title: string, commands: Step["commands"], more: Partial<Step> = {}) =>
    onFrontend(spec, view, { kind, title, reason, commands, ...more });
  // Whoever booted it meanwhile has started it again: `upgrade` must find no service running.
  const isStopped = progress.done(`${name}/stop`) && isDown(state);
  const pending = ({ id }: Step) => !progress.done(id);
  const others = views.length > 1 ? "every other frontend answers" : "the cluster is healthy";
  const level = takesMigrationLevel(views, view)
    ? [
        step("migration-level", "copying the migration level from the first frontend", [], {
          guard: "the first frontend is upgraded",
          verify: "both have the same content",
        }),
      ].filter(pending)
    : [];
  const stop =
    upgraded || isStopped
      ? []
      : [step("stop-frontend", "stopping the frontend", [ctl.stop()], { guard: others })];
  return [
    // One that has its package is reconfigured by its `upgrade`, which its old level alone shows to be owed until it is stopped.
    ...(inside || !needsInstall || !reconfigures ? [] : [reconfigureFrontend(spec, view)].filter(pending)),
    ...(needsInstall ? [...level, ...stop] : [...stop, ...level]),
    ...(needsInstall ? [installOne(spec, view, step)] : []),
    ...(upgraded
      ? []
      : [
          step("upgrade-frontend", "upgrading the frontend", [ctl.upgrade(acceptLicense)], {
            guard: "it is stopped, the package is installed",
            timeout: spec.timeouts.upgrade,
          }),
        ]),
    ...[step("start-frontend", "starting the frontend", [ctl.start()])].filter(pending),
    ...(spec.frontends!.smokeTest
      ? [
          step("test-frontend", "testing the frontend", [ctl.smokeTest()], {
            guard: "it answers",
            verify: "every test passes",
          }),
        ].filter(pending)
      : []),
    step("verify-frontend", "waiting for its answer", [], {
      verify:
        "twice: /_status says pong, chef-server-ctl status shows nothing down or older than the package, its address answers",
    }),
  ];
}

function addonsOf(spec: UpgradeSpec, { state }: FrontendView, progress: Progress): Step[] {
  return addonSteps(spec, state).filter(({ id }) => !progress.done(id));
}

function installOne(
  spec: UpgradeSpec,
  { state, inside }: FrontendView,
  step: (kind: StepKind, title: string, commands: Step["commands"], more: Partial<Step>) => Step,
): Step {
  const { packageFile, version } = spec.frontends!;
  const { state: installed, version: now, reinstall } = state.package;
  const configures = inside && installed === "interrupted" && !reinstall && satisfies(now ?? "", version!);
  return step(
    "install-frontend",
    configures ? "finishing the interrupted installation" : `installing chef-server-core ${version}`,
    configures
      ? finishInstall()
      : installing(packageFile, state.stateDir, (path) => ctl.installFrontend(state.family ?? "deb", path)),
    {
      guard: "it is stopped",
      verify: `chef-server-core ${version} is installed`,
      timeout: spec.timeouts.install,
    },
  );
}

/** Whether it is given that of another frontend before its own upgrade. */
const takesMigrationLevel = (views: readonly FrontendView[], view: FrontendView) =>
  !view.upgraded && migratedBefore(views, view);

function becauseOf({ needsInstall, inside, state }: FrontendView, version: string): string {
  if (!needsInstall && !inside && state.migrations?.pending)
    return `its own \`upgrade\` was not run: ${pendingText(state.migrations)}`;
  return `${release(state.package.version ?? "nothing")} => ${version}`;
}

function isDown({ services, answer }: FrontendView["state"]): boolean {
  return services.length > 0 ? services.every((service) => !service.up) : answer !== "pong";
}

function describe(
  spec: UpgradeSpec,
  views: readonly FrontendView[],
  order: readonly FrontendView[],
  search: string | null,
): NodePlan[] {
  const { drain } = spec.frontends!;
  return views.map((view) => {
    const at = order.indexOf(view);
    const installed = release(view.state.package.version ?? "nothing");
    const test = spec.frontends!.smokeTest ? ["test"] : [];
    const copy = takesMigrationLevel(views, view) ? ["copy migration-level"] : [];
    const anew = view.needsInstall || view.inside;
    const before = anew && canBeReconfigured(view, search) ? ["reconfigure"] : [];
    const install = anew ? ["install"] : [];
    return {
      name: view.name,
      role: "frontend",
      installed,
      running: installed,
      desired: spec.frontends!.version!,
      order: at < 0 ? null : at + 1,
      does:
        at < 0
          ? "nothing"
          : [
              ...[...before, ...copy, ...(drain ? ["drain"] : [])],
              ...["stop", ...install, "upgrade", "start", ...test, "verify its answer"],
              ...addonSteps(spec, view.state).map((step) =>
                step.title.replace("reconfiguring", "reconfigure"),
              ),
              ...(drain?.undo ? ["undrain"] : []),
            ].join(", "),
      because:
        at < 0
          ? "already there"
          : view.inside
            ? "begun and not finished"
            : becauseOf(view, spec.frontends!.version!),
    };
  });
}

/**
 * The hop that upgrades the frontends; null where nothing is to be done.
 * @param open the hop that an earlier run has left unfinished
 */
export function frontendsHop(spec: UpgradeSpec, state: ClusterState, open: Hop | null = null): Hop | null {
  const wanted = spec.frontends?.version;
  if (!wanted) return null;
  const record = newestRecord(state.nodes.map((node) => node.record));
  const ours = open?.method === "frontends" ? open : null;
  const behind = state.frontends.some(
    (each) => each.unreachable === null && (!installedRight(each, wanted) || owesUpgrade(each, wanted)),
  );
  if (!behind && ours?.to !== wanted && stoppedFrontends(record).length === 0) return null;
  // What none of them can tell is refused later on.
  const lowest = lowestFrontend(state) ?? wanted;
  // A reindex that an earlier one owes is owed still, also where backends are upgraded in between.
  const from = [ours, ...(record?.ahead ?? [])].reduce(
    (low, hop) => (hop?.method === "frontends" && compareVersions(hop.from, low) < 0 ? hop.from : low),
    lowest,
  );
  return { from, to: wanted, method: "frontends", because: ours?.because ?? "frontends.version asks for it" };
}
