import * as backendCtl from "../commands/chefBackendCtl";
import * as serverCtl from "../commands/chefServerCtl";
import type { Hop } from "../cluster/hop";
import type { Step } from "../plan/plan";
import type { Progress } from "../plan/progress";
import type { UpgradeSpec } from "../plan/spec";
import type { View } from "../plan/view";
import { compareVersions, release } from "../versions/version";

/** `backup --timeout` is known since this release. */
const knowsTimeout = "2.0.30";

/**
 * Before a procedure with downtime takes anything down: the cluster's data from a follower, and a frontend's
 * configuration. They are no way back: a restore makes a new cluster.
 */
export function backups(spec: UpgradeSpec, view: View, hop: Hop, progress: Progress): Step[] {
  if (!spec.backup) return [];
  const followers = view.nodes.filter((node) => node.role === "follower");
  const follower = progress.at("cluster/backup", followers) ?? followers[0] ?? view.nodes[0]!;
  const timeout = compareVersions(hop.from, knowsTimeout) >= 0 ? spec.timeouts.backup : null;
  const { frontends } = view.state;
  const frontend = progress.at("frontends/backup", frontends) ?? frontends[0];
  const common = {
    kind: "backup" as const,
    reason: "nothing goes down before it is there; it is no way back, a restore makes a new cluster",
    guard: "the preflight passes",
    verify: "the command ends with 0, and a new file is there",
    timeout: spec.timeouts.backup,
  };
  const steps: Step[] = [
    {
      ...common,
      id: "cluster/backup",
      node: follower.name,
      title: "backing up the cluster's data",
      commands: [backendCtl.backup(timeout)],
    },
    ...(frontend
      ? [
          {
            ...common,
            id: "frontends/backup",
            node: frontend.name,
            title: "backing up a frontend's configuration",
            commands: [serverCtl.backupConfig(spec.timeouts.backup)],
          },
        ]
      : []),
  ];
  return steps.filter((step) => !progress.done(step.id));
}

/** What is known of the backups that a release makes (vendor's release notes). */
export function backupWarnings(spec: UpgradeSpec, hop: Hop): string[] {
  if (!spec.backup) return ["backup is false: no backup is made before the cluster goes down"];
  if (compareVersions(hop.from, "1.3.2") < 0)
    return [
      `chef-backend-ctl backup of ${release(hop.from)} has known bugs, mended in 1.3.2: do not rely on it`,
    ];
  if (compareVersions(hop.from, "2.3.16") >= 0)
    return ["The backup does not hold the search index (since 2.3.16); it can be built anew"];
  return [];
}
