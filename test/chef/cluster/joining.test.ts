import { joinFault } from "../../../provider/chef/cluster/joining";

/** Release notes of chef-backend: 3.1.1 and 2.2.0 fixed what kept nodes from joining. */
it.each([
  ["2.0.30", null],
  ["2.1.0", "perhaps"],
  ["2.1.0-1.el7", "perhaps"],
  ["2.2.0", null],
  ["2.3.16", null],
  ["3.0.0", "always"],
  ["3.0.0-1", "always"],
  ["3.1.1", null],
])("joining a cluster of %s fails: %s", (version, fails) => {
  expect(joinFault(version)?.fails ?? null).toBe(fails);
});
