import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { relativeLinks, rowsUnder } from "./markdown";

const root = resolve(__dirname, "../..");
const file = "docs/reliability.md";
const page = readFileSync(join(root, file), "utf8");

interface Quoted {
  readonly path: string;
  readonly name: string | null;
}

/** Test files in backticks, each with the “names” that follow it. */
function quotedTests(text: string): Quoted[] {
  const found: Quoted[] = [];
  let path = "";
  for (const [, file, name] of text.matchAll(/`(test\/[\w/.]+\.ts)`|“([^”]+)”/g)) {
    if (file !== undefined) path = file;
    found.push({ path, name: name?.replace(/\s+/g, " ") ?? null });
  }
  return found;
}

/** Whether a text stands in a file as a string: a test's title, or one of a table of cases. */
function hasTitle(path: string, name: string): boolean {
  const text = readFileSync(join(root, path), "utf8");
  return ['"', "'", "`"].some((mark) => text.includes(mark + name + mark));
}

describe(file, () => {
  it("quotes only tests that exist", () => {
    const all = quotedTests(page);
    expect(all.length).toBeGreaterThan(100);
    const missing = all.filter(
      ({ path, name }) => !existsSync(join(root, path)) || (name !== null && !hasTitle(path, name)),
    );
    expect(missing).toEqual([]);
  });

  it("would find a misspelt one", () => {
    const [quoted] = quotedTests("`test/docs/reliability.test.ts`: “would not be there at all”").slice(-1);
    expect(quoted).toEqual({ path: "test/docs/reliability.test.ts", name: "would not be there at all" });
    expect(hasTitle("test/ssh/exec.test.ts", quoted!.name!)).toBe(false);
  });

  it.each([
    "SSH",
    "Package manager",
    "Cluster",
    "Engine",
    "Inputs",
    "Enterprise Chef 11",
    "Migration",
    "At each kind of step",
    "Somebody is lost",
    "On machines",
    "Kills, faults and races on machines",
    "Random schedules",
  ])("names a test for each row: %s", (heading) => {
    const rows = rowsUnder(page, heading).filter((row) => !/^\d/.test(row.at(-1)!));
    expect(rows.length).toBeGreaterThan(3);
    const without = rows.filter((row) => !quotedTests(row.at(-1)!).some(({ name }) => name !== null));
    expect(without).toEqual([]);
    expect(rows.filter((row) => row.some((cell) => cell === ""))).toEqual([]);
  });

  it("has links, which pages.test.ts follows", () => {
    expect(relativeLinks(page).length).toBeGreaterThan(1);
  });
});
