import { type MigrationRecord, parseMigrationRecord } from "../../provider/migration/record";
import { expectMigrated, problemOf } from "./checks";
import { MigrationRig, newBackends } from "./rig";

/** Steps of a whole migration, in their order. */
const steps = [
  "old-frontend-1/tidy-report",
  ...["backend-1/install", "backend-2/install", "backend-3/install"],
  ...["backend-1/config", "backend-2/config", "backend-3/config"],
  ...["backend-1/create", "backend-2/join", "backend-3/join"],
  ...["frontend-1/install", "frontend-1/server-config", "frontend-1/reconfigure"],
  ...["frontend-2/install", "frontend-2/server-config", "frontend-2/reconfigure"],
  ...["old-frontend-1/close", "old-frontend-2/close"],
  ...["old-frontend-1/backup", "old-frontend-1/archive"],
  ...["frontend-1/transfer", "frontend-1/unpack", "frontend-1/restore", "frontend-1/backup-again"],
  ...["cluster/compare", "cluster/remove-copies", "cluster/finish"],
];

it("these are the steps of a migration", async () => {
  const rig = new MigrationRig();
  expectMigrated(rig, await rig.up());
  const taken = rig.events.flatMap((event) => (event.type === "step-started" ? [event.step] : []));
  expect(taken).toEqual(steps);
});

/** What may be done once and never again, whatever comes in between. */
const once = [/create-cluster/, /join-cluster/, /(backend|frontend)-\d install/];

function expectOnce(rig: MigrationRig): void {
  const commands = rig.commands();
  const twice = commands.filter(
    (each, at) => once.some((one) => one.test(each)) && commands.indexOf(each) !== at,
  );
  expect(twice).toEqual([]);
}

describe("a migration that is killed", () => {
  it.each(steps)("before and after %s: the next run goes on, and does nothing twice", async (step) => {
    const rig = new MigrationRig();
    for (const moment of ["step-started", "step-finished"] as const) {
      const client = rig.client();
      rig.onEvent = (event) => {
        if (event.type === moment && event.step === step) client.kill();
      };
      await expect(rig.up({}, client)).rejects.toThrow("killed");
    }
    rig.onEvent = undefined;
    expectMigrated(rig, await rig.up());
    expectOnce(rig);
  });

  it.each([
    ["backend-1", "dpkg"],
    ["frontend-2", "dpkg"],
    ["backend-1", "chef-backend-ctl create-cluster"],
    ["backend-2", "chef-backend-ctl join-cluster"],
    ["frontend-1", "chef-server-ctl reconfigure"],
    ["old-frontend-1", "chef-server-ctl stop"],
    ["old-frontend-1", "/opt/opscode/embedded/bin/knife ec backup"],
    ["frontend-1", "/opt/opscode/embedded/bin/knife ec restore"],
  ])("on %s in the middle of %s: it is attached to, and does nothing twice", async (node, command) => {
    const rig = new MigrationRig();
    const client = rig.client();
    rig.sim.when(node, command.split(" "), () => client.kill(), 1);
    await expect(rig.up({}, client)).rejects.toThrow("killed");
    expect(await rig.refusals()).toEqual([]);
    const result = await rig.up();
    expectMigrated(rig, result);
    expectOnce(rig);
    expect(rig.commands().filter((each) => /ec restore/.test(each))).toHaveLength(1);
  });

  it("and finds DRBD out of step afterwards: preview refuses what the run would refuse", async () => {
    const rig = new MigrationRig();
    const client = rig.client();
    rig.onEvent = (event) => {
      if (event.type === "step-finished" && event.step === "backend-1/create") client.kill();
    };
    await expect(rig.up({}, client)).rejects.toThrow("killed");
    rig.onEvent = undefined;
    rig.sim.switches("old-backend-2").drbd = "SyncTarget";
    const before = rig.commands();
    expect((await rig.refusals()).join()).toContain("DRBD is not in sync");
    expect(problemOf(await rig.up())).toContain("DRBD is not in sync");
    expect(rig.commands()).toEqual(before);
  });

  it("while the old frontends are closed, and somebody has started one since: the copy is made anew", async () => {
    const rig = new MigrationRig();
    const client = rig.client();
    rig.onEvent = (event) => {
      if (event.type === "step-finished" && event.step === "frontend-1/restore") client.kill();
    };
    await rig.up({}, client).catch(() => undefined);
    rig.onEvent = undefined;
    await rig.clock.run(
      rig
        .node("old-frontend-2")
        .exec(["chef-server-ctl", "start"])
        .then(() => undefined),
    );
    rig.sim.source.data.addNode("acme", "written-meanwhile", 0);
    const before = rig.commands().length;
    expectMigrated(rig, await rig.up());
    expect(rig.commands().slice(before)).toEqual([
      ...["old-frontend-1 stop", "old-frontend-2 stop"],
      ...["old-frontend-1 ec backup", "frontend-1 ec restore", "frontend-1 ec backup"],
    ]);
  });

  it("while the old frontends are closed, and the next one only rehearses: they are opened first", async () => {
    const rig = new MigrationRig();
    const client = rig.client();
    rig.onEvent = (event) => {
      if (event.type === "step-finished" && event.step === "old-frontend-1/backup") client.kill();
    };
    await rig.up({}, client).catch(() => undefined);
    rig.onEvent = undefined;
    const result = await rig.up({ rehearse: true });
    expect(problemOf(result)).toBeNull();
    expect(rig.sim.source.serving).toHaveLength(2);
    expectMigrated(rig, await rig.up());
  });

  it("while the old frontends are closed, and what comes next is refused: they are opened again", async () => {
    const rig = new MigrationRig();
    const client = rig.client();
    rig.onEvent = (event) => {
      if (event.type === "step-started" && event.step === "old-frontend-1/backup") client.kill();
    };
    await rig.up({}, client).catch(() => undefined);
    rig.onEvent = undefined;
    rig.sim.switches("old-backend-2").drbd = "StandAlone";
    const result = await rig.up();
    expect(problemOf(result)).toContain("DRBD is not in sync");
    expect(problemOf(result)).toContain("The old frontend old-frontend-2 is open again");
    expect(rig.sim.source.serving).toHaveLength(2);
  });
});

it("a migration that is asked to stop opens the old frontends again", async () => {
  const rig = new MigrationRig();
  const stop = new AbortController();
  rig.onEvent = (event) => {
    if (event.type === "step-started" && event.step === "old-frontend-1/backup") stop.abort();
  };
  const result = await rig.up({}, rig.client(stop.signal));
  rig.onEvent = undefined;
  expect(problemOf(result)).toContain("Stopped on request");
  expect(rig.sim.source.serving).toHaveLength(2);
  expectMigrated(rig, await rig.up());
});

/** One that is killed when a step has started, or has finished. */
async function killedAt(moment: "step-started" | "step-finished", step: string): Promise<MigrationRig> {
  const rig = new MigrationRig();
  const client = rig.client();
  rig.onEvent = (event) => {
    if (event.type === moment && event.step === step) client.kill();
  };
  await expect(rig.up({}, client)).rejects.toThrow("killed");
  rig.onEvent = undefined;
  return rig;
}

describe("the backup is packed on its way", () => {
  const backup = "/var/lib/pulumi-chef-backend/files/migration-backup";
  const archive = "/var/lib/pulumi-chef-backend/files/migration.tar.gz";

  it("the old frontend never holds more than the backup", async () => {
    const rig = new MigrationRig();
    const held = new Set<string>();
    rig.onEvent = () => rig.copies().forEach((copy) => held.add(copy));
    expectMigrated(rig, await rig.up());
    expect([...held].filter((copy) => copy.startsWith("old-"))).toEqual(["old-frontend-1 migration-backup"]);
  });

  it("it changes after its checksum was taken: the run fails, and the next one takes it again", async () => {
    const rig = await killedAt("step-finished", "old-frontend-1/archive");
    const { files } = rig.node("old-frontend-1");
    const [changed] = [...files.keys()].filter((path) =>
      path.startsWith(`${backup}/organizations/acme/nodes/`),
    );
    files.set(changed!, Buffer.from("{}"));
    expect(problemOf(await rig.up())).toMatch(
      /what arrived is not what was sent: .*migration-backup on old-frontend-1 has changed since its checksum was taken/,
    );
    expect(rig.sim.source.serving).toHaveLength(2);
    expectMigrated(rig, await rig.up());
  });

  /** As the version before left it: an archive beside the backup, no checksum. */
  it.each([
    ["was made", (record: MigrationRecord) => record.done],
    // Its job ends while nobody looks.
    ["was being made", ({ done }: MigrationRecord) => done.filter((id) => id !== "old-frontend-1/archive")],
  ])(
    "an archive of an earlier version %s there: the migration is finished, and it is removed",
    async (_what, done) => {
      const rig = await killedAt("step-started", "frontend-1/transfer");
      const { jobs, files } = rig.node("old-frontend-1");
      for (const job of jobs) if (job.id.endsWith("-archive")) job.output = "";
      files.set(archive, Buffer.from("an archive"));
      for (const name of newBackends) {
        const record = parseMigrationRecord(rig.node(name).record)!;
        const { packed: _packed, backupKiB: _backupKiB, ...before } = { ...record, done: done(record) };
        rig.node(name).record = JSON.stringify(before);
      }
      expectMigrated(rig, await rig.up());
      expectOnce(rig);
      expect(rig.commands().filter((each) => /ec backup/.test(each))).toHaveLength(2);
      expect(files.has(archive)).toBe(false);
    },
  );
});
