/** docs/upgrade-paths.md has the rows that the solver goes by, with their sources. */
import { madeText } from "./madeText";
import { pathTables } from "./pathTables";

test("the tables are those of the code", () => {
  expect(madeText("docs/upgrade-paths.md", "upgrade-paths", pathTables())).toBe(pathTables());
});
