import { asksForLicense, asksForReindex, frontendPathRefusal } from "../../provider/paths/frontendPaths";
import { said } from "../support/said";

describe("the stepped path 12.17.15, 15", () => {
  test.each([
    ["12.5.0-1", "12.17.15"],
    ["12.5.0-1", "12.6.0"],
    ["12.17.14-1", "12.17.15-2"],
    ["12.17.15-1", "15.10.12"],
    ["12.17.15-1", "13.2.0"],
    ["12.17.15-1", "14.0.65"],
    ["12.19.31-1", "15.10.12"],
    ["13.2.0-1", "15.10.12"],
    ["14.0.65-1", "15.10.12"],
    ["15.9.38-1", "15.10.12"],
    ["15.10.12-1", "15.10.12-2.el7"],
    ["15.10.12-1", "15.10.12"],
  ])("%s => %s is direct", (from, to) => expect(frontendPathRefusal("frontend-1", from, to)).toBeNull());

  test.each([
    ["12.5.0-1", "12.17.16", "12.17.15"],
    ["12.5.0-1", "13.2.0", "12.17.15"],
    ["12.10.0-1", "14.0.65", "12.17.15"],
    ["12.17.14-1", "15.10.12-1", "12.17.15"],
  ])("%s => %s is refused: %s comes first", (from, to, first) => {
    const refusal = frontendPathRefusal("frontend-2", from, to)!;
    expect(refusal).toMatchObject({ code: "frontendPath", waitable: 0 });
    expect(said(refusal)).toBe(
      `frontend-2: Upgrade skips a release: chef-server-core ${from.split("-")[0]} -> ${to.split("-")[0]} is not a direct upgrade`,
    );
    expect(refusal.next).toContain(`\`frontends.version\` to ${first} first`);
    // The way that it names can be gone.
    expect(frontendPathRefusal("frontend-2", from, first)).toBeNull();
  });

  test.each([
    ["11.3.1-1", "15.10.12", "11.3.1", "correct `frontends.nodes`"],
    ["12.4.1-1", "12.17.15", "12.4.1", "correct `frontends.nodes`"],
    ["12.5.0-1", "12.3.0", "12.3.0", "set `frontends.version` to 12.5.0 or later"],
  ])("%s => %s is refused: %s is no frontend of a Chef Backend", (from, to, old, next) => {
    const refusal = frontendPathRefusal("frontend-2", from, to)!;
    expect(said(refusal)).toBe(
      `frontend-2: Release too old for Chef Backend: chef-server-core ${old}; Chef Backend needs 12.5.0 or later`,
    );
    expect(refusal.next).toContain(next);
  });
});

test.each([
  ["12.17.15-1", false],
  ["12.19.31", false],
  ["13.0.0", true],
  ["14.0.65-1", true],
  ["15.10.12-1.el7", true],
])("%s asks for the license: %s", (version, asks) => expect(asksForLicense(version)).toBe(asks));

test.each([
  ["12.17.15-1", "14.0.65", true],
  ["12.17.15-1", "15.10.12", true],
  ["13.2.0-1", "14.0.65", true],
  ["13.2.0-1", "15.10.12", true],
  ["14.0.65-1", "15.10.12", true],
  ["12.17.15-1", "13.2.0", false],
  ["14.0.65-1", "14.16.19", false],
  ["15.9.38-1", "15.10.12", false],
  ["11.3.1-1", "12.3.0", false],
])("%s => %s leaves the index to a reindex: %s", (from, to, asks) =>
  expect(asksForReindex(from, to)).toBe(asks),
);
