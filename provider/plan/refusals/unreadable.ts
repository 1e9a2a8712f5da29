import { missingFigures, notShown, type SearchHealth } from "../../cluster/health";
import type { NodeState } from "../../cluster/state";
import { excerpt } from "../../values/excerpt";
import { together } from "../../values/together";
import type { Refusal } from "../refusal";
import type { View } from "../view";
import { refuse, type Rule } from "./rule";

/**
 * Outputs from which nothing is known: of a command that failed, or of one that ended well and printed what cannot be read
 * for certain. Nothing is guessed, and whoever looks needs what it printed.
 */
export const unreadableOutput: Rule = (spec, view) => {
  const found = judged(view).flatMap((node) =>
    unreadable(node, spec.search).map((each) => ({ ...each, name: node.name })),
  );
  const waitable = spec.timeouts.healthy;
  const failed = found
    .filter(({ printed }) => printed === null)
    .map(({ name, command, why }) =>
      refuse({
        ...{ code: "command", what: "Control command failed", where: name, seen: why, waitable },
        next: `run \`chef-backend-ctl ${command}\` there and fix what it says`,
      }),
    );
  // Each prints the same with figures of its own: one of them is enough to see what it is about.
  const reasons = new Map<string, typeof found>();
  for (const each of found.filter(({ printed }) => printed !== null)) {
    const key = JSON.stringify([each.command, each.why]);
    reasons.set(key, [...(reasons.get(key) ?? []), each]);
  }
  return [...failed, ...[...reasons.values()].map((alike) => unreadableRefusal(alike, waitable))];
};

function unreadableRefusal(alike: readonly (Unreadable & { name: string })[], waitable: number): Refusal {
  const { command, why, printed, name } = alike[0]!;
  const on = alike.length > 1 ? ` on ${name}` : "";
  const text = excerpt(printed ?? "");
  return refuse({
    code: "unreadable",
    what: "Output of a command could not be read",
    where: alike.map((each) => each.name),
    seen: `\`chef-backend-ctl ${command}\`: ${why}. It printed${text === "" ? " nothing" : `${on}:\n${text}`}`,
    next: `run \`chef-backend-ctl ${command}\` there and fix what it shows; if that is a healthy cluster, report the output as a bug`,
    waitable,
  });
}

/** The same as `healthProblems` has it: what this rule says in full is not said twice. */
export function isUnreadable(view: View, search: SearchHealth | undefined): (problem: string) => boolean {
  const said = judged(view).flatMap((node) => unreadable(node, search).flatMap(({ problems }) => problems));
  return (problem) => said.some((each) => problem === each || problem.startsWith(`${each} (seen on `));
}

/** An unfinished backend may print anything until it is finished. */
const judged = ({ state, inside }: View) => state.nodes.filter(({ name }) => name !== inside?.name);

interface Unreadable {
  readonly command: "cluster-status" | "status";
  readonly why: string;
  /** Null where the command failed. */
  readonly printed: string | null;
  readonly problems: readonly string[];
}

function unreadable(node: NodeState, search: SearchHealth | undefined): Unreadable[] {
  const { name, clusterStatus, status, printed } = node;
  const found: Unreadable[] = [];
  const add = (command: Unreadable["command"], why: string, text: string | null, problems = [why]) =>
    found.push({ command, why, printed: text, problems });
  if (typeof clusterStatus === "string") add("cluster-status", clusterStatus, printed.clusterStatus);
  const missing = missingFigures(node, search);
  if (typeof status === "string") add("status", status, printed.status);
  else if (missing.length > 0)
    add(
      "status",
      `it does not show ${missing.join(", ")}`,
      printed.status,
      missing.map((figure) => notShown(name, figure)),
    );
  return found;
}

/** Of each command the lines that nobody here knows, with the backends that print them; and where runit was not asked. */
export function unreadNotes(nodes: readonly Pick<NodeState, "name" | "unread" | "runitUnknown">[]): string[] {
  const notes = nodes.flatMap(({ name, unread, runitUnknown }) =>
    [
      ...unread.map(({ command, lines }) => {
        const more = lines.length > 1 ? ` (+${lines.length - 1} more)` : "";
        return `ignored what this provider does not know of \`chef-backend-ctl ${command}\`: "${lines[0]!}"${more}`;
      }),
      ...(runitUnknown === null ? [] : [`whether runit runs could not be checked: ${runitUnknown}`]),
    ].map((note) => [name, note] as const),
  );
  return together(notes).map(([names, note]) => `${names}: ${note}`);
}
