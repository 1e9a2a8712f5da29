import { missingFigures, notShown, type SearchHealth } from "../../cluster/health";
import type { NodeState } from "../../cluster/state";
import { excerpt } from "../../values/excerpt";
import type { Refusal } from "../refusal";
import type { View } from "../view";
import { refuse, type Rule } from "./rule";

/**
 * A command that ended well and printed what cannot be read for certain: nothing is guessed, and whoever looks needs what
 * it printed. A command that failed is not this rule's: that may be the cluster's health.
 */
export const unreadableOutput: Rule = (spec, view) => {
  const found = judged(view).flatMap((node) =>
    unreadable(node, spec.search).map((each) => ({ ...each, name: node.name })),
  );
  // Each prints the same with figures of its own: one of them is enough to see what it is about.
  const reasons = [...new Set(found.map(({ command, why }) => JSON.stringify([command, why])))];
  return reasons.map((reason): Refusal => {
    const alike = found.filter(({ command, why }) => JSON.stringify([command, why]) === reason);
    const { command, why, printed, name } = alike[0]!;
    const on = alike.length > 1 ? ` on ${name}` : "";
    return refuse({
      code: "unreadable",
      what: "Output of a command could not be read",
      where: alike.map((each) => each.name),
      seen: `\`chef-backend-ctl ${command}\`: ${why}. It printed${on}:\n${excerpt(printed) || "(nothing)"}`,
      next: `run \`chef-backend-ctl ${command}\` there and fix what it shows; if that is a healthy cluster, report the output as a bug`,
      waitable: spec.timeouts.healthy,
    });
  });
};

/** The same as `healthProblems` has it: what this rule says in full is not said twice. */
export function isUnreadable(view: View, search: SearchHealth | undefined): (problem: string) => boolean {
  const said = new Set(
    judged(view).flatMap((node) => unreadable(node, search).flatMap(({ problems }) => problems)),
  );
  return (problem) => said.has(problem);
}

/** An unfinished backend may print anything until it is finished. */
const judged = ({ state, inside }: View) => state.nodes.filter(({ name }) => name !== inside?.name);

interface Unreadable {
  readonly command: "cluster-status" | "status";
  readonly why: string;
  readonly printed: string;
  readonly problems: readonly string[];
}

function unreadable(node: NodeState, search: SearchHealth | undefined): Unreadable[] {
  const { name, clusterStatus, status, printed } = node;
  const found: Unreadable[] = [];
  if (typeof clusterStatus === "string" && printed.clusterStatus !== null)
    found.push({
      ...{ command: "cluster-status", why: clusterStatus, printed: printed.clusterStatus },
      problems: [clusterStatus],
    });
  if (printed.status === null) return found;
  const missing = missingFigures(node, search);
  if (typeof status === "string")
    found.push({ command: "status", why: status, printed: printed.status, problems: [status] });
  else if (missing.length > 0)
    found.push({
      ...{ command: "status", why: `it does not show ${missing.join(", ")}`, printed: printed.status },
      problems: missing.map((figure) => notShown(name, figure)),
    });
  return found;
}

/** Most lines that are told: a node may print thousands. */
const mostNotes = 5;

/** Lines that nobody here knows, each once, with the backends that print it. */
export function unreadNotes(nodes: readonly Pick<NodeState, "name" | "unread">[]): string[] {
  const on = new Map<string, string[]>();
  for (const { name, unread } of nodes)
    for (const line of new Set(unread)) on.set(line, [...(on.get(line) ?? []), name]);
  const notes = [...on]
    .slice(0, mostNotes)
    .map(
      ([line, names]) =>
        `${names.join(", ")}: a line of \`chef-backend-ctl\` that this release does not know, ignored: ${line}`,
    );
  return on.size > mostNotes ? [...notes, `… and ${on.size - mostNotes} more such lines`] : notes;
}
