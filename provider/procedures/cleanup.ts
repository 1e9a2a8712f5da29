import * as ctl from "../commands/chefServerCtl";
import type { Hop } from "../cluster/hop";
import { newestRecord } from "../cluster/record";
import type { ClusterState, InstalledPackage } from "../cluster/state";
import { describeNodes } from "../plan/describe";
import type { Refusal } from "../plan/plan";
import { refusals } from "../plan/preflight";
import { progressOf } from "../plan/progress";
import { frontendRules } from "../plan/refusals/frontends";
import { refuse } from "../plan/refusals/rule";
import type { UpgradeSpec } from "../plan/spec";
import { viewOf } from "../plan/view";
import { release, satisfies } from "../versions/version";
import { onFrontend } from "./frontendSteps";
import { type HopSteps, verify } from "./hopSteps";

/**
 * `chef-server-ctl cleanup` on every frontend: destroys what an upgrade has left of the release before. Only with its
 * own explicit input, which names the version, and in a run of its own: after people have tested and verified.
 */
export function planCleanup(spec: UpgradeSpec, hop: Hop, state: ClusterState): HopSteps {
  const view = viewOf(spec, state);
  const progress = progressOf(view.record, hop);
  const steps = state.frontends
    .map((node) =>
      onFrontend(spec, node, {
        kind: "cleanup-frontend",
        title: "destroying the old release's data",
        reason: `frontends.cleanup is ${hop.to}`,
        commands: [ctl.cleanup(spec.frontends?.acceptLicense ?? false)],
        timeout: spec.timeouts.upgrade,
      }),
    )
    .filter((step) => !progress.done(step.id));
  return {
    steps: [...steps, verify(spec)],
    nodes: describeNodes(spec, view, []),
    frontends: state.frontends.map(({ name, package: { version } }, index) => ({
      ...{
        name,
        role: "frontend",
        installed: release(version ?? "nothing"),
        running: release(version ?? "nothing"),
      },
      ...{ desired: hop.to, order: index + 1, does: "cleanup", because: hop.because },
    })),
    refusals: [
      ...refusals(spec, view),
      ...frontendRules.flatMap((rule) => rule(spec, view)),
      ...state.frontends
        .filter(({ unreachable, answer }) => unreachable === null && answer !== "pong")
        .map(({ name, answer }) =>
          refuse({
            code: "frontends",
            what: "Frontend does not answer",
            where: name,
            seen: `/_status: ${answer}; nothing old is destroyed before the new release works`,
            next: "run `chef-server-ctl status` there and fix what it shows",
          }),
        ),
      ...state.frontends
        .filter(({ unreachable, package: pkg }) => unreachable === null && !isAt(pkg, hop.to))
        .map(({ name, package: pkg }) =>
          refuse({
            code: "cleanup",
            what: "Cleanup is for another version",
            where: name,
            seen: `chef-server-core ${pkg.version ?? "none"} installed, \`frontends.cleanup\` is ${hop.to}`,
            next: "upgrade the frontends first, let people test and verify, then set `frontends.cleanup` to what they run",
          }),
        ),
    ],
    warnings: [],
    owed: [],
  };
}

function isAt({ state, version }: InstalledPackage, wanted: string): boolean {
  return state === "installed" && satisfies(version!, wanted);
}

/** The hop that destroys old data; null where it is not asked for, or was done already. */
export function cleanupHop(spec: UpgradeSpec, state: ClusterState): Hop | null {
  const version = spec.frontends?.cleanup ?? null;
  const record = newestRecord(state.nodes.map((node) => node.record));
  if (version === null || record?.cleanedUp === version) return null;
  return { from: version, to: version, method: "cleanup", because: "frontends.cleanup asks for it" };
}

/** Cleanup is for later: never in the run that upgrades. */
export function cleanupTooEarly(version: string): Refusal {
  return refuse({
    code: "cleanup",
    what: "Cleanup is too early",
    where: "input `frontends.cleanup`",
    seen: `set to ${version}, and the upgrade is still to be done`,
    next: "remove it, upgrade, let people test and verify, then set it for a later `pulumi up`",
  });
}
