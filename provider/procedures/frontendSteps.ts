import * as ctl from "../commands/chefServerCtl";
import type { RunRecord } from "../cluster/record";
import type { FrontendState } from "../cluster/state";
import type { Step } from "../plan/plan";
import { staysInMaintenance } from "../plan/progress";
import type { UpgradeSpec } from "../plan/spec";
import { some } from "../values/some";
import { compareVersions } from "../versions/version";

/** `maintenance` is known since this release of chef-server-core. */
export const knowsMaintenance = "14.6.32";

type Named = Pick<FrontendState, "name">;

/** A step on one frontend; what it does is in `commands`. */
export function onFrontend(
  spec: UpgradeSpec,
  node: Named,
  step: Pick<Step, "kind" | "title" | "reason" | "commands"> & Partial<Step>,
): Step {
  const word = step.kind.replace(/-?frontends?-?/, "");
  return {
    id: `${node.name}/${word}`,
    node: node.name,
    guard: "the steps before it are done",
    verify: "the command ends with 0",
    timeout: spec.timeouts.services,
    ...step,
  };
}

export function reconfigureFrontend(spec: UpgradeSpec, node: Named): Step {
  return onFrontend(spec, node, {
    kind: "reconfigure-frontend",
    title: "reconfiguring the frontend",
    reason: "frontends take over what has changed in the cluster",
    commands: [ctl.reconfigure(spec.frontends?.acceptLicense ?? false)],
    verify: "the command ends with 0, and /_status says pong",
  });
}

/** Whether it can be closed to clients while its services run. */
export function hasMaintenance({ package: { version } }: Pick<FrontendState, "package">): boolean {
  return version !== null && compareVersions(version, knowsMaintenance) >= 0;
}

/** Clients are sent away: an index that is not complete would make them converge on empty search results. */
export function closeFrontend(spec: UpgradeSpec, node: FrontendState): Step {
  return onFrontend(spec, node, {
    kind: "close-frontend",
    title: "closing the frontend to clients",
    reason: "nobody may search while the index is not complete",
    commands: [hasMaintenance(node) ? ctl.maintenance("on") : ctl.stop()],
  });
}

export function openFrontend(spec: UpgradeSpec, node: FrontendState, record: RunRecord | null): Step {
  const kind = "open-frontend";
  // Where it knows no maintenance its services were stopped.
  if (hasMaintenance(node) && staysInMaintenance(record, node.name))
    return onFrontend(spec, node, {
      ...{ kind, title: "leaving the frontend in maintenance", commands: [] },
      reason: "maintenance was on before it was closed",
      verify: "/_status says pong",
    });
  return onFrontend(spec, node, {
    kind,
    title: "opening the frontend to clients",
    reason: "whoever closes it opens it again",
    commands: [hasMaintenance(node) ? ctl.maintenance("off") : ctl.start()],
    verify: "the command ends with 0, and /_status says pong",
  });
}

/** Of more than so many the failed ones are not told apart from the others. */
export const fewFailed = 100;

/**
 * The search index is built anew from the database.
 * @param failed organizations that an earlier attempt has left empty or in part; null: any may be
 */
export function reindex(spec: UpgradeSpec, node: Named, failed: readonly string[] | null): Step {
  return onFrontend(spec, node, {
    ...{ id: "cluster/reindex", kind: "reindex" },
    title: failed
      ? `building the index of ${some(failed, 5).join(", ")} anew`
      : "building the whole search index anew",
    reason: failed
      ? "the last attempt has left them empty or in part"
      : "it is empty, or made by another release",
    commands: [ctl.reindex(failed)],
    verify:
      "the command ends with 0 and names no failure; the index has what the database lists, organization by organization",
    timeout: spec.timeouts.reindex,
  });
}

/** The same of one organization, before all others. */
export function reindexTest(spec: UpgradeSpec, node: Named, organization: string): Step {
  return onFrontend(spec, node, {
    ...{ id: "cluster/reindex-test", kind: "reindex-test" },
    title: `building the index of ${organization} as a test`,
    reason: "better one organization fails than all",
    commands: [ctl.reindex([organization])],
    verify: "the command ends with 0 and names no failure, and a search finds something",
    timeout: spec.timeouts.reindex,
  });
}
