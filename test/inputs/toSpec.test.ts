import { inspect } from "node:util";
import { nodeConnections } from "../../provider/inputs/connections";
import { machineNames } from "../../provider/inputs/names";
import type { ClusterInputs } from "../../provider/inputs/schema";
import { toSpec } from "../../provider/inputs/toSpec";
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
  expect(toSpec(inputs(), null)).toEqual({
    ...{ version: "2.3.16", packages: {}, takeOverFailover: false, timeouts: defaultTimeouts },
    ...{ failoverGuard: 300, breakLock: null, goneMachines: [], acceptFailedScripts: null },
    ...{ nodes: nodes.map(({ host }) => ({ name: host, host })), knownGuids: [], knownMachines: {} },
    ...{ allowDowntime: null, backup: true, rebuildIndex: null, reindexTestOrg: null, frontends: null },
    acceptPartialIndex: [],
  });
  const given = {
    ...{ timeouts: { rejoin: 7 }, backupTimeout: 8, takeOverFailover: true },
    ...{ failoverGuard: 0, breakLock: "0123456789ab", goneMachines: ["abc"] },
    ...{ allowDowntime: "2.3.16", backup: false, reindexTestOrg: "acme" },
    acceptFailedScripts: "2.3.16-1",
  };
  expect(toSpec(inputs(given), null, { guids: ["g"], machines: { g: "m" } })).toMatchObject({
    timeouts: { ...defaultTimeouts, rejoin: 7, backup: 8 },
    ...{ takeOverFailover: true, allowDowntime: "2.3.16", backup: false, reindexTestOrg: "acme" },
    ...{ failoverGuard: 0, breakLock: "0123456789ab", goneMachines: ["abc"] },
    knownGuids: ["g"],
    knownMachines: { g: "m" },
    acceptFailedScripts: "2.3.16-1",
  });
});

test("frontends: only reconfigured where no version is given, and no license accepted unasked", () => {
  const alone = toSpec(inputs({ frontends: { nodes: [{ host: "f" }] } }), null).frontends;
  expect(alone).toEqual({
    nodes: [{ name: "f", host: "f" }],
    ...{ version: null, packageFile: null, acceptLicense: false, cleanup: null, acceptFailedScripts: null },
    ...{ loadBalancer: null, smokeTest: false, skipReindex: null },
    ...{ drain: null, reconfigureAddons: false },
  });
  const { loadBalancer } = toSpec(
    inputs({ frontends: { nodes: [{ host: "f" }], loadBalancer: { host: "lb" } } }),
    null,
  ).frontends!;
  expect(loadBalancer).toEqual({ host: "lb", port: 443 });
  const frontends = {
    nodes: [
      { host: "a", port: 2201 },
      { host: "f", name: "front" },
    ],
    ...{
      version: "15.9.38",
      packageFile: { path: "/srv/core.deb" },
      acceptLicense: true,
      cleanup: "15.9.38",
      drain: { wait: 30 },
      addons: "reconfigure" as const,
    },
  };
  const spec = toSpec(inputs({ frontends }), null);
  expect(spec.nodes.map(({ name }) => name)).toEqual(["a:22", "b", "c"]);
  expect(spec.frontends).toEqual({
    nodes: [
      { name: "a:2201", host: "a" },
      { name: "front", host: "f" },
    ],
    skipReindex: null,
    packageFile: { path: "/srv/core.deb", sha256: undefined, staging: null, stagedKiB: 0 },
    ...{ version: "15.9.38", acceptLicense: true, acceptFailedScripts: null, cleanup: "15.9.38" },
    ...{ loadBalancer: null, smokeTest: false },
    ...{ drain: { command: null, undo: null, wait: 30 }, reconfigureAddons: true },
  });
});

test("a machine is called by its name, else by its host, with the port where hosts are the same", () => {
  const given = [{ host: "a", name: "one" }, { host: "b", port: 2222 }, { host: "b" }];
  expect(machineNames({ nodes: given })).toEqual(["one", "b:2222", "b:22"]);
  expect(
    machineNames({ nodes: given, frontends: { nodes: [{ host: "b", port: 1 }] }, connection: { port: 23 } }),
  ).toEqual(["one", "b:2222", "b:23", "b:1"]);
});

describe("where the package comes from", () => {
  const found = { sha256: "cd".repeat(32), sizeKiB: 9 };
  const file = (packageFile: NonNullable<ClusterInputs["packageFile"]>) =>
    toSpec(inputs({ packageFile }), new Map([[packageFile.source ?? "", found]])).packages["2.3.16"]!;

  test("on the nodes already: nothing is staged", () => {
    const source = file({ path: "/srv/a.deb", sha256 });
    expect(source).toEqual({ path: "/srv/a.deb", sha256: sha256.toLowerCase(), staging: null, stagedKiB: 0 });
    expect(packagePath(source, "/state")).toBe("/srv/a.deb");
  });

  test("uploaded: its own checksum is in its name, so that files of one name are kept apart", () => {
    const source = file({ source: "../x y/it's $(a).deb" });
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

  test("one for each version on the way: the wanted version's may stand in either place", () => {
    const path = (of: Partial<ClusterInputs>) =>
      Object.entries(toSpec(inputs({ version: "3.1.1", ...of }), null).packages).map(
        ([version, source]) => `${version} ${source.path}`,
      );
    const [two, three] = [{ path: "/2.deb" }, { path: "/3.deb" }];
    expect(path({ packageFile: three })).toEqual(["3.1.1 /3.deb"]);
    expect(path({ packageFile: three, packageFiles: { "2.3.16": two } })).toEqual([
      "2.3.16 /2.deb",
      "3.1.1 /3.deb",
    ]);
    expect(path({ packageFiles: { "2.3.16": two, "3.1.1-1": three } })).toEqual([
      "2.3.16 /2.deb",
      "3.1.1-1 /3.deb",
    ]);
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

  test("frontends come after the backends, and share the connection with them", () => {
    const frontends = {
      nodes: [
        { host: "f", name: "front" },
        { host: "g", user: "chef", sudo: true },
      ],
    };
    const connections = nodeConnections({ ...given, frontends });
    expect(connections.map(({ host }) => host)).toEqual(["a", "b", "c", "f", "g"]);
    expect(connections[3]).toMatchObject({ user: "root", proxy: { host: "bastion" } });
    expect(connections[3]).not.toHaveProperty("name");
    expect(connections[4]).toMatchObject({ user: "chef", sudo: true });
    expect(JSON.stringify(connections)).not.toContain(canary);
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
