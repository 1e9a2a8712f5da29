import type { UpgradeResult } from "../execute/upgradeCluster";
import type { Left } from "../execute/wayOut";
import { healthProblems } from "../cluster/health";
import { release } from "../versions/version";
import { RefusedError, untouchedText } from "../execute/errors";

const openByHand = "`chef-server-ctl maintenance off` (`start` before 14.6.32)";

/** What keeps frontends closed, and how to go on by hand. */
function closedText({ closed, index }: Left): string {
  const what = `FRONTENDS ARE CLOSED (${closed.join(", ")})`;
  const next = "The next `pulumi up` goes on from here";
  if (index === "whole")
    return `${what}: they could not be opened again, or an earlier run was broken off. ${next}; to open them by hand: ${openByHand} on each`;
  const before =
    index === "gone"
      ? "where all backends have an empty data folder, chef-backend-ctl start elasticsearch on each, chef-server-ctl reconfigure on one frontend, then "
      : "";
  return `${what}: the search index is not complete, and clients would converge on what they do not find. ${next}; to go on by hand: ${before}chef-server-ctl reindex -a on one of them; it ends with 0 whatever fails, so only where it names no failure: ${openByHand} on each`;
}

/**
 * The error of a run that did not end well: where failover stands first when it is off, then what failed, how
 * the cluster is, and what the next run will do.
 */
export function failureText(result: UpgradeResult): string {
  const { error, left } = result.failure!;
  // Whatever is not as it should be stands in the first line, all of it.
  const first: string[] = [];
  if (left.closed.length > 0) first.push(closedText(left));
  if (left.downSince !== null)
    first.push(
      `THE CLUSTER IS PAST THE POINT OF NO RETURN: ${left.downSince || "nobody"} led when it went down. The next \`pulumi up\` goes on from here`,
    );
  if (left.failover === "off")
    first.push(
      `FAILOVER IS OFF (${left.why}). The next \`pulumi up\` goes on from here; to allow failover by hand: chef-backend-ctl set-cluster-failover on`,
    );
  const lines = first.length > 0 ? [first.join(". ")] : [];
  const notes = left.notes.map((note) => `${note}.`);
  if (!result.touched && error instanceof RefusedError)
    return [...lines, untouchedText(error), ...notes].join("\n");
  lines.push(error.message, ...notes);
  const versions = result.state.nodes.map(
    (node) => `${node.name} ${release(node.package.version ?? "unknown")}`,
  );
  const problems = healthProblems(result.state);
  const down = result.state.nodes.filter((node) => node.services.some((service) => !service.up));
  if (down.length > 0) lines.push(`Services are down on: ${down.map((node) => node.name).join(", ")}.`);
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
