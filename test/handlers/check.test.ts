import { check } from "../../provider/handlers/check";
import { forget } from "../../provider/handlers/forget";
import { read } from "../../provider/handlers/read";
import type { BackendPlan, CheckedInputs, ClusterProperties } from "../../provider/handlers/types";
import { PartialFailureError } from "../../provider/handlers/partialFailure";
import { upgrade } from "../../provider/handlers/upgrade";
import { diff, FakeFront, frontendNodes, frontendSpecs, inputsFor } from "./aContext";

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
    const { inputs, failures } = await checked(front, inputsFor());
    expect(failures).toEqual([]);
    expect(inputs).toMatchObject(inputsFor());
    expect(steps(inputs).sort()).toEqual([
      "1 of 3, follower: 2.1.0 => 2.3.16: install, upgrade, verify rejoin",
      "2 of 3, follower: 2.1.0 => 2.3.16: install, upgrade, verify rejoin",
      "3 of 3, leader: 2.1.0 => 2.3.16: install, failover on, upgrade --failover, verify rejoin",
    ]);
    expect(Object.values(inputs.backends!).every((plan) => plan.version === "2.3.16")).toBe(true);
    expect(inputs.__adopted!.guids).toHaveLength(3);
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
    expect(front.lab.texts("note")).toEqual([
      "Not known in this preview: version. `pulumi up` looks at the machines once it is known",
    ]);
    expect(front.quick).toEqual([]);
  });

  test("inputs that are not known yet keep the entries of the state: nothing seems to be removed", async () => {
    const front = new FakeFront();
    const { inputs: before } = await checked(front, inputsFor({ version: "2.1.0" }));
    const unknown = inputsFor({ version: UNKNOWN, connection: { password: UNKNOWN } });
    const { inputs, failures } = await checked(front, unknown, before);
    expect(failures).toEqual([]);
    expect(Object.keys(inputs.backends!)).toEqual(Object.keys(before.backends!));
    expect(steps(inputs)).toEqual(Array(3).fill("known once version, connection.password are known"));
    expect(inputs.__adopted).toEqual(before.__adopted);
    expect(diff(before, inputs)).toEqual({ changes: true });
  });

  test("what it has added itself is no input of the program: Pulumi gives it back with ignoreChanges", async () => {
    const front = new FakeFront();
    const { inputs: before } = await checked(front, inputsFor());
    const { inputs, failures } = await checked(front, { ...before }, before);
    expect(failures).toEqual([]);
    expect(inputs).toEqual({ ...before, __turn: 2 });
  });

  test("a local package file counts where it is to be installed: missing, or not the one that sha256 names", async () => {
    const source = (file: Record<string, unknown>, version = "2.3.16") =>
      checked(new FakeFront(), inputsFor({ packageFile: file, version }));
    const none = { source: "./none.deb" };
    expect((await source(none)).failures).toEqual([
      {
        property: "packageFile.source",
        reason: expect.stringMatching(
          /^Package file cannot be used .*\n.*input `packageFile.source`\n.*none\.deb: there is no such file\n/,
        ),
      },
    ]);
    expect((await source(none, "2.1.0")).failures).toEqual([]);
    expect((await source({ source: "./right.deb", sha256: "0".repeat(64) })).failures[0]!.reason).toMatch(
      /its SHA-256 is (ab){32}, packageFile\.sha256 says 0{64}/,
    );
    expect((await source({ source: "./right.deb", sha256: "AB".repeat(32) })).failures).toEqual([]);
  });

  test("so does that of a frontend, by its field, and none that nobody needs", async () => {
    const packages = { "2.1.0": { source: "./gone.deb" }, "2.3.16": { source: "./none.deb" } };
    const frontends = {
      nodes: frontendNodes,
      ...{ version: "15.9.38", packageFile: { source: "./core.deb" }, acceptLicense: true },
    };
    const front = new FakeFront({ frontends: frontendSpecs });
    const { failures } = await checked(
      front,
      inputsFor({ packageFile: undefined, packageFiles: packages, frontends, allowDowntime: "15.9.38" }),
    );
    expect(failures.map(({ reason }) => /where: input `(.*)`/.exec(reason)?.[1])).toEqual([
      'packageFiles["2.3.16"].source',
      "frontends.packageFile.source",
    ]);
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
      ["backend-1", "backend-2", "backend-3"].map((name) => [
        name,
        { role: "follower", version, step: "nothing to do" },
      ]),
    );

  const state = (version: string) =>
    ({ ...inputsFor({ version }), backends: known(version) }) as unknown as CheckedInputs;

  test("the plan comes from the state, with a warning by name; what is at the version is left alone", async () => {
    const front = new FakeFront();
    front.client.unreachable.add("backend-2");
    const { inputs, failures } = await checked(front, inputsFor(), state("2.3.16"));
    expect(failures).toEqual([]);
    expect(inputs.backends).toEqual(known("2.3.16"));
    expect(front.warnings[0]).toMatch(/^backend-2 cannot be reached/);
    expect(diff(state("2.3.16"), inputs)).toEqual({ changes: false });
  });

  test("another version is a change, in an order that is found later, and fails: the run would, too", async () => {
    const front = new FakeFront();
    front.client.unreachable.add("backend-2");
    const { inputs, failures } = await checked(front, inputsFor(), state("2.1.0"));
    expect(steps(inputs)).toEqual(
      Array(3).fill("2.1.0 => 2.3.16, in an order that is found when the cluster can be reached"),
    );
    expect(failures).toEqual([
      {
        property: "nodes",
        reason: expect.stringMatching(/^Backend cannot be reached \[unreachable\]\n {2}where: backend-2\n/),
      },
    ]);
    expect(diff(state("2.1.0"), inputs)).toEqual({ changes: true });
    const iteration = await checked(front, inputsFor({ version: "2.3.16-1" }), state("2.3.16-1"));
    expect(steps(iteration.inputs)).toEqual(Array(3).fill("nothing to do"));
  });

  test("what an earlier run owes is mended without it: nothing fails, and the next run turns failover on", async () => {
    const front = new FakeFront();
    front.lab.sim.switches("backend-2").upgradeFails = { code: 9, message: "boom" };
    const before = (await checked(front, inputsFor({ version: "2.1.0" }))).inputs;
    const { inputs } = await checked(front, inputsFor(), before);
    await front.run((context) => upgrade("id", {}, inputs, context).catch(() => undefined));
    expect(front.lab.sim.failover).toBe(false);
    front.client.unreachable.add("backend-3");
    const next = await checked(front, inputsFor({ timeouts: { install: 7 } }), before);
    expect(next.failures).toEqual([]);
    expect(front.warnings.join("\n")).toContain("backend-3 cannot be reached");
  });

  test("another input fails, too, since the update logs in to every backend", async () => {
    const front = new FakeFront();
    front.client.unreachable.add("backend-2");
    const { failures } = await checked(front, inputsFor({ timeouts: { install: 7 } }), state("2.3.16"));
    expect(failures).toMatchObject([{ reason: expect.stringContaining("where: backend-2") }]);
  });

  test("never seen before: said so", async () => {
    const front = new FakeFront();
    front.client.unreachable.add("backend-2");
    const { inputs } = await checked(front, inputsFor());
    expect(steps(inputs)[0]).toMatch(/^unknown => 2\.3\.16/);
    expect(Object.values(inputs.backends!)[0]).toMatchObject({ role: "unknown" });
  });

  test("a wrong host key fails, whatever the state says; connections are closed all the same", async () => {
    const front = new FakeFront();
    front.impostors.add("backend-2");
    const { failures } = await checked(front, inputsFor(), state("2.3.16"));
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
    const before = (await checked(front, inputsFor({ version: "2.1.0" }))).inputs;
    const { properties } = await front.run((context) => upgrade(null, {}, before, context));
    const now = front.lab.clock.now();
    const record = { seq: 1, run: "r9", from: "2.1.0-1", to: "2.3.16", leaderAtStart: "backend-1" };
    const node = front.lab.node("backend-1");
    node.record = JSON.stringify({
      ...record,
      ...{ failover: "off", inside: "backend-2", insideGuid: null, finished: false },
    });
    node.lock = { run: "r9", owner: "ci@runner", process: "q", taken: now, beat: now };
    const { inputs } = await checked(front, inputsFor());
    const previewed = front.warnings.length;
    await front.run((context) => read(properties, context));
    for (const warnings of [front.warnings.slice(0, previewed), front.warnings.slice(previewed)]) {
      expect(warnings.join("\n")).toContain("is being upgraded by ci@runner");
      expect(warnings.join("\n")).not.toMatch(/Resuming|earlier run|finishes/);
    }
    expect(steps(inputs).join("\n")).toContain("begun and not finished");
    node.lock = null;
    await front.run((context) => read(properties, context));
    expect(front.warnings.join("\n")).toMatch(
      /The next `pulumi up` resumes an earlier run: backend-2 is between/,
    );
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
    expect(diff({}, inputs)).toEqual({ changes: true });
  });
});

describe("diff", () => {
  const state = { ...inputsFor(), __turn: 3, failover: "on" } as unknown as ClusterProperties;

  test.each<[string, Partial<CheckedInputs>, boolean]>([
    ["nothing", {}, false],
    [
      "a moved leader",
      { backends: { a: { role: "leader", version: "2.3.16", step: "nothing to do" } } },
      false,
    ],
    ["a changed credential", { connection: { password: "new" } }, true],
    ["another package file", { packageFile: { path: "/x.deb" } }, true],
    ["other time-outs", { timeouts: { install: 1 } }, true],
    ["another node", { nodes: [{ host: "a" }, { host: "b" }, { host: "c" }] }, true],
    ["something to do, or something else on the machines", { __turn: 4 }, true],
    ["an input that is not given any more", { packageFile: undefined }, true],
  ])("%s: %s", (_what, change, changes) => {
    expect(diff(state, { ...state, ...change })).toEqual({ changes });
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

  test("an update that finds nothing to do writes the state, and says so", async () => {
    const front = new FakeFront();
    const { inputs } = await checked(front, inputsFor({ version: "2.1.0" }));
    const { id, properties } = await front.run((context) => upgrade(null, {}, inputs, context));
    const timeouts = { install: 7 };
    const next = await checked(front, inputsFor({ version: "2.1.0", timeouts }), inputs);
    expect(front.lab.texts("note").at(-1)).toBe(
      "Nothing to do on the machines: only the Pulumi state is written, with the new timeouts",
    );
    expect(diff(properties, next.inputs)).toEqual({ changes: true });
    const written = await front.run((context) => upgrade(id, properties, next.inputs, context));
    expect(written.properties).toEqual({ ...properties, timeouts });
    expect(front.lab.sim.history).toEqual([]);
  });
});

describe("refresh, as Pulumi asks: the fresh outputs against the inputs as they were", () => {
  /** A cluster at a version, as the state has it. */
  async function adopted(version = "2.1.0") {
    const front = new FakeFront();
    const { inputs } = await checked(front, inputsFor({ version }));
    const { id, properties } = await front.run((context) => upgrade(null, {}, inputs, context));
    return { front, id, inputs, properties };
  }

  test("right after an upgrade nothing differs, though the inputs still tell its steps", async () => {
    const { front, inputs, properties } = await adopted("2.3.16");
    expect(steps(inputs)).toContainEqual(expect.stringMatching(/^1 of 3/));
    const fresh = await front.run((context) => read(properties, context));
    expect(fresh.properties).toEqual(properties);
    expect(diff(fresh.properties, inputs)).toEqual({ changes: false });
    expect(steps(fresh.inputs as CheckedInputs)).toEqual(Array(3).fill("nothing to do"));
    const again = await checked(front, inputsFor(), inputs);
    expect(diff(properties, again.inputs)).toEqual({ changes: false });
  });

  const drifts: [string, (front: FakeFront) => void, RegExp][] = [
    ["failover off", ({ lab }) => void (lab.sim.cluster.failover = false), /^Failover is off/],
    ["PostgreSQL stopped", ({ lab }) => lab.sim.backend("backend-2").stop(), /^The cluster is not healthy/],
    ["another leader", ({ lab }) => void lab.sim.forceFailover(), /./],
    [
      "a machine that cannot be reached",
      ({ client }) => void client.unreachable.add("backend-2"),
      /^backend-2/,
    ],
  ];
  test.each(drifts)(
    "%s differs once, is said, and is then what the state says",
    async (what, happen, says) => {
      const { front, inputs, properties } = await adopted();
      happen(front);
      await front.lab.clock.run(front.lab.clock.sleep(90_000));
      const first = await front.run((context) => read(properties, context));
      expect([what, diff(first.properties, inputs)]).toEqual([what, { changes: true }]);
      if (what !== "another leader") expect(front.warnings).toContainEqual(expect.stringMatching(says));
      const healthy = ["failover off", "another leader"].includes(what);
      expect(first.properties.healthy).toBe(healthy);
      const second = await front.run((context) => read(first.properties, context));
      expect(diff(second.properties, first.inputs as CheckedInputs)).toEqual({ changes: false });
      // The next update is none of it: nothing of the program's has changed.
      const next = await checked(front, inputsFor({ version: "2.1.0" }), first.inputs as CheckedInputs);
      expect(next.failures).toEqual([]);
      expect(diff(first.properties, next.inputs)).toEqual({ changes: false });
      expect(front.lab.sim.history).toEqual([]);
    },
  );

  test("what can be read counts, whatever cannot: one backend after the other is lost, and failover is turned off", async () => {
    const { front, inputs, properties } = await adopted();
    front.client.unreachable.add("backend-2");
    const first = await front.run((context) => read(properties, context));
    expect(first.properties).toEqual({ ...properties, healthy: false, __turn: 1 });
    expect(diff(first.properties, inputs)).toEqual({ changes: true });
    front.client.unreachable.clear();
    front.client.unreachable.add("backend-3");
    front.lab.sim.cluster.failover = false;
    const second = await front.run((context) => read(first.properties, context));
    expect(second.properties).toMatchObject({ failover: "off", healthy: false });
    expect(second.properties.installedVersions).toEqual(properties.installedVersions);
    expect(diff(second.properties, first.inputs as CheckedInputs)).toEqual({ changes: true });
  });

  test("a cluster that cannot be read keeps the rest of its state", async () => {
    const { front, properties } = await adopted();
    for (const name of ["backend-1", "backend-2", "backend-3"]) front.client.unreachable.add(name);
    const { properties: kept } = await front.run((context) => read(properties, context));
    expect(kept).toEqual({ ...properties, healthy: false, __turn: 1 });
    front.client.unreachable.clear();
    front.impostors.add("backend-1");
    expect((await front.run((context) => read(properties, context))).properties).toEqual(kept);
    expect(front.warnings.join("\n")).toMatch(/backend-3 cannot be reached: [^]*host key is wrong/);
  });

  test("half-way through an upgrade the state is the truth, and stays it", async () => {
    const { front, id, inputs: before, properties } = await adopted();
    front.lab.sim.switches("backend-3").upgradeFails = { code: 9, message: "boom" };
    const { inputs } = await checked(front, inputsFor(), before);
    const failure = (await front.run((context) =>
      upgrade(id, properties, inputs, context).catch((error: Error) => error),
    )) as PartialFailureError<ClusterProperties>;
    // Pulumi keeps the inputs from before an update that failed.
    const next = await checked(front, inputsFor(), before);
    expect(diff(failure.properties, next.inputs)).toEqual({ changes: true });
    const fresh = await front.run((context) => read(failure.properties, context));
    expect(diff(fresh.properties, before)).toEqual({ changes: false });
    const again = await front.run((context) => read(fresh.properties, context));
    expect(diff(again.properties, fresh.inputs as CheckedInputs)).toEqual({ changes: false });
    const after = await checked(front, inputsFor(), fresh.inputs as CheckedInputs);
    expect(diff(fresh.properties, after.inputs)).toEqual({ changes: true });
    front.lab.sim.cluster.failover = true;
    const drifted = await front.run((context) => read(failure.properties, context));
    expect(diff(drifted.properties, before)).toEqual({ changes: true });
  });
});

describe("another cluster than the one adopted", () => {
  test("stays another one, however often a preview or an update without change has looked at it", async () => {
    const front = new FakeFront();
    const { inputs } = await checked(front, inputsFor({ version: "2.1.0" }));
    const other = new FakeFront({ seed: 77 });
    const first = await checked(other, inputsFor({ version: "2.1.0" }), inputs);
    const second = await checked(other, inputsFor({ version: "2.1.0" }), first.inputs);
    expect(second.inputs.__adopted).toEqual(inputs.__adopted);
    expect(other.warnings.filter((text) => text.startsWith("This is another cluster"))).toHaveLength(2);
    const bump = await checked(other, inputsFor(), second.inputs);
    expect(bump.failures[0]!.reason).toMatch(/^This is another cluster/);
    // The hosts are other ones: the update would be refused, so the preview is, too.
    const nodes = inputsFor().nodes.map(({ host }) => ({ host, name: `new-${host}` }));
    const moved = await checked(other, inputsFor({ version: "2.1.0", nodes }), second.inputs);
    expect(moved.failures[0]!.reason).toMatch(/^This is another cluster/);
  });
});

describe("destroy", () => {
  test.each([
    [() => {}, /^Pulumi forgets this cluster and changes nothing on it\. It is healthy, and failover is on$/],
    [
      ({ lab }: FakeFront) => void (lab.sim.cluster.failover = false),
      /^Pulumi forgets .* It stays as it is: failover is off$/,
    ],
    [
      ({ client }: FakeFront) => void client.unreachable.add("backend-3"),
      /^Pulumi forgets .* It stays as it is: backend-3 is not reachable$/,
    ],
    [
      ({ client }: FakeFront) => void inputsFor().nodes.forEach(({ host }) => client.unreachable.add(host)),
      /^Pulumi forgets .* How it stands could not be read$/,
    ],
  ])("%#: says how the cluster stands, and touches nothing", async (happen, says) => {
    const front = new FakeFront();
    const { inputs } = await checked(front, inputsFor({ version: "2.1.0" }));
    const { properties } = await front.run((context) => upgrade(null, {}, inputs, context));
    happen(front);
    await front.run((context) => forget(properties, context));
    expect([...front.lab.texts("note"), ...front.warnings].at(-1)).toMatch(says);
    expect(front.lab.sim.history).toEqual([]);
  });
});
