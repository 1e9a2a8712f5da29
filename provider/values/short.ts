/** More than a tenth of it was no UTF-8. */
export function isBinary(text: string): boolean {
  const odd = text.slice(0, 4096).split("\ufffd").length - 1;
  return odd * 10 > Math.min(text.length, 4096);
}

export const noText = (text: string) => `(${text.length} characters, most of them not text)`;

/** The beginning of a text on one line, for an error. @param length characters at most */
export function short(text: string, length = 160): string {
  if (isBinary(text)) return noText(text);
  const line = text.replace(/\s+/g, " ").trim();
  if (line === "") return "(nothing)";
  return line.length > length ? `${line.slice(0, length)}…` : line;
}
