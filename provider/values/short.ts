/** The beginning of a text on one line, for an error. @param length characters at most */
export function short(text: string, length = 160): string {
  const line = text.replace(/\s+/g, " ").trim();
  if (line === "") return "(nothing)";
  return line.length > length ? `${line.slice(0, length)}…` : line;
}
