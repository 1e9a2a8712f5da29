import { inspect } from "node:util";
import { nodeConnections } from "../../provider/inputs/connections";
import type { ClusterInputs } from "../../provider/inputs/schema";
import { nodeNames, toSpec } from "../../provider/inputs/toSpec";
import { defaultTimeouts, packagePath } from "../../provider/plan/spec";
import type { Secret } from "../../provider/secrets/secret";

const nodes = [{ host: "a" }, { host: "b" }, { host: "c" }];
const inputs = (change: Partial<ClusterInputs> = {}): ClusterInputs => ({
  version: "2.3.16",
  nodes,
  ...change,
});
const sha256 = "AB".repeat(32);

test("the defaults, and what is given over them", () => {
  expect(toSpec(inputs(), null, [])).toEqual({
    ...{ version: "2.3.16", packageFile: null, takeOverFailover: false, timeouts: defaultTimeouts },
    ...{ nodes: nodes.map(({ host }) => ({ name: host, host })), knownGuids: [] },
  });
  const spec = toSpec(inputs({ timeouts: { rejoin: 7 }, takeOverFailover: true }), null, ["g"]);
  expect(spec).toMatchObject({
    timeouts: { ...defaultTimeouts, rejoin: 7 },
    takeOverFailover: true,
    knownGuids: ["g"],
  });
});

test("a node is called by its name, else by its host, with the port where hosts are the same", () => {
  expect(
    nodeNames({ nodes: [{ host: "a", name: "one" }, { host: "b", port: 2222 }, { host: "b" }] }),
  ).toEqual([...["one", "b:2222", "b:22"]]);
});

describe("where the package comes from", () => {
  const file = (packageFile: NonNullable<ClusterInputs["packageFile"]>, local = false) =>
    toSpec(inputs({ packageFile }), local ? { sha256: "cd".repeat(32), sizeKiB: 9 } : null, []).packageFile!;

  test("on the nodes already: nothing is staged", () => {
    const source = file({ path: "/srv/a.deb", sha256 });
    expect(source).toEqual({ path: "/srv/a.deb", sha256: sha256.toLowerCase(), staging: null, stagedKiB: 0 });
    expect(packagePath(source, "/state")).toBe("/srv/a.deb");
  });

  test("uploaded: its own checksum is in its name, so that files of one name are kept apart", () => {
    const source = file({ source: "../x y/it's $(a).deb" }, true);
    expect(source.staging).toEqual({
      ...{ kind: "upload", source: "../x y/it's $(a).deb", sha256: "cd".repeat(32) },
      file: "cdcdcdcdcdcd-it_s___a_.deb",
    });
    expect(source.stagedKiB).toBe(9);
    expect(packagePath(source, "/state")).toBe("/state/packages/cdcdcdcdcdcd-it_s___a_.deb");
  });

  test("downloaded: query and folders are no part of the name", () => {
    const source = file({ url: "https://h/a/b/chef-backend%202.rpm?token=x/y.rpm", sha256 });
    expect(source.staging).toMatchObject({ kind: "download", file: "abababababab-chef-backend_202.rpm" });
  });
});

describe("how each node is reached", () => {
  const canary = "CANARY";
  const given = inputs({
    nodes: [
      { host: "a" },
      { host: "b", name: "two", user: "chef", port: 2222, password: undefined },
      { host: "c", proxy: { host: "other" } },
    ],
    connection: {
      ...{
        user: "root",
        password: canary,
        privateKey: canary,
        privateKeyPassword: canary,
        sudoPassword: canary,
      },
      proxy: { host: "bastion", password: canary, privateKey: canary },
    },
  });

  test("by the shared fields, each node's own before them; a name is no connection field", () => {
    const [a, b, c] = nodeConnections(given);
    expect(a).toMatchObject({ host: "a", user: "root", proxy: { host: "bastion" } });
    expect(b).toMatchObject({ host: "b", user: "chef", port: 2222 });
    expect(b).not.toHaveProperty("name");
    expect((b!.password as Secret).reveal()).toBe(canary);
    expect(c!.proxy).toEqual({ host: "other" });
  });

  test("every secret is wrapped: however a connection is printed, none is seen", () => {
    const connections = nodeConnections(given);
    expect(JSON.stringify(connections)).not.toContain(canary);
    expect(inspect(connections, { depth: 9, showHidden: true })).not.toContain(canary);
    expect((connections[0]!.proxy!.password as Secret).reveal()).toBe(canary);
    expect((connections[0]!.sudoPassword as Secret).reveal()).toBe(canary);
  });

  test("what is not given is not there", () => {
    expect(nodeConnections(inputs())[0]).toEqual({ host: "a" });
  });
});
