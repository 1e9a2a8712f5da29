import { compareVersions, parseVersion, release, satisfies } from "../../provider/versions/version";

test.each([
  ["2.3.16", { release: "2.3.16", iteration: null }],
  ["2.3.16-1", { release: "2.3.16", iteration: 1 }],
  ["2.3.16-12", { release: "2.3.16", iteration: 12 }],
  ["2.3.16-1.el7", { release: "2.3.16", iteration: 1 }],
  ["2.3.16-1.el7.centos", { release: "2.3.16", iteration: 1 }],
  ["0.1.0", { release: "0.1.0", iteration: null }],
])("%s is a package version", (text, version) => expect(parseVersion(text)).toEqual(version));

test.each([
  ...["", "v2.3.16", "2.3", "2", "2.3.16.1", "^2.3.16", "~2.3.16", ">=2.3.16", "2.x", "2.3.x", "*", "latest"],
  ...["2.3.16 ", " 2.3.16", "2.3.16\n", "2.3.16-", "2.3.16-rc1", "2.3.16-1.", "2.3.16+20190101", "02.3.16"],
  ...["2.3.16 - 2.3.17", "2.3.16;reboot", "2,3,16", "1:2.3.16-1", "99999999999999999999.0.0", "(none)"],
])("%j is none", (text) => {
  expect(parseVersion(text)).toBeNull();
  expect(() => compareVersions(text, "2.3.16")).toThrow("is not a package version such as 2.3.16");
  expect(satisfies(text, "2.3.16")).toBe(false);
});

test.each([
  ["2.3.16", "2.3.16", 0],
  ["2.3.16", "2.3.9", 1],
  ["2.10.0", "2.9.9", 1],
  ["1.4.40", "2.0.1", -1],
  ["2.3.16-1", "2.3.16", 0],
  ["2.3.16", "2.3.16-4", 0],
  ["2.3.16-1", "2.3.16-2", -1],
  ["2.3.16-10", "2.3.16-9", 1],
  ["2.3.16-1.el7", "2.3.16-1.el6", 0],
  ["2.3.17-1", "2.3.16-9", 1],
])("%s against %s: %i; and the other way round", (a, b, order) => {
  expect(compareVersions(a, b)).toBe(order);
  expect(compareVersions(b, a) + order).toBe(0);
});

test("2.3.16-1 is a build of 2.3.16, where semver takes it for an older prerelease", () => {
  expect(satisfies("2.3.16-1", "2.3.16")).toBe(true);
  expect(satisfies("2.3.16-1.el7", "2.3.16-1")).toBe(true);
  expect(satisfies("2.3.16-2", "2.3.16-1")).toBe(false);
  expect(release("2.3.16-1.el7")).toBe("2.3.16");
  expect(release("nothing")).toBe("nothing");
});
