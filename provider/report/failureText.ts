import type { UpgradeResult } from "../execute/upgradeCluster";
import { healthProblems } from "../cluster/health";
import { release } from "../versions/version";
import { RefusedError } from "../execute/errors";

/**
 * The error of a run that did not end well: where failover stands first when it is off, then what failed, how
 * the cluster is, and what the next run will do.
 */
export function failureText(result: UpgradeResult): string {
  const { error, left } = result.failure!;
  const lines: string[] = [];
  if (left.failover === "off")
    lines.push(
      `FAILOVER IS OFF (${left.why}). The next \`pulumi up\` goes on from here; to allow failover by hand: chef-backend-ctl set-cluster-failover on`,
    );
  lines.push(error.message);
  if (!result.touched && error instanceof RefusedError) return [...lines, "Nothing was changed."].join("\n");
  const versions = result.state.nodes.map(
    (node) => `${node.name} ${release(node.package.version ?? "unknown")}`,
  );
  const problems = healthProblems(result.state);
  lines.push(`Installed now: ${versions.join(", ")}.`);
  lines.push(problems.length === 0 ? "The cluster is healthy." : `The cluster: ${problems.join("; ")}.`);
  if (left.failover === "on") lines.push("Failover is on.");
  if (left.insideOf)
    lines.push(
      `${left.insideOf} is unfinished: the next \`pulumi up\` finishes it before it touches another node.`,
    );
  else if (result.touched) lines.push("The next `pulumi up` goes on with what is left.");
  return lines.join("\n");
}
