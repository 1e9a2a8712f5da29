/** docs/platforms.md holds the table that decides, and its other tables the commands that are run. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { platforms, platformSources, platformTable } from "../../provider/chef/cluster/platforms";
import { installRpm } from "../../provider/commands/rpmTools";
import { madeText } from "./madeText";

const page = readFileSync(join(__dirname, "../../docs/platforms.md"), "utf8");

test("the table of operating systems is the code's", () => {
  expect(madeText("docs/platforms.md", "platforms", platformTable())).toBe(platformTable());
});

test("each row has its source, and each source a row", () => {
  expect(new Set(platforms.map(({ source }) => source))).toEqual(new Set(Object.keys(platformSources)));
  for (const { since, until, source } of platforms) expect([since ?? until ?? "list"]).toEqual([source]);
});

test.each(["yum", "zypper", "rpm"] as const)("the command of %s", (program) => {
  const words = installRpm({ program, from: "file" }, "PATH").filter((word) => !/^env$|=\d/.test(word));
  expect(page).toContain(`\`${words.join(" ")}\``);
});
