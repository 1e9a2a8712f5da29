/** More than 200 hostile strings through the inputs: those that may not pass are refused with the field's name. */
import { toSpec } from "../../provider/inputs/toSpec";
import { accepted, all, checked, isName, sha256 } from "./hostileInputs";

test("the corpus: 200 strings and more, no two alike", () => {
  expect(all.length).toBeGreaterThanOrEqual(200);
  expect(new Set(all).size).toBe(all.length);
});

describe("inputs that take only what is tame", () => {
  const refusedAlways: [string, (text: string) => Record<string, unknown>, string][] = [
    ["version", (version) => ({ version }), "version"],
    ["allowDowntime", (allowDowntime) => ({ allowDowntime }), "allowDowntime"],
    ["a frontends' version", (version) => frontends({ version }), "frontends.version"],
    ["packageFile.sha256", (sum) => packageFile({ sha256: sum }), "packageFile.sha256"],
    ["packageFile.path without ending", (path) => packageFile({ path }), "packageFile.path"],
    [
      "packageFile.url without ending",
      (url) => packageFile({ path: undefined, url, sha256 }),
      "packageFile.url",
    ],
  ];
  const packageFile = (change: object) => ({ packageFile: { path: "/srv/x.deb", ...change } });
  const frontends = (change: object) => ({ frontends: { nodes: [{ host: "f" }], ...change } });

  test.each(refusedAlways)("%s: every string is refused, with the field's name", (_what, change, field) => {
    expect(accepted(change, field)).toEqual([]);
  });

  test("a version of packageFiles, and the release of a cleanup: every string is refused", () => {
    for (const text of all) {
      const files = Object.fromEntries([[text, { path: "/srv/y.deb" }]]);
      expect([text, checked({ packageFiles: files }).inputs]).toEqual([text, null]);
      expect([text, checked(frontends({ version: "15.9.38", cleanup: text })).inputs]).toEqual([text, null]);
    }
  });

  test("a host, a bastion's host: only what a host name or address is made of", () => {
    const nodes = (host: string) => [{ host }, { host: "b2" }, { host: "c2" }];
    for (const host of accepted((text) => ({ nodes: nodes(text) }), "nodes[0].host"))
      expect(host).toMatch(/^[A-Za-z0-9_[][A-Za-z0-9_.:%[\]-]{0,179}$/);
    const proxy = (text: string) => ({ connection: { proxy: { host: text } } });
    for (const host of accepted(proxy, "connection.proxy.host"))
      expect(host).toMatch(/^[A-Za-z0-9_[][A-Za-z0-9_.:%[\]-]{0,179}$/);
  });

  test("secrets: half of a character is refused without its value; the rest is taken as it is", () => {
    for (const field of ["password", "sudoPassword", "privateKey", "privateKeyPassword"])
      for (const text of all) {
        const { failures } = checked({ connection: { [field]: text } });
        const wrong = /\p{Cs}/u.test(text);
        expect([text, failures.map(({ property }) => property)]).toEqual([
          text,
          wrong ? [`connection.${field}`] : [],
        ]);
        if (wrong) expect(failures[0]!.reason).not.toContain(text);
      }
  });

  test("the name of a node: what is accepted can be the name of a file, and so can every job's id made of it", () => {
    const named = (name: string) => ({ nodes: [{ host: "a", name }, { host: "b" }, { host: "c" }] });
    const names = accepted((text) => named(text), "nodes[0].name");
    expect(names.length).toBeGreaterThan(100);
    const longest = "x".repeat(180);
    for (const name of [...names, longest])
      expect(isName(`${name}/reconfigure-frontend-12345-reconfigure-frontend`.replaceAll("/", "-"))).toBe(
        true,
      );
    expect(checked(named(longest)).failures).toEqual([]);
    expect(checked(named(`${longest}x`)).failures.map(({ property }) => property)).toEqual(["nodes[0].name"]);
    expect(checked(named("é".repeat(91))).failures).toHaveLength(1);
  });

  test("a file to be uploaded, or downloaded: its name on the node is tame and short enough", () => {
    const found = { sha256, sizeKiB: 1 };
    const sources = accepted(
      (text) => ({ packageFile: { source: `/home/me/${text}.deb` } }),
      "packageFile.source",
    );
    expect(sources.length).toBeGreaterThan(100);
    for (const text of sources) {
      const source = `/home/me/${text}.deb`;
      const spec = toSpec(checked({ packageFile: { source } }).inputs!, new Map([[source, found]]));
      const { staging } = spec.packages["2.3.16"]!;
      expect(staging!.file).toMatch(/^[0-9a-f]{12}-[A-Za-z0-9._+~-]{1,200}$/);
      expect(staging!.file.endsWith(".deb")).toBe(true);
    }
  });
});
