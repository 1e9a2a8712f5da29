import { leftOverSetting } from "../../provider/chef/cluster/searchLog";
import { found } from "./corpus";

test.each(["upgrade", "elasticsearch-log"])(
  "%s: the sign of an upgrade by half, and nothing else",
  (kind) => {
    const signs = found(kind).map(({ name, text }) => [name, leftOverSetting(text, 0) !== null]);
    expect(signs).toEqual(found(kind).map(({ name, facts }) => [name, facts.halfUpgraded ?? false]));
  },
);

describe("from before the `upgrade` it tells nothing", () => {
  const { text } = found("upgrade").find(({ facts }) => facts.halfUpgraded)!;
  const printed = Date.UTC(2022, 0, 25, 10, 12, 14, 550) / 1000;

  test.each([
    ["before", printed - 1, true],
    ["at the same time", printed, false],
    ["after", printed + 1, false],
  ])("the upgrade ended %s the line", (_when, ended, tells) => {
    expect(leftOverSetting(text, ended) !== null).toBe(tells);
  });

  test("a line without a time", () => {
    expect(leftOverSetting(text.replace(/^\S+ /, ""), 0)).toBeNull();
  });
});
