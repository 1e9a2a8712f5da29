import { isBinary, noText } from "./short";

/** Most that an error shows of an output: lines, and characters of each. */
const most = { lines: 14, width: 160 };

/** An output as it came, cut where it is long; the table in it keeps its columns. */
export function excerpt(text: string): string {
  if (isBinary(text)) return noText(text);
  const lines = text.replace(/^\n+/, "").trimEnd().split("\n");
  const shown = lines
    .slice(0, most.lines)
    .map((line) => (line.length > most.width ? `${line.slice(0, most.width)}…` : line.trimEnd()));
  const left = lines.length - shown.length;
  return [...shown, ...(left > 0 ? [`… and ${left} more line${left === 1 ? "" : "s"}`] : [])].join("\n");
}
