import type { ClusterRow } from "../../cluster/state";
import { canonicalAddress } from "../../observe/system";
import { short } from "../../values/short";

/** What `chef-backend-ctl cluster-status` printed. */
export interface ClusterTable {
  readonly rows: readonly ClusterRow[];
  /** Lines below the header that are no rows: shown, and otherwise ignored. */
  readonly unread: readonly string[];
}

const documented = ["name", "ip", "guid", "role", "pg", "es"] as const;
type Cells = Readonly<Record<string, string>>;

const guid = /(?<![0-9A-Za-z])[0-9A-Fa-f]{32}(?![0-9A-Za-z])/;
const address = /^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]*:[0-9A-Fa-f:.]+(?:%\w+)?)$/;
/** A line with a word of a row and no GUID was one: its loss must be told. */
const rowWord = /(?<![\w.])(?:leader|follower|waiting_for_leader|deposed_leader|master|not_master)(?![\w.])/i;

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
      if (odd.length > 0) return `cluster-status has no single column ${odd.join(", ")}: ${line.trim()}`;
      continue;
    }
    if (header === null) continue;
    if (!guid.test(line)) {
      const wasRow = rowWord.test(line) || words(line).some(({ text: word }) => address.test(word));
      if (wasRow) return `cluster-status has a row without a GUID of 32 hexadecimal digits: ${line.trim()}`;
      unread.push(line.trim());
      continue;
    }
    const row = readRow(header, line);
    if (typeof row === "string") return row;
    const before = rows.get(row.guid);
    if (before && JSON.stringify(before) !== JSON.stringify(row))
      return `cluster-status lists ${row.name} (${row.guid}) twice, differently`;
    rows.set(row.guid, row);
  }
  if (header === null)
    return `cluster-status printed no table with the header "Name IP GUID …": ${short(text)}`;
  return { rows: [...rows.values()], unread };
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

const isHeader = (line: string) =>
  !guid.test(line) && ["name", "ip", "guid"].every((column) => new RegExp(`\\b${column}\\b`, "i").test(line));

interface Word {
  readonly text: string;
  readonly at: number;
}

/** Words, or the cells that two or more blanks part. */
function words(line: string, gap = /\s+/): Word[] {
  const cell = gap.source === "\\s+" ? /\S+/g : /\S+(?: \S+)*/g;
  return [...line.matchAll(cell)].map((match) => ({ text: match[0], at: match.index }));
}

function readRow(header: string, line: string): ClusterRow | string {
  const columns = words(header);
  const readings = [
    // With further columns a blank may part two cells, or two words of one.
    columns.length === documented.length ? inOrder(columns, words(line)) : null,
    inOrder(cells(header), cells(line)),
    inPlace(header, line),
  ]
    .filter((reading) => reading !== null)
    .filter(isRow)
    .map(toRow);
  const [first] = readings;
  if (!first) return `cluster-status has a row that does not fit its header: ${line.trim()}`;
  if (readings.some((each) => documented.some((column) => each[column] !== first[column])))
    return `cluster-status has a row that can be read in two ways: ${line.trim()}`;
  return first;
}

const cells = (line: string) => words(line, /\s{2,}/);

/** As many cells as columns: one after the other. */
function inOrder(columns: readonly Word[], values: readonly Word[]): Cells | null {
  return columns.length === values.length
    ? named(
        columns,
        values.map(({ text }) => text),
      )
    : null;
}

/** Each cell by the place where its column's header begins; none may reach into the next one. */
function inPlace(header: string, line: string): Cells | null {
  const columns = cells(header);
  const cutsWord = columns.some(
    ({ at }) => at > 0 && /\S/.test(line[at - 1] ?? "") && /\S/.test(line[at] ?? ""),
  );
  if (cutsWord || /\S/.test(line.slice(0, columns[0]!.at))) return null;
  const values = columns.map(({ at }, index) => line.slice(at, columns[index + 1]?.at).trim());
  return values.some((value) => /\s{2,}/.test(value)) ? null : named(columns, values);
}

function named(columns: readonly Word[], values: readonly string[]): Cells {
  return Object.fromEntries(columns.map(({ text }, index) => [text.toLowerCase(), values[index]!]));
}

/** Its anchors are where they belong; a state is a word, or empty. */
function isRow(row: Cells): boolean {
  const state = (cell: string | undefined) => cell !== undefined && /^(?:[A-Za-z][\w-]*)?$/.test(cell);
  return (
    new RegExp(`^${guid.source}$`).test(row.guid ?? "") &&
    address.test(row.ip ?? "") &&
    /^[A-Za-z0-9][\w.:-]*$/.test(row.name ?? "") &&
    state(splitRole(row.role ?? "-")[0]) &&
    state(row.pg) &&
    state(row.es)
  );
}

/** `follower (backend-1)`: whom it follows may stand in the role's cell. */
function splitRole(cell: string): [role: string, follows: string] {
  const [, role, follows] = /^(\S+)\s+\(?([^\s()]+)\)$/.exec(cell) ?? [];
  return role === undefined ? [cell, ""] : [role, follows!];
}

function toRow({ name, ip, guid: id, role: cell, pg, es, ...extra }: Cells): ClusterRow {
  const [role, follows] = splitRole(cell!);
  return {
    ...{ name: name!, ip: canonicalAddress(ip!), guid: id!.toLowerCase() },
    ...{ role: role.toLowerCase(), pg: pg!.toLowerCase(), es: es!.toLowerCase() },
    extra: follows === "" ? extra : { follows, ...extra },
  };
}
