/**
 * docs/upgrade-paths.md has the rows that the solver goes by, with their sources. `UPDATE_DOCS=1 npm test -- upgradePaths`
 * writes them.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathTables } from "./pathTables";

const path = join(__dirname, "../../docs/upgrade-paths.md");
const marks =
  /(<!-- made from provider\/paths: begin -->\n\n)([^]*?)(\n\n<!-- made from provider\/paths: end -->)/;

test("the tables are those of the code", () => {
  const page = readFileSync(path, "utf8");
  if (process.env.UPDATE_DOCS)
    writeFileSync(
      path,
      page.replace(marks, (_all, begin: string, _old, end: string) => `${begin}${pathTables()}${end}`),
    );
  expect(marks.exec(readFileSync(path, "utf8"))?.[2]).toBe(pathTables());
});
