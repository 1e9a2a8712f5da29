/** Why nothing may be done, where, what was seen, and what to do about it. Plain JSON. */
export interface Refusal {
  readonly code: string;
  /** Constant text without variables: what people search for, and a heading of docs/troubleshooting.md. */
  readonly what: string;
  /** Machines, inputs or "the cluster". */
  readonly where: readonly string[];
  /** May hold several lines; what a machine said stands as it came. */
  readonly seen: string;
  /** What to do; starts with a verb, and has one command on a line at most. */
  readonly next: string;
  /** May pass by itself while it is waited for, up to so many seconds; 0 when waiting is no use. */
  readonly waitable: number;
}

interface RefusalParts extends Omit<Refusal, "where" | "waitable"> {
  readonly where: string | readonly string[];
  readonly waitable?: number;
}

export function refuse({ where, waitable = 0, ...rest }: RefusalParts): Refusal {
  return { ...rest, where: typeof where === "string" ? [where] : where, waitable };
}

/**
 * The same reason on several machines as one that names them all. What was seen stands once where it is the same
 * everywhere, otherwise with the name of each.
 */
export function merged(refusals: readonly Refusal[]): Refusal[] {
  const groups = new Map<string, Refusal[]>();
  for (const refusal of refusals) {
    const key = JSON.stringify([refusal.code, refusal.what, refusal.next]);
    groups.set(key, [...(groups.get(key) ?? []), refusal]);
  }
  return [...groups.values()].map((group) => ({
    ...group[0]!,
    where: [...new Set(group.flatMap(({ where }) => where))],
    seen: seenBy(group),
    // Where one of them cannot pass by itself, waiting for the others is no use.
    waitable: Math.min(...group.map(({ waitable }) => waitable)),
  }));
}

function seenBy(group: readonly Refusal[]): string {
  if (new Set(group.map(({ seen }) => seen)).size === 1) return group[0]!.seen;
  const each = group.map(({ where, seen }) => {
    // A table that followed the name on its first line would lose its columns.
    const between = seen.includes("\n") ? ":\n" : ": ";
    return `${whereText(where)}${between}${seen}`;
  });
  return [...new Set(each)].join("\n");
}

/** The four parts, each on its own line; further lines of a part are aligned under its text. */
export function refusalText({ code, what, where, seen, next }: Refusal): string {
  const part = (label: string, text: string) =>
    `  ${`${label}:`.padEnd(7)}${text.trimEnd().replace(/\n(?=[^\n])/g, `\n${" ".repeat(9)}`)}`;
  return [`${what} [${code}]`, part("where", whereText(where)), part("seen", seen), part("next", next)].join(
    "\n",
  );
}

/** About what fits beside a progress line, in characters. */
const longest = 160;

/** What and where it is in one line, for a live status; what was seen is cut where it is long. */
export function refusalLine({ what, where, seen }: Refusal): string {
  const lead = where.join() === "the cluster" ? what : `${what} (${whereText(where)})`;
  const flat = seen.trim().replace(/\s*\n\s*/g, "; ");
  return `${lead}: ${flat.length > longest ? `${flat.slice(0, longest - 1).trimEnd()}…` : flat}`;
}

/** A place such as "backend-2, / (/opt)" has a comma of its own. */
function whereText(where: readonly string[]): string {
  return where.join(where.some((each) => each.includes(",")) ? "; " : ", ");
}
