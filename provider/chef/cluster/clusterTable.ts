import type { ClusterRow } from "../../cluster/state";
import { canonicalAddress } from "../../observe/system";
import { short } from "../../values/short";

/** What `chef-backend-ctl cluster-status` printed. */
export interface ClusterTable {
  readonly rows: readonly ClusterRow[];
  /** Lines that are no rows: shown, and otherwise ignored. */
  readonly unread: readonly string[];
}

const documented = ["name", "ip", "guid", "role", "pg", "es"] as const;
type Cells = Readonly<Record<string, string>>;

const guid = /(?<![0-9A-Za-z])[0-9A-Fa-f]{32}(?![0-9A-Za-z])/;
const onlyGuid = new RegExp(`^${guid.source}$`);
const headerWords = [/\bname\b/i, /\bip\b/i, /\bguid\b/i];
const address = /^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]*:[0-9A-Fa-f:.]+(?:%\w+)?)$/;
const stateWord =
  /^(?:leader|follower|waiting_for_leader|deposed_leader|promoting|initializing|syncing|offline|master|not_master)$/i;

/**
 * What looks like a row must be read as one, or its loss be told: two states, or a GUID with an address, or one of these
 * with what a row has besides, among as many words as it has at the least. A note may name a role, an address, or a GUID.
 */
function looksLikeRow(line: string): boolean {
  const all = words(line).map(({ text }) => text);
  const states = all.filter((word) => stateWord.test(word)).length;
  const hasAddress = all.some((word) => address.test(word));
  const hasGuid = guid.test(line);
  const long = all.length >= 4 && !all.some((word) => word.endsWith(":"));
  return states >= 2 || (hasGuid && hasAddress) || (long && (hasGuid || (states === 1 && hasAddress)));
}

/**
 * Reads the table of `chef-backend-ctl cluster-status`. A row is a line with a GUID, 32 hexadecimal digits; its cells
 * belong to the header's columns. The six documented ones must be there; what further ones, in which order, is not
 * documented (1.1.2 added whom a node follows, 2.0.30 blocked leaders). What may be read in two ways is not read.
 * @returns a sentence where there is no such table, or a row of it cannot be read for certain.
 */
export function parseClusterStatus(text: string): ClusterTable | string {
  const rows = new Map<string, ClusterRow>();
  const unread: string[] = [];
  let header: string | null = null;
  for (const raw of text.split("\n")) {
    const line = undecorated(raw);
    if (line.trim() === "") continue;
    if (isHeader(line)) {
      header = line;
      const columns = words(line).map(({ text: word }) => word.toLowerCase());
      const odd = documented.filter((column) => columns.filter((each) => each === column).length !== 1);
      if (odd.length > 0) return `cluster-status has no single column ${odd.join(", ")}: ${short(line)}`;
      continue;
    }
    if (header === null || !looksLikeRow(line)) {
      unread.push(short(line));
      continue;
    }
    if (!guid.test(line))
      return `cluster-status has a row without a GUID of 32 hexadecimal digits: ${short(line)}`;
    const row = readRow(header, line);
    if (typeof row === "string") return row;
    const before = rows.get(row.guid);
    if (before && JSON.stringify(before) !== JSON.stringify(row))
      return `cluster-status lists ${row.name} (${row.guid}) twice, differently`;
    rows.set(row.guid, row);
  }
  if (header === null) return 'cluster-status printed no table with the header "Name IP GUID …"';
  return { rows: withFollows([...rows.values()]), unread };
}

/** Borders and marks in front of a row become blanks: the places of the cells stay. */
function undecorated(line: string): string {
  if (/^[\s+|=\u2500-\u257f-]*$/.test(line)) return "";
  return line
    .replace(/\t/g, "        ")
    .replace(/[|\u2502\u2503]/g, " ")
    .replace(/^\s*(?:[*>\u2192]|[-=]+>)(?=\s)/, (mark) => " ".repeat(mark.length))
    .trimEnd();
}

const isHeader = (line: string) => !guid.test(line) && headerWords.every((word) => word.test(line));

interface Word {
  readonly text: string;
  readonly at: number;
}

const words = (line: string) => found(line, /\S+/g);
/** What two or more blanks part. */
const cells = (line: string) => found(line, /\S+(?: \S+)*/g);

function found(line: string, what: RegExp): Word[] {
  return [...line.matchAll(what)].map((match) => ({ text: match[0], at: match.index }));
}

function readRow(header: string, line: string): ClusterRow | string {
  const readings = [
    byWords(words(header), words(line)),
    inOrder(cells(header), cells(line)),
    inPlace(header, line),
  ]
    .filter((reading) => reading !== null)
    .filter(isRow)
    .map(toRow);
  const [first] = readings;
  if (!first) return `cluster-status has a row that does not fit its header: ${short(line)}`;
  if (readings.some((each) => documented.some((column) => each[column] !== first[column])))
    return `cluster-status has a row that can be read in two ways: ${short(line)}`;
  return first;
}

/** As many cells as columns: one after the other. */
function inOrder(columns: readonly Word[], values: readonly Word[]): Cells | null {
  if (columns.length !== values.length) return null;
  return named(
    columns,
    values.map(({ text }) => text),
  );
}

/**
 * By words. A blank may part two cells or two words of one: certain only of the documented columns alone, with states that
 * are known.
 */
function byWords(columns: readonly Word[], values: readonly Word[]): Cells | null {
  const row = columns.length === documented.length ? inOrder(columns, values) : null;
  return row !== null && [row.role, row.pg, row.es].every((cell) => stateWord.test(cell ?? "")) ? row : null;
}

/** Each cell by the place where its column's header begins: a cell begins exactly there, or is empty. */
function inPlace(header: string, line: string): Cells | null {
  const columns = cells(header);
  const begins = (at: number) => at === 0 || /\s/.test(line[at - 1] ?? " ");
  const values = columns.map(({ at }, index) => line.slice(at, columns[index + 1]?.at));
  const fits = columns.every(({ at }, index) => begins(at) && /^(?:\S|\s*$)/.test(values[index]!));
  if (!fits || /\S/.test(line.slice(0, columns[0]!.at))) return null;
  const trimmed = values.map((value) => value.trim());
  return trimmed.some((value) => /\s{2,}/.test(value)) ? null : named(columns, trimmed);
}

function named(columns: readonly Word[], values: readonly string[]): Cells {
  return Object.fromEntries(columns.map(({ text }, index) => [text.toLowerCase(), values[index]!]));
}

/** Its anchors are where they belong; a state may be anything: what is not known is not healthy. */
function isRow(row: Cells): boolean {
  return (
    onlyGuid.test(row.guid ?? "") &&
    address.test(row.ip ?? "") &&
    /^[A-Za-z0-9][\w.:-]*\*?$/.test(row.name ?? "") &&
    ["role", "pg", "es"].every((column) => row[column] !== undefined)
  );
}

function toRow({ name, ip, guid: id, role, pg, es, ...extra }: Cells): ClusterRow {
  return {
    ...{ name: name!.replace(/\*$/, ""), ip: canonicalAddress(ip!), guid: id!.toLowerCase() },
    ...{ role: role!.toLowerCase(), pg: pg!.toLowerCase(), es: es!.toLowerCase(), extra },
  };
}

/** Whom a node follows may stand in its role's cell, as `follower (backend-1)`: where it is a node of the table. */
function withFollows(rows: readonly ClusterRow[]): ClusterRow[] {
  return rows.map((row) => {
    const [, role, follows] = /^(leader|follower)\s+(?:of\s+|->\s*|\()?([^\s()]+)\)?$/.exec(row.role) ?? [];
    const known = rows.some(({ name, ip, guid: id }) => [name.toLowerCase(), ip, id].includes(follows ?? ""));
    return known ? { ...row, role: role!, extra: { follows: follows!, ...row.extra } } : row;
  });
}
