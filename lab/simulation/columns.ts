import { isSince } from "./version";

/** Which columns `cluster-status` has beyond the documented base ones. Their names are not documented. */
export interface ColumnOptions {
  /** Columns for blocked and eligible leaders: since 2.0.30. */
  blocked: boolean;
  /** The column for whom a node follows (since 1.1.2): off by default. */
  follows: boolean;
}

/** What a build shows, unless told otherwise. */
export function columnsOf(version: string, options: Partial<ColumnOptions>): ColumnOptions {
  return { blocked: options.blocked ?? isSince(version, "2.0.30"), follows: options.follows ?? false };
}

/** Lays rows out in columns of fixed widths: a cell that fills its column is followed by one blank. */
export function layOutFixed(rows: readonly (readonly string[])[], widths: readonly number[]): string {
  const cell = (text: string, width = 0) => (text.length < width ? text.padEnd(width) : `${text} `);
  const line = (row: readonly string[]) => row.map((text, column) => cell(text, widths[column])).join("");
  return rows.map((row) => `${line(row).trimEnd()}\n`).join("");
}

/** Lays rows out as the vendor's tool does: two spaces between columns, the last one not padded. */
export function layOut(rows: readonly (readonly string[])[]): string {
  const width = (column: number) => Math.max(...rows.map((row) => (row[column] ?? "").length));
  const widths = (rows[0] ?? []).map((_, column) => width(column));
  const line = (row: readonly string[]) =>
    row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ");
  return rows.map((row) => `${line(row).trimEnd()}\n`).join("");
}
