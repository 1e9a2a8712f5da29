import { createHash } from "node:crypto";
import { packageFile } from "../../lab/simulation/packages/packageFile";
import { Simulation } from "../../lab/simulation/simulation";
import type { SimulationOptions } from "../../lab/simulation/types";
import { RefusedError } from "../../provider/execute/errors";
import type { UpgradeResult } from "../../provider/execute/upgradeCluster";
import type { UpgradeSpec } from "../../provider/plan/spec";
import { planUpgrade } from "../../provider/procedures/planUpgrade";
import { MemoryNode } from "../support/memoryNode";
import { debPath, names, packageAt, Rehearsal } from "../support/rehearsal";
import * as check from "./checks";

const order = (leader: string, ...followers: string[]) => [
  `${leader} set-cluster-failover off`,
  ...followers.flatMap((name) => [`${name} install`, `${name} upgrade`]),
  `${leader} install`,
  `${leader} set-cluster-failover on`,
  `${leader} upgrade --failover`,
];

function expectDone(r: Rehearsal, result: UpgradeResult) {
  expect(check.problemsAtTheEnd(r, result)).toEqual([]);
  expect(check.orderProblems(r)).toEqual([]);
  expect(check.repeatedWork(r)).toEqual([]);
  expect(r.sim.maxOut).toBeLessThanOrEqual(1);
  expect(r.sim.riskyStops).toEqual([]);
}

describe("the happy way", () => {
  test.each(["deb", "rpm"] as const)("%s: followers, the leader by failover, off, on", async (platform) => {
    const r = new Rehearsal({ platform });
    const result = await r.up();
    expectDone(r, result);
    const leader = r.sim.leader!;
    expect(leader).not.toBe("backend-1");
    expect(r.commands()).toEqual([
      ...order("backend-1", "backend-2", "backend-3"),
      `${leader} set-cluster-failover off`,
      `${leader} set-cluster-failover on`,
    ]);
    expect(result).toMatchObject({ from: "2.1.0", to: "2.3.16", touched: true });
  });

  test("the plan's own list of steps is what happens", async () => {
    const r = new Rehearsal();
    const steps = await check.planOf(r);
    const { timings } = await r.up();
    expect(timings.map((each) => each.step)).toEqual(steps.map((step) => step.id));
    expect(steps.length).toBeGreaterThan(10);
  });

  test("the state that is handed back asks for nothing more", async () => {
    const r = new Rehearsal();
    const { failure, state } = await r.up();
    expect(failure).toBeNull();
    expect(planUpgrade(r.spec(), state)).toMatchObject({ hops: [], steps: [], owed: [] });
  });

  test.each(names)("%s leads; the search master is the last follower", async (leader) => {
    const [elasticsearchMaster, other] = names.filter((name) => name !== leader);
    const r = new Rehearsal({ leader, elasticsearchMaster });
    expectDone(r, await r.up());
    expect(r.commands().slice(0, 8)).toEqual(order(leader, other!, elasticsearchMaster!));
  });

  test("the same where the leader needs both followers: with consent, and frontends have it back before the next one", async () => {
    const r = new Rehearsal();
    for (const name of names) r.sim.switches(name).requiredFollowers = 2;
    expect(check.textOf(await r.up())).toContain("Downtime not approved");
    expectDone(r, await r.up({ allowDowntime: "2.3.16" }));
    expect(r.commands().slice(0, 8)).toEqual(order("backend-1", "backend-2", "backend-3"));
  });

  test("the same commands where no column shows failover (before 2.0.30)", async () => {
    const r = new Rehearsal({ columns: { blocked: false } });
    expectDone(r, await r.up());
    expect(r.commands().slice(0, 8)).toEqual(order("backend-1", "backend-2", "backend-3"));
  });

  test("a package that we bring lies on all nodes before failover is off", async () => {
    const r = new Rehearsal();
    const bytes = r.nodes[0]!.files.get(debPath)!;
    for (const node of r.nodes) node.files.set("./local.deb", bytes);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const staging = { kind: "upload", source: "./local.deb", sha256, file: "chef.deb" } as const;
    let staged: string[] = [];
    r.sim.when("backend-1", ["chef-backend-ctl", "set-cluster-failover"], () => {
      const path = "/var/lib/pulumi-chef-backend/packages/chef.deb";
      staged = names.filter((name) => r.node(name).files.has(path));
    });
    const result = await r.up({
      packages: { "2.3.16": { path: "chef.deb", sha256, stagedKiB: 1, staging } },
    });
    expectDone(r, result);
    expect(staged).toEqual([...names]);
    expect(result.timings[0]!.step).toBe("cluster/stage");
  });

  test("edited configuration files do not stop dpkg", async () => {
    const r = new Rehearsal();
    for (const name of names) r.sim.switches(name).conffileEdited = true;
    expectDone(r, await r.up());
  });
});

/** Known of the leader in the field (chef-server#3214); the others are its siblings. */
describe("`upgrade` ends with 0, and its services still run the old build", () => {
  const again = (r: Rehearsal) =>
    r.jobs.filter(({ kind }) => kind === "upgrade-again").map(({ node }) => node);

  test.each(["deb", "rpm"] as const)(
    "%s: the former leader, once it follows and all is green: failover off, `upgrade`, rejoin, failover on",
    async (platform) => {
      const r = new Rehearsal({ platform });
      r.sim.switches("backend-1").upgradeRestartsNothing = 1;
      const seen: string[] = [];
      r.onEvent = (event) => {
        if (event.type === "step-started" && event.step === "backend-1/upgrade-again") seen.push(event.text);
      };
      const result = await r.up();
      expectDone(r, result);
      const leader = r.sim.leader!;
      expect(r.commands()).toEqual([
        ...order("backend-1", "backend-2", "backend-3"),
        `${leader} set-cluster-failover off`,
        "backend-1 upgrade",
        `${leader} set-cluster-failover on`,
      ]);
      const job = r.jobs.find(({ kind }) => kind === "upgrade-again")!;
      expect(job).toMatchObject({ leader, failover: false, out: [], colour: "green" });
      expect(seen).toEqual(["3/3 backend-1: upgrading once more"]);
    },
  );

  test("the leader, which has not even handed over: `upgrade --failover` once more", async () => {
    const r = new Rehearsal();
    const node = r.node("backend-1");
    const honest = node.carryOut.bind(node);
    let lies = 1;
    node.carryOut = async (argv, io, kind) =>
      kind === "upgrade-with-failover" && lies-- > 0
        ? { code: 0, stdout: "", stderr: "" }
        : honest(argv, io, kind);
    expectDone(r, await r.up());
    const jobs = r.jobs.filter(({ kind }) => kind === "upgrade-with-failover");
    expect(jobs).toEqual([
      expect.objectContaining({ leader: "backend-1", failover: true }),
      expect.objectContaining({ leader: "backend-1", failover: true, out: [], colour: "green" }),
    ]);
    expect(r.sim.leader).not.toBe("backend-1");
  });

  test("all but Elasticsearch, of a major version: the former leader is upgraded once more", async () => {
    const r = new Rehearsal({ version: "2.3.16" });
    r.lay("3.0.0");
    r.sim.switches("backend-1").upgradeSpares = "elasticsearch";
    const packages = { "3.0.0": { path: packageAt("chef-backend", "3.0.0"), staging: null, stagedKiB: 0 } };
    const result = await r.up({ version: "3.0.0", packages });
    expect(result.failure).toBeNull();
    expect(again(r)).toEqual(["backend-1"]);
    expect(r.sim.backend("backend-1").elasticsearch).toBe("6.8.23");
  });

  describe("its Elasticsearch refuses the old settings, which that `upgrade` has left", () => {
    const crossing = (times: number) => {
      const r = new Rehearsal({ version: "2.3.16" });
      r.lay("3.0.0");
      r.sim.switches("backend-1").upgradeKeepsSettings = times;
      const path = packageAt("chef-backend", "3.0.0");
      const packages = { "3.0.0": { path, staging: null, stagedKiB: 0 } };
      return { r, up: () => r.up({ version: "3.0.0", packages }) };
    };

    test("the former leader, once the others are well: `upgrade` once more, in the middle of its rejoin", async () => {
      const { r, up } = crossing(1);
      const result = await up();
      expect(check.textOf(result)).toBe("");
      expect(again(r)).toEqual(["backend-1"]);
      const job = r.jobs.find(({ kind }) => kind === "upgrade-again")!;
      expect(job).toMatchObject({ out: ["backend-1"] });
      expect(job.leader).not.toBe("backend-1");
      expect(r.events.map((event) => ("text" in event ? event.text : "")).join("\n")).toMatch(
        /Elasticsearch on backend-1 does not start with the new build: \S+ java.*unknown setting \[path\.scripts\]/,
      );
      expect([r.sim.healthy, r.sim.failover, check.recordOf(r)!.finished]).toEqual([true, true, true]);
    });

    test("after that, too: the run ends by itself, and tells what is missing", async () => {
      const { r, up } = crossing(2);
      const failed = await up();
      expect(again(r)).toEqual(["backend-1"]);
      expect(check.textOf(failed)).toContain("backend-1 has not rejoined");
      expect(check.failoverProblems(r, failed)).toEqual([]);
    });
  });

  test("a follower, before the next one is touched", async () => {
    const r = new Rehearsal();
    r.sim.switches("backend-2").upgradeRestartsNothing = 1;
    expectDone(r, await r.up());
    expect(r.commands().slice(1, 6)).toEqual([
      ...["backend-2 install", "backend-2 upgrade", "backend-2 upgrade"],
      ...["backend-3 install", "backend-3 upgrade"],
    ]);
  });

  test("a preview after a run that was lost there says why it is upgraded again, and the next run does it", async () => {
    const r = new Rehearsal();
    r.sim.switches("backend-1").upgradeRestartsNothing = 1;
    const client = r.client();
    r.onEvent = (event) => {
      if (event.type === "step-started" && event.step === "backend-1/upgrade-again") client.kill();
    };
    await check.upOrKilled(r, {}, client);
    const steps = await check.planOf(r);
    expect(steps.find(({ kind }) => kind === "upgrade-again")).toMatchObject({
      node: "backend-1",
      reason: "`upgrade` ended with 0, but backend-1 still runs the old build",
    });
    await r.clock.advance(60_000);
    expectDone(r, await r.up());
    expect(again(r)).toEqual(["backend-1"]);
  });

  test.each(["backend-1", "backend-2"])(
    "twice on %s: the run stops there, and is never done",
    async (name) => {
      const r = new Rehearsal();
      r.sim.switches(name).upgradeRestartsNothing = 2;
      const failed = await r.up();
      expect(check.textOf(failed)).toContain(
        `\`chef-backend-ctl upgrade\` has ended with 0 twice, and ${name} still runs the old build`,
      );
      expect(check.failoverProblems(r, failed)).toEqual([]);
      expect(again(r)).toEqual([name]);
      expect(check.problemsAtTheEnd(r, await r.up())).toEqual([]);
      expect(check.orderProblems(r)).toEqual([]);
    },
  );

  test("what the error says to do by hand is enough", async () => {
    const r = new Rehearsal();
    r.sim.switches("backend-1").upgradeRestartsNothing = 2;
    await r.up();
    expect(await r.clock.run(r.sim.exec("backend-1", ["chef-backend-ctl", "restart"]))).toMatchObject({
      code: 0,
    });
    await r.clock.advance(60_000);
    expect((await r.up()).failure).toBeNull();
    expect(again(r)).toEqual(["backend-1"]);
    expect([...r.sim.backend("backend-1").services.values()].map(({ build }) => build)).toEqual(
      Array.from(r.sim.backend("backend-1").services, () => "2.3.16-1"),
    );
  });
});

describe("nothing to do", () => {
  test("at the version: no changing command, no lock, no record", async () => {
    const r = new Rehearsal({ version: "2.3.16" });
    const calls = new Set<string>();
    const client = r.client();
    client.state.onCall = (_node, operation) => void calls.add(operation);
    const result = await r.up({}, client);
    expect(result).toMatchObject({ failure: null, touched: false, timings: [] });
    expect(r.commands()).toEqual([]);
    expect([...calls]).toEqual(["read"]);
    expect(r.nodes.map((node) => [node.lock, node.record])).toEqual(names.map(() => [null, ""]));
  });

  test("a second run changes nothing, even while the cluster is yellow and an operator has failover off", async () => {
    const r = new Rehearsal();
    await r.up();
    const before = r.commands();
    r.sim.elasticsearchYellow(Infinity);
    r.sim.cluster.failover = false;
    await r.clock.advance(60_000);
    expect((await r.up()).failure).toBeNull();
    expect(r.commands()).toEqual(before);
  });
});

describe("half-done clusters", () => {
  const upgraded = { version: "2.3.16-1" };
  const byHand = { version: "2.3.16-1", running: "2.1.0-1" };
  const backends = (...specs: object[]): Partial<SimulationOptions> => ({
    backends: names.map((name, at) => ({ name, ip: `192.168.33.${215 + at}`, ...specs[at] })),
  });
  const begin = "backend-1 set-cluster-failover off";
  const leaderUpgrade = ["backend-1 set-cluster-failover on", "backend-1 upgrade --failover"];

  test.each<[string, object[], string[]]>([
    [
      "a follower is done",
      [{}, upgraded, {}],
      [begin, "backend-3 install", "backend-3 upgrade", "backend-1 install"],
    ],
    ["both followers are done", [{}, upgraded, upgraded], [begin, "backend-1 install", ...leaderUpgrade]],
    ["only the leader is done", [upgraded, {}, {}], order("backend-1", "backend-2", "backend-3").slice(0, 5)],
    ["a follower is left", [upgraded, {}, upgraded], [begin, "backend-2 install", "backend-2 upgrade"]],
    [
      "installed by hand on a follower, not upgraded",
      [{}, byHand, {}],
      [
        begin,
        "backend-2 upgrade",
        "backend-3 install",
        "backend-3 upgrade",
        "backend-1 install",
        ...leaderUpgrade,
      ],
    ],
    [
      "installed by hand everywhere, not upgraded",
      [byHand, byHand, byHand],
      [begin, "backend-2 upgrade", "backend-3 upgrade", ...leaderUpgrade],
    ],
  ])("%s: only the rest is done", async (_what, specs, commands) => {
    const r = new Rehearsal(backends(...specs));
    expectDone(r, await r.up());
    expect(r.commands().slice(0, commands.length)).toEqual(commands);
    const rest = r.commands().slice(commands.length);
    expect(rest.filter((command) => commands.includes(command) && !command.includes("failover"))).toEqual([]);
    expect(rest.at(-1)).toMatch(/set-cluster-failover on$/);
  });
});

describe("what an aborted run left", () => {
  /** A run that was killed between two nodes: failover is off. */
  async function aborted(options: Partial<SimulationOptions> = {}) {
    const r = new Rehearsal(options);
    const client = r.client();
    r.onEvent = (event) => {
      if (event.type === "step-finished" && event.step === "backend-2/rejoin") client.kill();
    };
    await expect(r.up({}, client)).rejects.toThrow("killed");
    r.onEvent = undefined;
    expect(r.sim.failover).toBe(false);
    return r;
  }

  test.each([true, false])("is mended, though the upgrade is refused (columns: %s)", async (blocked) => {
    const r = await aborted({ columns: { blocked } });
    r.sim.switches("backend-3").hiddenFiles = [debPath];
    const done = r.commands();
    const result = await r.up();
    expect(result.failure!.error).toBeInstanceOf(RefusedError);
    expect(r.commands().slice(done.length)).toEqual(["backend-1 set-cluster-failover on"]);
    expect(r.sim.failover).toBe(true);
    expect(check.textOf(result)).toContain("Failover is on.");
    r.sim.switches("backend-3").hiddenFiles = [];
    expectDone(r, await r.up());
  });

  test("is mended on the leader, whoever that is", async () => {
    const r = await aborted({ leader: "backend-3" });
    r.sim.switches("backend-3").hiddenFiles = [debPath];
    const done = r.commands();
    await r.up();
    expect(r.commands().slice(done.length)).toEqual(["backend-3 set-cluster-failover on"]);
  });

  test("is mended by the two reachable nodes while the third is down", async () => {
    const r = await aborted();
    r.sim.nodeDown("backend-3");
    await r.clock.advance(60_000);
    const result = await r.up();
    expect(check.textOf(result)).toContain("backend-3 is down");
    expect(r.sim.failover).toBe(true);
    expect(check.failoverProblems(r, result)).toEqual([]);
    r.sim.nodeUp("backend-3");
    await r.clock.advance(300_000);
    expectDone(r, await r.up());
  });

  test("is the error's first line when it can not be mended", async () => {
    const r = await aborted();
    for (const name of names) r.sim.switches(name).controlFails = "ERROR: no etcd";
    const result = await r.up();
    expect(check.textOf(result)).toMatch(
      /^FAILOVER IS OFF \(it could not be turned on again: .*ERROR: no etcd/s,
    );
    for (const name of names) r.sim.switches(name).controlFails = null;
    expectDone(r, await r.up());
  });

  test("is mended when the old version is wanted again", async () => {
    const r = new Rehearsal();
    const client = r.client();
    r.onEvent = (event) => void (event.type === "step-finished" && client.kill());
    await expect(r.up({}, client)).rejects.toThrow("killed");
    r.onEvent = undefined;
    const result = await r.up({ version: "2.1.0" });
    expect(result.failure).toBeNull();
    expect(r.commands()).toEqual(["backend-1 set-cluster-failover off", "backend-1 set-cluster-failover on"]);
    expect(check.recordOf(r)).toMatchObject({ finished: true, failover: "on" });
  });

  test("nothing is turned on that an operator turned off: refused without our record", async () => {
    const r = new Rehearsal();
    r.sim.cluster.failover = false;
    const result = await r.up();
    expect(check.textOf(result)).toMatch(/Failover is already off.*takeOverFailover/s);
    expect(r.commands()).toEqual([]);
    expectDone(r, await r.up({ takeOverFailover: true }));
  });
});

describe("refusals: nothing is touched", () => {
  type Prepare = (r: Rehearsal) => Partial<UpgradeSpec> | void;
  const pkg =
    (fields: Parameters<typeof packageFile>[0]): Prepare =>
    (r) => {
      r.node("backend-2").files.set(debPath, Buffer.from(packageFile(fields)));
    };
  const on2 =
    (change: Partial<ReturnType<Simulation["switches"]>>): Prepare =>
    (r) => {
      Object.assign(r.sim.switches("backend-2"), change);
    };

  test.each<[string, Partial<SimulationOptions>, Prepare, RegExp]>([
    ["a node is down", {}, (r) => r.sim.nodeDown("backend-3"), /backend-3 is down/],
    ["a node is missing in the table", {}, (r) => r.sim.backend("backend-3").stop(), /lists 2 of 3/],
    [
      "a follower is behind",
      {},
      (r) => {
        r.sim.switches("backend-3").rejoinFails = "partially_synced";
        r.sim.backend("backend-3").stop(["postgresql"]);
        r.sim.backend("backend-3").start(["postgresql"]);
      },
      /postgresql synced: 1/,
    ],
    [
      "no leader",
      {},
      (r) => {
        r.sim.cluster.failover = false;
        r.sim.backend("backend-1").stop(["leaderl"]);
      },
      /no leader/,
    ],
    [
      "Elasticsearch is yellow",
      {},
      (r) => r.sim.elasticsearchYellow(Infinity),
      /elasticsearch state: yellow/,
    ],
    ["a control command fails", {}, on2({ controlFails: "ERROR: broken" }), /ERROR: broken/],
    ["the clock is off", {}, on2({ clockDrift: 4 }), /Clocks differ too much .*\n.*\n.* apart/],
    ["the disk is full", {}, on2({ diskFree: { "/": 900_000 } }), /would be left after the install/],
    ["the package file is missing", {}, on2({ hiddenFiles: [debPath] }), /no such file/],
    ["of another version", {}, pkg({ version: "2.2.0" }), /where: backend-2\n.*2\.2\.0/],
    [
      "of another name",
      {},
      pkg({ version: "2.3.16", name: "chef-server-core" }),
      /where: backend-2\n.*chef-server-core/,
    ],
    ["of another architecture", {}, pkg({ version: "2.3.16", arch: "arm64" }), /where: backend-2\n.*arm64/],
    ["an rpm for a deb node", {}, pkg({ version: "2.3.16", format: "rpm" }), /where: backend-2\n/],
    [
      "truncated",
      {},
      (r) => {
        const bytes = r.node("backend-2").files.get(debPath)!;
        r.node("backend-2").files.set(debPath, bytes.slice(0, 200));
      },
      /where: backend-2\n/,
    ],
    [
      "of another checksum",
      {},
      (r) => {
        const source = r.spec().packages["2.3.16"]!;
        return { packages: { "2.3.16": { ...source, sha256: "0".repeat(64) } } };
      },
      /SHA-?256/i,
    ],
    ["not given", {}, () => ({ packages: {} }), /Package missing \[packageFile\]/],
    ["a downgrade", { version: "2.3.16" }, () => ({ version: "2.1.0" }), /Downgrade is not supported/],
    [
      "another major version",
      { version: "1.4.40" },
      () => undefined,
      /Frontends missing.*Downtime not approved.*where: 1\.4\.40 -> 2\.3\.16\n.*`allowDowntime` not set\n.*all backends go down/s,
    ],
    [
      "an index that is too old",
      { version: "2.0.1", indexCreatedBy: "2.3.1" },
      () => undefined,
      /Frontends missing.*Downtime not approved.*where: 2\.0\.1 -> 2\.3\.16\n.*`allowDowntime` not set\n.*the index is deleted/s,
    ],
    [
      "downtime allowed for another version",
      { version: "1.4.40" },
      () => ({ allowDowntime: "2.2.0" }),
      /`allowDowntime` is 2\.2\.0, another version.*set `allowDowntime: "2\.3\.16"`/s,
    ],
    [
      "no way to that version",
      { version: "0.9.0" },
      () => ({ version: "1.4.40" }),
      /^No documented upgrade path \[path\]\n  where: 0\.9\.0 -> 1\.4\.40/,
    ],
    [
      "an unsupported system",
      { osRelease: 'ID=ubuntu\nVERSION_ID="14.04"\nPRETTY_NAME="Ubuntu 14.04"\n' },
      () => undefined,
      /Operating system is not supported .*\n.*\n.*Ubuntu 14\.04/,
    ],
    [
      "an interrupted installation that is not ours",
      {},
      (r) => {
        r.sim.backend("backend-2").packages.find("chef-backend")!.state = "half-configured";
      },
      /dpkg --configure -a/,
    ],
    [
      "the VIP in place of a node",
      {},
      () => ({ nodes: names.map((name, at) => ({ name, host: at === 2 ? "192.168.33.220" : name })) }),
      /where: backend-3\n.*`host` is 192\.168\.33\.220, the cluster's VIP/,
    ],
    ["another cluster", {}, () => ({ knownGuids: ["f".repeat(32)] }), /This is another cluster/],
    [
      "a host of a staging copy",
      {},
      (r) => {
        const backends = names.map((name, at) => ({ name, ip: `10.0.0.${at + 1}` }));
        const staging = new Simulation({ clock: r.clock, version: "2.1.0", backends, seed: 7 });
        r.nodes[2] = new MemoryNode(staging, "backend-3");
        r.nodes[2].files.set(debPath, r.nodes[1]!.files.get(debPath)!);
      },
      /do not agree who leads|no backend of this cluster/,
    ],
    [
      "failover is off by another",
      {},
      (r) => void (r.sim.cluster.failover = false),
      /Failover is already off/,
    ],
  ])("%s", async (_what, options, prepare, message) => {
    const r = new Rehearsal(options);
    const change = prepare(r) ?? {};
    await r.clock.advance(90_000);
    const result = await r.up(change);
    expect(result.failure?.error).toBeInstanceOf(RefusedError);
    expect(check.textOf(result)).toMatch(message);
    expect(check.textOf(result)).toMatch(/Nothing was changed\./);
    expect(result).toMatchObject({ touched: false, failure: { left: { failover: "untouched" } } });
    expect(r.commands()).toEqual([]);
    expect(r.nodes.map((node) => [node.lock, node.record, node.jobs])).toEqual(
      names.map(() => [null, "", []]),
    );
  });

  test("all reasons at once, each with its next step", async () => {
    const r = new Rehearsal();
    Object.assign(r.sim.switches("backend-1"), { diskFree: { "/": 900_000 } });
    Object.assign(r.sim.switches("backend-2"), { clockDrift: 4 });
    Object.assign(r.sim.switches("backend-3"), { hiddenFiles: [debPath] });
    const error = (await r.up()).failure!.error as RefusedError;
    expect(new Set(error.refusals.map((each) => each.code))).toEqual(
      new Set(["disk", "clock", "packageFile"]),
    );
    expect(error.refusals.every((each) => each.next.length > 20)).toBe(true);
  });

  test("a busy package manager is waited for, with the holder named, then refused", async () => {
    const r = new Rehearsal();
    r.sim.switches("backend-2").packageLock = { pid: 4711, program: "unattended-upgr" };
    const result = await r.up();
    expect(check.textOf(result)).toMatch(/Package manager is busy.*4711/s);
    expect(r.texts("waiting").join()).toContain("4711");
    expect(result.failure?.left.notes).toEqual([]);
    expect(r.commands()).toEqual([]);
    r.clock.setTimer(60_000, () => (r.sim.switches("backend-2").packageLock = null));
    expectDone(r, await r.up());
  });
});

describe("a package manager that is busy for a while", () => {
  it("between two nodes is waited for, and its lock is left alone", async () => {
    const r = new Rehearsal();
    const busy = { pid: 4711, program: "unattended-upgrade" };
    r.sim.when("backend-2", ["chef-backend-ctl", "upgrade"], () => {
      r.sim.switches("backend-3").packageLock = busy;
      r.clock.setTimer(200_000, () => (r.sim.switches("backend-3").packageLock = null));
    });
    const result = await r.up();
    expect(result.failure).toBeNull();
    expect(r.texts("waiting").join()).toContain("Package manager is busy (backend-3): process 4711 holds");
    expect(r.commands().filter((each) => each === "backend-3 install")).toHaveLength(1);
  });

  it("elsewhere does not keep a node that is installed from being finished", async () => {
    const r = new Rehearsal();
    r.sim.when("backend-2", ["dpkg"], () => {
      r.sim.switches("backend-1").packageLock = { pid: 4711, program: "apt" };
    });
    const result = await r.up();
    expect(result.failure?.error.message).toContain(
      "Package manager is busy [packageLock]\n  where: backend-1\n",
    );
    expect(result.failure?.left).toMatchObject({ failover: "on", insideOf: null });
    expect(r.sim.runningVersions()["backend-2"]).toBe("2.3.16-1");
  });
});
