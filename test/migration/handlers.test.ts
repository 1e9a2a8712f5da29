import { PartialFailureError } from "../../provider/handlers/partialFailure";
import type { HandlerContext } from "../../provider/handlers/types";
import { allHosts } from "../../provider/inputs/names";
import { migrationHandlers } from "../../provider/migration/handlers";
import type { CheckedMigration, MigrationProperties } from "../../provider/migration/handlers/types";
import { MemoryMachine } from "../support/memoryMachine";
import { expectServing } from "./checks";
import { backendConfig, MigrationRig, newBackends, newFrontends, oldBackends, oldFrontends } from "./rig";

const at = (names: readonly string[]) => names.map((host) => ({ host }));

/** The handlers in front of both systems in memory, as the Pulumi engine calls them. */
class Front {
  readonly rig = new MigrationRig();
  readonly client = { dead: false, unreachable: new Set<string>() };
  /** How often machines were connected. */
  looked = 0;

  inputs(change: Record<string, unknown> = {}): Record<string, unknown> {
    const path = (name: string, version: string) => ({ path: this.rig.packagePath(name, version) });
    return {
      version: "2.3.16",
      packageFile: path("chef-backend", "2.3.16"),
      nodes: at(newBackends),
      backendConfig,
      frontends: {
        nodes: at(newFrontends),
        ...{ version: "15.9.38", packageFile: path("chef-server-core", "15.9.38"), acceptLicense: true },
      },
      source: { backends: at(oldBackends), frontends: at(oldFrontends) },
      allowDowntime: "2.3.16",
      ...change,
    };
  }

  readonly context: HandlerContext = {
    clock: this.rig.clock,
    report: (event) => {
      this.rig.events.push(event);
      this.rig.onEvent?.(event);
    },
    timestamp: () => new Date(this.rig.clock.now()).toISOString(),
    newId: () => `run${this.looked}`,
    ...{ owner: "me@laptop", process: "p", isAlive: () => null },
    localFile: (path) => Promise.reject(new Error(path)),
    runHere: (line) => Promise.reject(new Error(line)),
    connect: (inputs) => {
      this.looked += 1;
      return allHosts(inputs).map(({ host }) => new MemoryMachine(this.rig.node(host), this.client));
    },
  };

  /** The inputs that Pulumi keeps beside each properties: `check` sees nothing else of the state. */
  readonly #inputsBeside = new Map<Partial<MigrationProperties>, CheckedMigration>();

  check(change: Record<string, unknown> = {}, olds: Partial<MigrationProperties> = {}) {
    const before = this.#inputsBeside.get(olds) ?? olds;
    const given = migrationHandlers.check(before, this.inputs(change), () => false, this.context);
    return this.rig.clock.run(given);
  }

  /** One `pulumi up`: check, diff, and what that asks for. @returns null for "unchanged" */
  async up(change: Record<string, unknown> = {}, olds: Partial<MigrationProperties> = {}) {
    const { inputs, failures } = await this.check(change, olds);
    expect(failures).toEqual([]);
    const checked = inputs as unknown as CheckedMigration;
    const keep = (properties: MigrationProperties) => this.#inputsBeside.set(properties, checked);
    if (olds.phase && !migrationHandlers.diff(olds, checked).changes) {
      keep(olds as MigrationProperties);
      return null;
    }
    const done = migrationHandlers.upgrade(olds.phase ? "id" : null, olds, checked, this.context);
    const { properties } = await this.rig.clock.run(done).catch((error: PartialFailureError) => {
      if (error instanceof PartialFailureError) keep(error.properties as MigrationProperties);
      throw error;
    });
    keep(properties);
    return properties;
  }
}

const reasons = ({ failures }: Awaited<ReturnType<Front["check"]>>) =>
  failures.map(({ property, reason }) => `${property}: ${reason}`).join("\n");

describe("a preview", () => {
  it("tells every step and the downtime, and changes nothing", async () => {
    const front = new Front();
    const { inputs, failures } = await front.check();
    expect(failures).toEqual([]);
    const { planned, downtime } = inputs as unknown as CheckedMigration;
    expect(planned).toEqual(
      expect.arrayContaining([
        "backend-1: creating the new cluster",
        "backend-3: joining the new cluster",
        "old-frontend-2: stopping the old frontend for the final copy: DOWNTIME",
        "frontend-1: restoring into the new server",
      ]),
    );
    expect(downtime).toMatch(/^all old frontends \(old-frontend-1, old-frontend-2\) are closed/);
    expect([front.rig.commands(), front.rig.jobs]).toEqual([[], []]);
    expect((await front.check({ rehearse: true })).inputs).not.toHaveProperty("downtime");
  });

  it.each([
    [{ allowDowntime: undefined }, /^allowDowntime: Downtime not approved/],
    [{ version: "1.4.40" }, /^version: .*expected 2\.0\.0 or later/],
    [{ nodes: at(["backend-1"]) }, /^nodes: got 1, expected exactly 3 backends/],
    [
      { source: { backends: at(["old-backend-1"]), frontends: at(oldFrontends) } },
      /^source\.backends: got 1, expected exactly 2/,
    ],
    [
      { source: { backends: at(["backend-1", "old-backend-2"]), frontends: at(oldFrontends) } },
      /^source\.backends\[0\]\.host: got "backend-1" again \(nodes\[0\]\)/,
    ],
    [
      { source: { backends: at(oldBackends), frontends: at(oldFrontends), knife: "knife" } },
      /^source\.knife: .*expected the absolute path of knife on the first old frontend/,
    ],
    [{ rehearsal: true }, /rehearsal/],
  ])("%j is refused at its field", async (change, says) => {
    const front = new Front();
    expect(reasons(await front.check(change))).toMatch(says);
    expect(front.rig.jobs).toEqual([]);
  });

  it("warns of a machine that cannot be reached, and fails nothing", async () => {
    const front = new Front();
    front.client.unreachable.add("old-backend-2");
    expect((await front.check()).failures).toEqual([]);
    expect(front.rig.texts("warning").join("\n")).toContain("old-backend-2 cannot be reached");
  });
});

describe("a resource", () => {
  it("is rehearsed, has nothing to do, is migrated, and is never looked at again", async () => {
    const front = new Front();
    const rehearsed = (await front.up({ rehearse: true }))!;
    expect(rehearsed).toMatchObject({
      phase: "rehearsed",
      sourceFrontends: { "old-frontend-1": "serving", "old-frontend-2": "serving" },
      vip: "192.168.33.230",
      differences: [],
      lastMigration: { rehearsal: true },
    });
    expect(await front.up({ rehearse: true }, rehearsed)).toBeNull();

    const first = /The size of the backup on old-frontend-1 is not known before a rehearsal has ended/;
    expect(front.rig.texts("warning").filter((each) => first.test(each))).toHaveLength(1);
    const { inputs } = await front.check({}, rehearsed);
    expect((inputs as unknown as CheckedMigration).planned).toContainEqual(
      expect.stringMatching(
        /^old-frontend-1: backing up the old server \(the last backup had [1-9]\d* MiB\)$/,
      ),
    );

    const migrated = (await front.up({}, rehearsed))!;
    expect(front.rig.texts("warning").filter((each) => first.test(each))).toHaveLength(1);
    expect(migrated).toMatchObject({
      phase: "migrated",
      sourceFrontends: { "old-frontend-1": "closed", "old-frontend-2": "closed" },
      frontendAddresses: {
        "frontend-1": { fqdn: "frontend-1.lab.example.com", addresses: ["192.168.33.225"] },
      },
      tidyReport: { node: "old-frontend-1" },
      archive: { node: "frontend-1" },
      lastMigration: { rehearsal: false },
    });
    expect(migrated).not.toHaveProperty("planned");
    const row = migrated.counts.find(
      ({ organization, kind }) => organization === "acme" && kind === "nodes",
    )!;
    expect(row).toEqual({ organization: "acme", kind: "nodes", old: row.new, new: row.old });
    expect(migrated.durations.map(({ step }) => step)).toContain("frontend-1/restore");

    // The old system may be gone by then; the new one is asked once more.
    for (const name of [...oldBackends, ...oldFrontends]) front.client.unreachable.add(name);
    expect(await front.up({}, migrated)).toBeNull();
    const { looked } = front;
    expect(await front.up({}, migrated)).toBeNull();
    await front.check({ version: "3.1.1" }, migrated);
    expect(front.rig.texts("warning").join("\n")).toContain(
      "upgrade the new cluster with ChefBackendCluster, and take this resource out of the program",
    );
    expect(front.looked).toBe(looked);
  });

  it("to a release whose `join-cluster` may fail is warned of", async () => {
    const front = new Front();
    await front.check({ version: "2.1.0" });
    expect(front.rig.texts("warning").join("\n")).toContain("take 2.2.0 or later");
  });

  it("that fails keeps what it has found, and the next `pulumi up` goes on", async () => {
    const front = new Front();
    const lost = front.rig.sim.source.data.below("organizations/acme/roles")[0]!;
    front.rig.sim.switches("frontend-1").knifeLoses.push(lost);
    const failed = (await front.up().catch((error: unknown) => error)) as PartialFailureError;
    expect(failed).toBeInstanceOf(PartialFailureError);
    expect(failed.message).toContain("acme: 2 roles on the old side, 1 on the new one");
    expect(failed.properties).toMatchObject({
      phase: "unfinished",
      differences: ["acme: 2 roles on the old side, 1 on the new one"],
      lastMigration: null,
    });
    expectServing(front.rig);
    front.rig.sim.switches("frontend-1").knifeLoses.length = 0;
    expect(await front.up({}, failed.properties as MigrationProperties)).toMatchObject({
      phase: "migrated",
      differences: [],
    });
  });
});

describe("a resource whose run fails after the data have moved", () => {
  /** Fails with the first event of that kind for that step. */
  async function failed(front: Front, what: string, fail: () => void): Promise<MigrationProperties> {
    front.rig.onEvent = (event) => {
      if (event.type === "step-started" && event.step === what) fail();
    };
    const error = await front.up().catch((each: unknown) => each);
    front.rig.onEvent = undefined;
    expect(error).toBeInstanceOf(PartialFailureError);
    return (error as PartialFailureError).properties as MigrationProperties;
  }

  it("while the copies are removed is unfinished; the next `pulumi up` removes them, without the old pair", async () => {
    const front = new Front();
    const { rig } = front;
    const unable = rig.node("old-frontend-1");
    const carryOut = unable.carryOut.bind(unable);
    const properties = await failed(front, "cluster/remove-copies", () => {
      unable.carryOut = () => Promise.resolve({ code: 1, stdout: "", stderr: "rm: Read-only file system\n" });
    });
    expect(properties.phase).toBe("unfinished");
    expect(properties.planned).toEqual([
      "removing the copies, but for the archive on the new side",
      "looking at the new cluster once more",
    ]);
    expect(rig.copies()).toContain("old-frontend-1 migration-backup");

    unable.carryOut = carryOut;
    for (const name of [...oldBackends, "old-frontend-2"]) front.client.unreachable.add(name);
    expect((await front.up({ allowDowntime: undefined }, properties))!.phase).toBe("migrated");
    expect(rig.copies()).toEqual(["frontend-1 migration.tar.gz"]);
    expect(rig.sim.source.serving).toEqual([]);
  });

  it("because a new frontend does not answer is unfinished until it does, an old record of it, too", async () => {
    const front = new Front();
    const { rig } = front;
    const serve = (yes: boolean) => rig.sim.target.frontends[1]!.serve(yes);
    const properties = await failed(front, "cluster/finish", () => serve(false));
    expect(properties.phase).toBe("unfinished");
    // As versions before this one have left it in the state.
    const before = { ...properties, phase: "migrated" } as const;
    await expect(front.up({}, before)).rejects.toThrow("frontend-2");
    serve(true);
    expect(await front.up({}, before)).toMatchObject({
      phase: "migrated",
      lastMigration: { rehearsal: false },
    });
  });
});
