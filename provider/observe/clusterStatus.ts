import type { ClusterRow } from "../cluster/state";
import { canonicalAddress } from "./system";

const documented = ["name", "ip", "guid", "role", "pg", "es"] as const;

/**
 * Parses the table of `chef-backend-ctl cluster-status` by its header, since later releases add columns.
 * @returns the rows, or a sentence saying why it is not that table.
 */
export function parseClusterStatus(text: string): ClusterRow[] | string {
  const lines = text.split("\n").map((line) => line.trimEnd());
  const at = lines.findIndex((line) => /^\s*Name\s+IP\s+GUID\s/i.test(line));
  if (at < 0) return `cluster-status printed no table with the header "Name IP GUID …": ${short(text)}`;
  const header = cells(lines[at]!).map((cell) => cell.toLowerCase());
  const missing = documented.filter((column) => !header.includes(column));
  if (missing.length > 0) return `cluster-status has no column ${missing.join(", ")}: ${lines[at]!.trim()}`;
  const rows: ClusterRow[] = [];
  for (const line of lines.slice(at + 1)) {
    if (line.trim() === "") continue;
    const values = rowCells(lines[at]!, line);
    if (!values)
      return `cluster-status has a row that does not fit its header (${header.length} columns): ${line.trim()}`;
    const row = Object.fromEntries(header.map((column, index) => [column, values[index]!]));
    const { name, ip, guid, role, pg, es, ...extra } = row as Record<(typeof documented)[number], string>;
    rows.push({ name, ip: canonicalAddress(ip), guid, role, pg, es, extra });
  }
  return rows;
}

function cells(line: string): string[] {
  return line.trim().split(/\s+/);
}

/** A row's cells; where a column beyond the documented ones is empty, by the places of the header's words. */
function rowCells(header: string, line: string): string[] | null {
  const values = cells(line);
  const starts = [...header.matchAll(/\S+/g)].map((word) => word.index);
  if (values.length === starts.length) return values;
  if (starts.some((start) => start > 0 && /\S/.test(line[start - 1] ?? ""))) return null;
  const sliced = starts.map((start, index) => line.slice(start, starts[index + 1]).trim());
  const whole = sliced.slice(0, documented.length).every((value) => value !== "");
  return whole && sliced.every((value) => !/\s/.test(value)) ? sliced : null;
}

/** The beginning of a text on one line, for an error. */
export function short(text: string, length = 160): string {
  const line = text.replace(/\s+/g, " ").trim();
  if (line === "") return "(nothing)";
  return line.length > length ? `${line.slice(0, length)}…` : line;
}
