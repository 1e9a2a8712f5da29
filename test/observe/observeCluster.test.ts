import { viewAge } from "../../provider/cluster/viewAge";
import type { ClusterState } from "../../provider/cluster/state";
import { type FactResult, type Machine, UnreachableError } from "../../provider/machine/machine";
import { observeCluster } from "../../provider/observe/observeCluster";
import type { UpgradeSpec } from "../../provider/plan/spec";
import { fixture } from "../fixtures/read";
import { aFrontends, aSpec, threeBackends } from "../support/aCluster";
import { aReading } from "../support/aReading";

const said = (stdout: string, code = 0): FactResult => ({ code, stdout, stderr: "" });
const clock = { now: () => 0, sleep: () => Promise.resolve() };

/** A machine which answers by the first words that fit, and remembers what it was asked. */
class Answering {
  readonly asked: string[] = [];
  answers: [start: string, said: FactResult][] = [];
  fails: Error | null = null;
  constructor(readonly name: string) {}

  read: Machine["read"] = (facts) => {
    if (this.fails) return Promise.reject(this.fails);
    const results = facts.map(({ name, argv }): [string, FactResult] => {
      const words = argv.join(" ");
      this.asked.push(words);
      return [name, this.answers.find(([start]) => words.startsWith(start))?.[1] ?? said("", 1)];
    });
    return Promise.resolve(aReading(Object.fromEntries(results)));
  };

  /** How often it was asked for something. */
  times(start: string): number {
    return this.asked.filter((words) => words.startsWith(start)).length;
  }
}

const fields = (name: string, version: string) =>
  said(`Package: ${name}\nVersion: ${version}\nArchitecture: amd64\nInstalled-Size: 64\n`);

function backend(name: string, installed = "install ok installed 2.1.0-1"): Answering {
  const machine = new Answering(name);
  machine.answers = [
    ["dpkg-query", said(`${installed}\n`)],
    ["uname", said("x86_64\n")],
    ["cat /etc/os-release", said(fixture("os-release-ubuntu.txt"))],
    [
      "curl -q --noproxy * -sS --max-time 5 http://localhost:9200/_all/",
      said(fixture("index-settings.json")),
    ],
    ["curl -q --noproxy * -sS --max-time 5 http://localhost:9200/", said(fixture("search-root.json"))],
    ["stat -L -c %s", said("1000\n")],
    ["dpkg-deb -f /srv/2.3.16.deb", fields("chef-backend", "2.3.16-1")],
    ["dpkg-deb -f /state/packages/3.2.0.deb", fields("chef-backend", "3.1.1-1")],
    ["dpkg", said("")],
    ["sha256sum", said("")],
  ];
  return machine;
}

function frontend(name: string): Answering {
  const machine = new Answering(name);
  machine.answers = [
    ["dpkg-query", said("install ok installed 12.17.15-1\n")],
    ["uname", said("x86_64\n")],
    ["cat /etc/os-release", said(fixture("os-release-ubuntu.txt"))],
    ["curl -q --noproxy * -sS --max-time 10 -k", said(`${fixture("_status.json")}\n200`)],
    ["stat -L -c %s", said("1000\n")],
    ["dpkg-deb -f /srv/core.deb", fields("chef-server-core", "15.9.38-1")],
    ["dpkg", said("")],
  ];
  return machine;
}

const at = (path: string) => ({ path, staging: null, stagedKiB: 0 });
const packages: UpgradeSpec["packages"] = {
  "2.0.30": at("/srv/2.0.30.deb"),
  "2.1.0": at("/srv/2.1.0.deb"),
  "2.3.16": at("/srv/2.3.16.deb"),
  "3.2.0": {
    ...{ path: "3.2.0.deb", stagedKiB: 0 },
    staging: { kind: "upload", source: "/here", sha256: "a".repeat(64), file: "3.2.0.deb" },
  },
};

const oneBackend = (change: Partial<UpgradeSpec> = {}) =>
  aSpec({ version: "3.2.0", nodes: [{ name: "backend-1", host: "b1" }], packages, ...change });
const withFrontends = (change: Parameters<typeof aFrontends>[0] = {}) =>
  oneBackend({ frontends: aFrontends({ nodes: [{ name: "frontend-1", host: "f1" }], ...change }) });

function observe(
  spec: UpgradeSpec,
  machines: Answering[],
  depth: "full" | "status" = "full",
  before?: ClusterState,
  frontends?: "read" | "keep",
): Promise<ClusterState> {
  return observeCluster(spec, machines as unknown as Machine[], clock, depth, before, frontends);
}

describe("package files", () => {
  test("those of every version above what is installed, each under its key", async () => {
    const { nodes } = await observe(oneBackend(), [backend("backend-1")]);
    const { packageFiles } = nodes[0]!;
    expect(Object.keys(packageFiles).sort()).toEqual(["2.3.16", "3.2.0"]);
    expect(packageFiles["2.3.16"]).toEqual({
      ...{ path: "/srv/2.3.16.deb", problem: null, missing: false, unpackedKiB: 64 },
    });
    expect(packageFiles["3.2.0"]).toMatchObject({
      path: "/state/packages/3.2.0.deb",
      problem: "it holds version 3.1.1-1, expected 3.2.0",
    });
  });

  test.each([
    ["interrupted", "install ok half-configured 2.3.16-1", ["2.3.16", "3.2.0"]],
    ["interrupted before it has a version", "install reinstreq half-installed", Object.keys(packages)],
    ["of a version that cannot be read", "install ok installed 2.3.16~rc1", Object.keys(packages)],
    ["absent", "unknown ok not-installed", Object.keys(packages)],
    ["the highest", "install ok installed 3.2.0-1", []],
  ])("what is installed is %s", async (_what, installed, versions) => {
    const { nodes } = await observe(oneBackend(), [backend("backend-1", installed)]);
    expect(Object.keys(nodes[0]!.packageFiles).sort()).toEqual(versions);
  });

  test("a good one is not read again, a bad one is; in a short reading none is", async () => {
    const machine = backend("backend-1");
    const first = await observe(oneBackend(), [machine]);
    machine.asked.length = 0;
    const short = await observe(oneBackend(), [machine], "status", first);
    expect(machine.times("dpkg-deb")).toBe(0);
    expect(short.nodes[0]!.packageFiles).toEqual(first.nodes[0]!.packageFiles);
    const full = await observe(oneBackend(), [machine], "full", short);
    expect(machine.times("dpkg-deb -f /srv/2.3.16.deb")).toBe(0);
    expect(machine.times("dpkg-deb -f /state/packages/3.2.0.deb")).toBe(1);
    expect(full.nodes[0]!.packageFiles).toEqual(first.nodes[0]!.packageFiles);
  });
});

test("a short reading asks the search engine which one it is and how its shards are, and keeps the rest", async () => {
  const machine = backend("backend-1");
  const first = await observe(oneBackend(), [machine]);
  machine.asked.length = 0;
  const { nodes } = await observe(oneBackend(), [machine], "status", first);
  expect(machine.times("curl")).toBe(3);
  expect(nodes[0]).toMatchObject({ searchVersion: "5.6.16", indexVersion: "5.4.1", osId: "ubuntu" });
});

describe("what a backend's own configuration has elsewhere", () => {
  const other = (text: string) => {
    const machine = backend("backend-1");
    const search = "curl -q --noproxy * -sS --max-time 5 http://localhost:9201/";
    machine.answers.unshift(
      ["cat /etc/chef-backend/chef-backend.rb", said(text)],
      [`${search}_all/`, said(fixture("index-settings.json").replaceAll("5.4.1", "5.6.16"))],
      [search, said(fixture("search-root.json").replace("5.6.16", "6.8.23"))],
      ["readlink -f /data/es", said("/data/es\n")],
    );
    return machine;
  };

  test("is asked there, in one more round trip, and at once from then on", async () => {
    const machine = other("elasticsearch['port'] = 9201\nelasticsearch.data_dir '/data/es'\n");
    const first = await observe(oneBackend(), [machine]);
    expect(first.nodes[0]).toMatchObject({
      ...{ searchVersion: "6.8.23", indexVersion: "5.6.16", dataFolder: "/data/es" },
    });
    // What is where it was is not asked again.
    expect(machine.times("chef-backend-ctl")).toBe(3);
    expect(machine.times("curl -q --noproxy * -sS --max-time 5 http://localhost:9200/")).toBe(7);
    machine.asked.length = 0;
    const second = await observe(oneBackend(), [machine], "status", first);
    expect(second.nodes[0]!.searchVersion).toBe("6.8.23");
    expect(machine.times("curl")).toBe(3);
    machine.asked.length = 0;
    await observe(oneBackend(), [machine], "full", second);
    expect(machine.times("curl -q --noproxy * -sS --max-time 5 http://localhost:9200/")).toBe(0);
  });

  test("is remembered while the machine cannot be reached, and followed when it changes", async () => {
    const machine = other("elasticsearch.port 9201\nleaderl.status_post_update_interval_seconds 40\n");
    const first = await observe(oneBackend(), [machine]);
    machine.fails = new UnreachableError("gone", false);
    const away = await observe(oneBackend(), [machine], "status", first);
    expect(viewAge(away.nodes, 0)).toBe(45);
    machine.fails = null;
    machine.answers[0] = ["cat /etc/chef-backend/chef-backend.rb", said("")];
    const back = await observe(oneBackend(), [machine], "status", away);
    expect([viewAge(back.nodes, 0), back.nodes[0]!.searchVersion]).toEqual([15, "5.6.16"]);
  });
});

describe("frontends", () => {
  test("are read beside the backends, with their package where they shall have another", async () => {
    const change = { version: "15.9.38", packageFile: at("/srv/core.deb") };
    const state = await observe(withFrontends(change), [backend("backend-1"), frontend("frontend-1")]);
    expect(state.nodes.map(({ name }) => name)).toEqual(["backend-1"]);
    expect(state.frontends).toMatchObject([
      {
        ...{ name: "frontend-1", host: "f1", answer: "pong", package: { version: "12.17.15-1" } },
        packageFiles: { "15.9.38": { path: "/srv/core.deb", problem: null } },
      },
    ]);
  });

  test.each([
    ["no version", { version: null, packageFile: at("/srv/core.deb") }],
    ["no package", { version: "15.9.38", packageFile: null }],
    ["the version that is there", { version: "12.17.15", packageFile: at("/srv/core.deb") }],
  ])("no package file is asked for: %s", async (_what, change) => {
    const machine = frontend("frontend-1");
    const state = await observe(withFrontends(change), [backend("backend-1"), machine]);
    expect(state.frontends[0]!.packageFiles).toEqual({});
    expect(machine.times("dpkg-deb")).toBe(0);
  });

  test("none are given: none are in the state", async () => {
    expect((await observe(oneBackend(), [backend("backend-1")])).frontends).toEqual([]);
  });

  test("kept, they are not asked; without a reading before they are", async () => {
    const machine = frontend("frontend-1");
    const machines = [backend("backend-1"), machine];
    const first = await observe(withFrontends(), machines, "status", undefined, "keep");
    expect(first.frontends[0]!.answer).toBe("pong");
    machine.fails = new Error("asked");
    const second = await observe(withFrontends(), machines, "full", first, "keep");
    expect(second.frontends).toBe(first.frontends);
  });

  test("a short reading asks for what changes, once one has been read in full", async () => {
    const machine = frontend("frontend-1");
    const machines = [backend("backend-1"), machine];
    const first = await observe(withFrontends(), machines, "status");
    expect(machine.times("cat /etc/os-release")).toBe(1);
    const second = await observe(withFrontends(), machines, "status", first);
    expect(machine.times("cat /etc/os-release")).toBe(1);
    expect(machine.times("curl -q --noproxy * -sS --max-time 10 -k")).toBe(2);
    expect(second.frontends[0]!.osId).toBe("ubuntu");
  });
});

describe("machines that cannot be reached", () => {
  test("are in the state as such, and read in full when they are back", async () => {
    const machines = [backend("backend-1"), frontend("frontend-1")];
    machines.forEach((each) => (each.fails = new UnreachableError(`${each.name} is away`, false)));
    const away = await observe(withFrontends(), machines);
    expect(away.nodes[0]).toMatchObject({ unreachable: "backend-1 is away", host: "b1" });
    expect(away.frontends[0]).toMatchObject({ unreachable: "frontend-1 is away", host: "f1" });
    machines.forEach((each) => (each.fails = null));
    const back = await observe(withFrontends(), machines, "status", away);
    expect(back.nodes[0]).toMatchObject({ unreachable: null, osId: "ubuntu", searchVersion: "5.6.16" });
    expect(back.frontends[0]).toMatchObject({ unreachable: null, osId: "ubuntu", answer: "pong" });
  });

  test.each([new UnreachableError("wrong host key", true), new Error("a bug")])(
    "of a frontend, too, a fatal error is thrown: %s",
    async (error) => {
      const machines = [backend("backend-1"), frontend("frontend-1")];
      machines[1]!.fails = error;
      await expect(observe(withFrontends(), machines)).rejects.toBe(error);
    },
  );
});

test("the builder's cluster has what a reading gives: as many fields, backends and frontends", async () => {
  const read = await observe(withFrontends(), [backend("backend-1"), frontend("frontend-1")]);
  const built = threeBackends().frontend("frontend-1").state();
  expect(Object.keys(built.nodes[0]!).sort()).toEqual(Object.keys(read.nodes[0]!).sort());
  expect(Object.keys(built.frontends[0]!).sort()).toEqual(Object.keys(read.frontends[0]!).sort());
});
