import { check } from "../../provider/handlers/check";
import { diff } from "../../provider/handlers/diff";
import { read } from "../../provider/handlers/read";
import type { BackendPlan, CheckedInputs, ClusterProperties } from "../../provider/handlers/types";
import { PartialFailureError } from "../../provider/handlers/partialFailure";
import { upgrade } from "../../provider/handlers/upgrade";
import { FakeFront, inputsFor } from "./aContext";

const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

async function checked(front: FakeFront, raw: Record<string, unknown>, olds: Partial<CheckedInputs> = {}) {
  const changes = front.lab.sim.history.length;
  const outcome = await front.run((context) => check(olds, raw, (value) => value === UNKNOWN, context));
  // A preview runs not one changing command, whatever it finds.
  expect(front.lab.sim.history.length).toBe(changes);
  return { ...outcome, inputs: outcome.inputs as unknown as CheckedInputs };
}

const steps = (inputs: CheckedInputs) => Object.values(inputs.backends!).map((plan) => plan.step);

describe("check expands the inputs to what would happen to each node", () => {
  test("an upgrade: role, order, versions and the commands' essence, per node", async () => {
    const front = new FakeFront();
    const { inputs, failures } = await checked(front, inputsFor({ displayUrn: "urn:x" }));
    expect(failures).toEqual([]);
    expect(inputs).toMatchObject({ ...inputsFor(), displayUrn: "urn:x" });
    expect(steps(inputs).sort()).toEqual([
      "1 of 3, follower: 2.1.0 => 2.3.16: install, upgrade, verify rejoin",
      "2 of 3, follower: 2.1.0 => 2.3.16: install, upgrade, verify rejoin",
      "3 of 3, leader: 2.1.0 => 2.3.16: install, failover on, upgrade --failover, verify rejoin",
    ]);
    expect(Object.values(inputs.backends!).every((plan) => plan.version === "2.3.16" && plan.guid)).toBe(
      true,
    );
    expect(inputs.unfinished).toBeUndefined();
    expect(front.quick).toEqual([true]);
    expect(front.closed).toBe(3);
    expect(diff({}, inputs)).toEqual({ changes: true });
  });

  test("at the version: nothing to do, and no change against the state", async () => {
    const { inputs, failures } = await checked(new FakeFront(), inputsFor({ version: "2.1.0" }));
    expect(failures).toEqual([]);
    expect(steps(inputs)).toEqual(Array(3).fill("nothing to do"));
    expect(diff(inputs, inputs)).toEqual({ changes: false });
  });

  test("inputs that are wrong, or not known yet, are not looked up on the cluster", async () => {
    const front = new FakeFront();
    const wrong = await checked(front, inputsFor({ version: "x" }));
    expect(wrong.failures).toMatchObject([{ property: "version" }]);
    const later = await checked(front, inputsFor({ version: UNKNOWN }));
    expect(later).toEqual({ inputs: inputsFor({ version: UNKNOWN }), failures: [] });
    expect(front.quick).toEqual([]);
  });

  test("a local package file is looked at first: missing, or not the one that sha256 names", async () => {
    const source = (file: Record<string, unknown>) =>
      checked(new FakeFront(), inputsFor({ packageFile: file }));
    expect((await source({ source: "./none.deb" })).failures).toEqual([
      { property: "packageFile.source", reason: "./none.deb: there is no such file" },
    ]);
    expect((await source({ source: "./right.deb", sha256: "0".repeat(64) })).failures[0]!.reason).toMatch(
      /its SHA-256 is (ab){32}, packageFile\.sha256 says 0{64}/,
    );
    expect((await source({ source: "./right.deb", sha256: "AB".repeat(32) })).failures).toEqual([]);
  });

  test("so is every other one; all that are wrong are told, each by its field", async () => {
    const wrong = { source: "./right.deb", sha256: "0".repeat(64) };
    const frontends = {
      nodes: [{ host: "f" }],
      ...{ version: "15.9.38", packageFile: { source: "./core.deb" } },
    };
    const front = new FakeFront();
    const { failures } = await checked(front, {
      ...inputsFor({ packageFile: { source: "./none.deb" }, frontends }),
      packageFiles: { "2.1.0": { source: "./right.deb" }, "3.1.1": wrong },
    });
    expect(failures).toEqual([
      { property: "packageFile.source", reason: "./none.deb: there is no such file" },
      {
        property: 'packageFiles["3.1.1"].source',
        reason: expect.stringContaining('packageFiles["3.1.1"].sha256 says 000'),
      },
      { property: "frontends.packageFile.source", reason: "./core.deb: there is no such file" },
    ]);
    expect(front.quick).toEqual([]);
  });
});

describe("refusals found live", () => {
  test("fail when something would change, each with its field and next step", async () => {
    const front = new FakeFront();
    front.lab.sim.elasticsearchYellow(10_000);
    await front.lab.clock.run(front.lab.clock.sleep(30_000));
    const { failures } = await checked(front, inputsFor({ packageFile: undefined }));
    expect(failures.map((failure) => failure.property).sort()).toEqual(["nodes", "packageFile"]);
    expect(failures.every(({ reason }) => /^.+ \[\w+\]\n {2}where: .+\n {2}seen: {2}/.test(reason))).toBe(
      true,
    );
  });

  test("only warn, or say nothing, when nothing would: a yellow minute blocks no stack", async () => {
    const front = new FakeFront();
    front.lab.sim.elasticsearchYellow(10_000);
    await front.lab.clock.run(front.lab.clock.sleep(30_000));
    const { failures, inputs } = await checked(
      front,
      inputsFor({ version: "2.1.0", packageFile: undefined }),
    );
    expect(failures).toEqual([]);
    expect(steps(inputs)).toEqual(Array(3).fill("nothing to do"));
  });

  test("a downgrade names the version's field", async () => {
    const { failures } = await checked(new FakeFront(), inputsFor({ version: "2.0.30" }));
    // Once, whichever backends it is true of.
    expect(failures).toEqual([
      { property: "version", reason: expect.stringMatching(/^Downgrade is not supported/) },
    ]);
  });
});

describe("a run is killed in the middle of a backend's job", () => {
  const moments = [1, 10, 40].flatMap((after) =>
    ["install", "upgrade", "upgrade-with-failover"].map((kind) => ({ kind, after })),
  );
  test.each(moments)("$kind, $after s: what is not healthy is waited for, not refused", async (moment) => {
    const front = new FakeFront();
    const { inputs } = await checked(front, inputsFor());
    const killed = new Promise<void>((resolve) => {
      front.lab.onEvent = (event) => {
        if (event.type !== "step-started" || !event.step.endsWith(`/${moment.kind}`)) return;
        const { client } = front;
        front.lab.clock.setTimer(moment.after * 1000, () => ((client.dead = true), resolve()));
        front.lab.onEvent = undefined;
      };
    });
    await front.run((context) => Promise.race([upgrade("id", {}, inputs, context), killed]));
    front.client = { dead: false, unreachable: new Set() };
    const next = await checked(front, inputsFor());
    expect(next.failures).toEqual([]);
    expect(next.inputs.unfinished).not.toBeUndefined();
    const done = await front.run((context) => upgrade("id", {}, next.inputs, context));
    expect(done.properties).toMatchObject({ healthy: true, failover: "on" });
    expect(Object.values(done.properties.installedVersions)).toEqual(Array(3).fill("2.3.16"));
  });
});

describe("a node that cannot be reached", () => {
  const known = (version: string): Record<string, BackendPlan> =>
    Object.fromEntries(
      ["backend-1", "backend-2", "backend-3"].map((name, index) => [
        name,
        { guid: `g${index}`, role: "follower", version, step: "nothing to do" },
      ]),
    );

  test("the plan comes from the state, with a warning by name; what is at the version is left alone", async () => {
    const front = new FakeFront();
    front.client.unreachable.add("backend-2");
    const { inputs, failures } = await checked(front, inputsFor(), { backends: known("2.3.16") });
    expect(failures).toEqual([]);
    expect(inputs.backends).toEqual(known("2.3.16"));
    expect(front.warnings[0]).toMatch(/^backend-2 cannot be reached/);
    expect(diff({ backends: known("2.3.16") }, inputs)).toEqual({ changes: false });
  });

  test("another version is a change, in an order that is found later", async () => {
    const front = new FakeFront();
    front.client.unreachable.add("backend-2");
    const { inputs } = await checked(front, inputsFor(), { backends: known("2.1.0") });
    expect(steps(inputs)).toEqual(
      Array(3).fill("2.1.0 => 2.3.16, in an order that is found when the cluster can be reached"),
    );
    expect(diff({ backends: known("2.1.0") }, inputs)).toEqual({ changes: true });
    const iteration = await checked(front, inputsFor({ version: "2.3.16-1" }), {
      backends: known("2.3.16-1"),
    });
    expect(steps(iteration.inputs)).toEqual(Array(3).fill("nothing to do"));
  });

  test("never seen before: said so", async () => {
    const front = new FakeFront();
    front.client.unreachable.add("backend-2");
    const { inputs } = await checked(front, inputsFor());
    expect(steps(inputs)[0]).toMatch(/^unknown => 2\.3\.16/);
    expect(Object.values(inputs.backends!)[0]).toMatchObject({ guid: "", role: "unknown" });
  });

  test("a wrong host key fails, whatever the state says; connections are closed all the same", async () => {
    const front = new FakeFront();
    front.impostors.add("backend-2");
    const { failures } = await checked(front, inputsFor(), { backends: known("2.3.16") });
    expect(failures).toEqual([{ property: "connection", reason: "backend-2: its host key is wrong" }]);
    expect(front.closed).toBe(3);
  });
});

describe("what others do to the cluster", () => {
  test("a lock is told with its holder and age; a dead one with what becomes of it", async () => {
    const front = new FakeFront();
    const now = front.lab.clock.now();
    const lock = { run: "r9", owner: "ci@runner", process: "q", taken: now, beat: now };
    front.lab.node("backend-1").lock = lock;
    await checked(front, inputsFor({ version: "2.1.0" }));
    expect(front.warnings.join("\n")).toMatch(/being upgraded by ci@runner since \S+ s \(run r9\)/);
    front.lab.node("backend-1").lock = { ...lock, beat: now - 100_000 };
    await checked(front, inputsFor({ version: "2.1.0" }));
    expect(front.warnings.join("\n")).toMatch(/ci@runner holds .* gave no sign of life .* takes it over/);
    await checked(front, inputsFor({ version: "2.1.0", breakLock: "r9" }));
    expect(front.warnings.at(-1)).toMatch(
      /^ci@runner holds .*\(run r9\), with the last sign of life .* ago: `pulumi up` breaks it, .*waited for/,
    );
    await checked(front, inputsFor({ version: "2.1.0", breakLock: "r8" }));
    expect(front.warnings.at(-1)).toMatch(
      /^breakLock names the run r8, which does not hold .*can be removed$/,
    );
    front.lab.node("backend-1").lock = null;
    await checked(front, inputsFor({ version: "2.1.0", breakLock: "r9" }));
    expect(front.warnings.at(-1)).toMatch(/^breakLock names the run r9, which does not hold/);
  });

  test("what a run that goes on has not finished is not told as an earlier run's, nor as resumed", async () => {
    const front = new FakeFront();
    const now = front.lab.clock.now();
    const record = { seq: 1, run: "r9", from: "2.1.0-1", to: "2.3.16", leaderAtStart: "backend-1" };
    const node = front.lab.node("backend-1");
    node.record = JSON.stringify({
      ...record,
      ...{ failover: "off", inside: "backend-2", insideGuid: null, finished: false },
    });
    node.lock = { run: "r9", owner: "ci@runner", process: "q", taken: now, beat: now };
    const { inputs } = await checked(front, inputsFor());
    const told = [...front.warnings, ...steps(inputs)].join("\n");
    expect(told).toContain("is being upgraded by ci@runner");
    expect(told).toContain("begun and not finished");
    expect(told).not.toMatch(/Resuming|earlier run/);
    node.lock = null;
    await checked(front, inputsFor());
    expect(front.warnings.join("\n")).toMatch(/Resuming an earlier run: backend-2 is between/);
  });

  test("what goneMachines drops is told, and what it does not", async () => {
    const front = new FakeFront();
    const [id, other] = ["a".repeat(32), "b".repeat(32)];
    front.lab.node("backend-1").record = JSON.stringify({
      ...{ seq: 1, run: "r", from: "2.1.0-1", to: "2.1.0", leaderAtStart: "backend-1", failover: "on" },
      ...{ inside: null, insideGuid: null, finished: false, begun: ["frontend-9/close"] },
      who: { "frontend-9": { machineId: id, addresses: ["192.168.33.99"] } },
    });
    await checked(front, inputsFor({ goneMachines: [id, other] }));
    expect(front.warnings).toEqual(
      expect.arrayContaining([
        `goneMachines: unfinished work on ${id} is dropped, and is not asked for again`,
        `goneMachines names ${other}, which the run record does not know: remove it, it does nothing`,
      ]),
    );
  });

  test("failover that we owe is an input of its own, so that the next up mends it", async () => {
    const front = new FakeFront();
    const record = { seq: 1, run: "r", from: "2.1.0-1", to: "2.1.0", leaderAtStart: "backend-1" };
    front.lab.node("backend-2").record = JSON.stringify({
      ...record,
      ...{ failover: "off", inside: null, insideGuid: null, finished: false },
    });
    const { inputs } = await checked(front, inputsFor({ version: "2.1.0" }));
    expect(inputs.unfinished).toEqual(["failover is off, turned off by an earlier run"]);
    expect(front.warnings).toContain(
      "Resuming an earlier run: failover is off, turned off by an earlier run",
    );
    expect(diff(inputs, inputs)).toEqual({ changes: true });
  });
});

describe("diff", () => {
  const plan = (role: string, step = "nothing to do"): BackendPlan => ({
    guid: "g",
    role,
    version: "2.3.16",
    step,
  });
  const backends = { a: plan("leader"), b: plan("follower"), c: plan("follower") };
  const state = { ...inputsFor(), backends, failover: "on" } as unknown as ClusterProperties;

  test.each<[string, Partial<CheckedInputs>, boolean]>([
    ["nothing", {}, false],
    ["a moved leader", { backends: { a: plan("follower"), b: plan("leader"), c: plan("follower") } }, false],
    ["a changed credential", { connection: { password: "new" } }, false],
    [
      "another package file, other time-outs",
      { packageFile: { path: "/x.deb" }, timeouts: { install: 1 } },
      false,
    ],
    ["a node to be upgraded", { backends: { ...backends, b: plan("follower", "1 of 1: …") } }, true],
    ["something owed", { unfinished: ["failover"] }, true],
    ["nothing owed", { unfinished: [] }, false],
    ["another node", { backends: { a: plan("leader"), b: plan("follower"), d: plan("follower") } }, true],
    [
      "the same nodes in another order",
      { backends: { c: plan("follower"), a: plan("leader"), b: plan("follower") } },
      false,
    ],
    ["not expanded, since something is not known yet", { backends: undefined }, true],
  ])("%s: %s", (_what, change, changes) => {
    expect(diff(state, { ...state, ...change })).toEqual({ changes });
  });

  test("failover that is not known causes no change", () => {
    expect(diff({ ...state, failover: "unknown" }, state)).toEqual({ changes: false });
  });
});

describe("adopt, upgrade, read", () => {
  test("a cluster is adopted at its version with nothing changed, and upgraded when the version is bumped", async () => {
    const front = new FakeFront();
    const adopted = await checked(front, inputsFor({ version: "2.1.0" }));
    const { id, properties } = await front.run((context) => upgrade(null, {}, adopted.inputs, context));
    expect(front.lab.sim.history).toEqual([]);
    expect(id).toMatch(/^chef-backend-[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}$/);
    expect(properties).toMatchObject({
      healthy: true,
      lastUpgrade: null,
      leader: expect.stringMatching(/backend-/),
    });
    const bumped = await checked(front, inputsFor(), properties);
    const done = await front.run((context) => upgrade(id, properties, bumped.inputs, context));
    expect(done.id).toBe(id);
    expect(Object.values(done.properties.installedVersions)).toEqual(Array(3).fill("2.3.16"));
    expect(done.properties).toMatchObject({ healthy: true, lastUpgrade: { from: "2.1.0", to: "2.3.16" } });
    expect(Object.values(done.properties.backends!).map((plan) => plan.step)).toEqual(
      Array(3).fill("nothing to do"),
    );
    const again = await checked(front, inputsFor(), bumped.inputs);
    expect(diff(done.properties, again.inputs)).toEqual({ changes: false });
  });

  test("refused before anything was done: a plain error, so that the old state stays", async () => {
    const front = new FakeFront();
    const inputs = inputsFor({ packageFile: { path: "/srv/none.deb" } }) as unknown as CheckedInputs;
    const failure = await front.run((context) =>
      upgrade("id", {}, inputs, context).catch((error: Error) => error),
    );
    expect(failure).toBeInstanceOf(Error);
    expect(failure).not.toBeInstanceOf(PartialFailureError);
    expect((failure as Error).message).toMatch(/no such file[^]*Nothing was changed\./);
  });

  test("failed on the way: the error carries the id, the true versions and the reason", async () => {
    const front = new FakeFront();
    front.lab.sim.switches("backend-3").upgradeFails = { code: 9, message: "boom" };
    const { inputs } = await checked(front, inputsFor());
    const failure = (await front.run((context) =>
      upgrade("id", {}, inputs, context).catch((error: Error) => error),
    )) as PartialFailureError<ClusterProperties>;
    expect(failure).toBeInstanceOf(PartialFailureError);
    expect(failure.id).toBe("id");
    expect(failure.reasons).toEqual([failure.message]);
    expect(failure.message).toContain("boom");
    expect(failure.properties.installedVersions).toMatchObject({ "backend-3": "2.3.16" });
    expect(failure.properties.installedVersions).toMatchObject({ "backend-1": "2.1.0" });
  });

  test("read tells the truth, with drift; a cluster that cannot be read keeps its state", async () => {
    const front = new FakeFront();
    const { inputs } = await checked(front, inputsFor({ version: "2.1.0" }));
    const { properties } = await front.run((context) => upgrade(null, {}, inputs, context));
    const stale = { ...properties, installedVersions: {}, healthy: false, leader: "x" };
    const fresh = await front.run((context) => read(stale, context));
    expect(fresh).toEqual(properties);
    front.client.unreachable.add("backend-2");
    expect(await front.run((context) => read(stale, context))).toBe(stale);
    front.client.unreachable.clear();
    front.impostors.add("backend-1");
    expect(await front.run((context) => read(stale, context))).toBe(stale);
    expect(front.warnings.join("\n")).toMatch(
      /backend-2 cannot be reached, the state keeps[^]*host key is wrong/,
    );
    expect(front.lab.sim.history).toEqual([]);
  });
});
