import { isSince } from "./version";

/** Which columns `cluster-status` has beyond the documented base ones. Their names are not documented. */
export interface ColumnOptions {
  /** Columns for blocked and eligible leaders: since 2.0.30. */
  blocked: boolean;
  /** The column for whom a node follows (since 1.1.2): off by default. */
  follows: boolean;
  /** It stands in the cell of the role: `follower (backend-1)`. */
  followsInRole: boolean;
  /** Further columns, by header: what each row has there, which may be several words or none. */
  extra: Record<string, string>;
  /** The columns in this order, by header; those that are not named come last. */
  order: readonly string[];
}

/** What a build shows, unless told otherwise. */
export function columnsOf(version: string, options: Partial<ColumnOptions>): ColumnOptions {
  const none = { follows: false, followsInRole: false, extra: {}, order: [] };
  return { blocked: isSince(version, "2.0.30"), ...none, ...options };
}

/** Things in the order of these names; whose name is not among them comes last. */
export function inOrder<T>(things: readonly T[], order: readonly string[], name: (thing: T) => string): T[] {
  const place = (thing: T) => (order.includes(name(thing)) ? order.indexOf(name(thing)) : order.length);
  return [...things].sort((a, b) => place(a) - place(b));
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
