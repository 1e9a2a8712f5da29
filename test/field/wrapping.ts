/** What a terminal, a login or a bad line do to a table that a node prints: none of it changes what the table says. */
import fc from "fast-check";

const noise = [
  "*** Authorized users only ***",
  "/opt/chef-backend/embedded/lib/ruby/2.5.0/open3.rb:199: warning: Insecure world writable dir /opt in PATH, mode 040777",
  "perl: warning: Setting locale failed.",
  "CBWARN001: The NTP daemon is not running",
  "    Clocks that differ keep a cluster from working.",
  "      leader: none; waiting: unknown",
  "Current leader: backend-1",
  "No leader is blocked.",
  "Connected to 192.168.33.215",
  "Blocked leaders: 0aa0000a00a00aaaa0a000a0a00a0a00",
  "sudo: unable to resolve host backend-1: Name or service not known",
  "",
];

export interface Wrapping {
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly colored: boolean;
  readonly crlf: boolean;
  readonly twice: boolean;
  readonly title: boolean;
}

export const wrapping: fc.Arbitrary<Wrapping> = fc.record({
  before: fc.array(fc.constantFrom(...noise), { maxLength: 3 }),
  after: fc.array(fc.constantFrom(...noise), { maxLength: 2 }),
  ...{ colored: fc.boolean(), crlf: fc.boolean(), title: fc.boolean() },
  twice: fc.boolean(),
});

export function wrapped(table: string, { before, after, colored, crlf, twice, title }: Wrapping): string {
  const lines = (all: readonly string[]) => all.map((line) => `${line}\n`).join("");
  let text = `${lines(before)}${table}${twice ? `\n${table}` : ""}${lines(after)}`;
  if (colored) text = text.replace(/\b(green|red|leader|down|OK|Name|Service)\b/g, "\u001b[32m$1\u001b[0m");
  if (title) text = text.replace(/^/, "\u001b]0;root@backend-1\u0007");
  return crlf ? text.replaceAll("\n", "\r\n") : text;
}

/** Cells in columns as wide as their widest one, or one behind the other. */
export function layOut(rows: readonly (readonly string[])[], gap: number, padded: boolean): string {
  const widths = rows[0]!.map((_cell, at) => Math.max(...rows.map((row) => row[at]!.length)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, at) => (padded ? cell.padEnd(widths[at]!) : cell))
      .join(" ".repeat(gap))
      .trimEnd();
  return rows.map((row) => `${line(row)}\n`).join("");
}

/** How often a mutation gave facts, and how often it was refused. */
export class Tally {
  facts = 0;
  refused = 0;

  constructor(private readonly what: string) {}

  print(): void {
    const all = this.facts + this.refused;
    process.stdout.write(
      `${this.what}: ${all} mutations, ${this.facts} gave the facts, ${this.refused} were refused\n`,
    );
  }
}
