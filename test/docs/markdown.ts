/** The cells of one row of a table, trimmed. */
export type Row = readonly string[];

/** The section under a heading of level two, sub-headings included. @throws Error when there is none. */
function section(text: string, heading: string): string {
  const begin = text.indexOf(`\n## ${heading}\n`);
  if (begin < 0) throw new Error(`there is no heading "## ${heading}"`);
  const end = text.indexOf("\n## ", begin + 1);
  return text.slice(begin, end < 0 ? undefined : end);
}

/** Rows of all tables in a section, without the tables' heads. */
export function rowsUnder(text: string, heading: string): Row[] {
  return allRows(section(text, heading));
}

/** Rows of all tables in a text, without the tables' heads. */
export function allRows(text: string): Row[] {
  const lines = text.split("\n");
  return lines
    .filter((line, at) => isRow(line) && !isRule(line) && !isRule(lines[at + 1] ?? ""))
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

const isRow = (line: string) => line.startsWith("|");
const isRule = (line: string) => /^\|[\s|:-]+\|$/.test(line);

/** Texts of the fenced blocks in a language. */
export function codeBlocks(text: string, language: string): string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "gm"))].map(
    ([, body]) => body!,
  );
}

/** Links to files of the repository and to headings; those to other sites are not ours to look at. */
export function relativeLinks(text: string): { path: string; anchor: string }[] {
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => target!)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [path = "", anchor = ""] = target.split("#");
      return { path, anchor };
    });
}

/** The anchors of all headings, as GitHub makes them. */
export function anchors(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, title]) =>
    title!
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}
