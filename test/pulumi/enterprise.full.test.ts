import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type EnterpriseLab, type EnterpriseLabOptions, startEnterpriseLab } from "../../lab/enterpriseLab";
import { essence } from "../enterprise/rig";
import { killAll, processTree } from "../support/processTree";
import { PulumiStack } from "../support/pulumiStack";

/** Private Chef to Enterprise Chef 11 through the real CLI, engine and SSH. */
const program = `const { EnterpriseChefCluster } = require("pulumi-chef-backend");
const settings = JSON.parse(require("fs").readFileSync("settings.json", "utf8"));
const chef = new EnterpriseChefCluster("chef", settings);
for (const name of ["versions", "master", "drbd", "attempts", "installLogs", "frontendHealth", "backupReference", "lastUpgrade", "cleanedUp"])
  exports[name] = chef[name];
`;

class Rig {
  settings: Record<string, unknown> = {};
  constructor(
    readonly lab: EnterpriseLab,
    readonly stack: PulumiStack,
  ) {}

  static async start(options: EnterpriseLabOptions = {}): Promise<Rig> {
    const lab = await startEnterpriseLab({ scale: 20, ...options });
    const rig = new Rig(lab, await PulumiStack.create(program));
    rig.stack.env.TMPDIR = join(rig.stack.folder, "tmp");
    await mkdir(rig.stack.env.TMPDIR);
    const address = ({ name, host, port }: EnterpriseLab["nodes"][number]) => ({ name, host, port });
    await rig.set({
      version: "1.4.6",
      nodes: lab.backends.map(address),
      frontends: { nodes: lab.frontends.map(address) },
      connection: { privateKey: lab.privateKey, knownHosts: lab.knownHosts },
      packageFile: { path: lab.packages["11.3.2"] },
      backupReference: "s3://backups/chef/2026-05-01.tar.gz",
      timeouts: { keepalived: 60, services: 60 },
    });
    return rig;
  }

  async set(change: Record<string, unknown>): Promise<void> {
    this.settings = { ...this.settings, ...change };
    await writeFile(join(this.stack.folder, "settings.json"), JSON.stringify(this.settings));
  }

  get commands(): string[] {
    return this.lab.sim.history.map(({ node, argv }) => `${node} ${essence(argv)}`);
  }

  async stop(): Promise<void> {
    await this.lab.stop();
    await this.stack.remove();
  }
}

/** Every secret that lies in a machine's /etc/opscode. */
const secretsOf = ({ lab }: Rig): string[] =>
  [...lab.sim.machine("backend-1").opscode.values()].flatMap(({ kind, content }) =>
    kind === "file" ? (content.match(/[0-9a-f]{50,}/g) ?? []) : [],
  );

/** What the engine and the provider have left in the project: program, state with its history, temporary files. */
async function everythingBelow(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const texts = files.map(({ parentPath, name }) => readFile(join(parentPath, name), "latin1"));
  return (await Promise.all(texts)).join("\n");
}

describe("Private Chef 1.4.6 to Enterprise Chef 11.3.2", () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await Rig.start();
  });
  afterAll(() => rig.stop());

  it("adopts what runs and changes nothing", async () => {
    const up = await rig.stack.up();
    expect(up.all).toContain("2 created");
    expect(rig.commands).toEqual([]);
    expect(await rig.stack.outputs()).toMatchObject({
      versions: { "backend-1": "1.4.6", "backend-2": "1.4.6", "frontend-1": "1.4.6", "frontend-2": "1.4.6" },
      master: "backend-1",
      drbd: { "backend-1": "Connected Primary/Secondary UpToDate/UpToDate" },
      backupReference: "s3://backups/chef/2026-05-01.tar.gz",
      frontendHealth: { "frontend-1": "healthy", "frontend-2": "healthy" },
      ...{ attempts: [], installLogs: {}, lastUpgrade: null, cleanedUp: "" },
    });
    await rig.stack.ok("preview", "--expect-no-changes");
  });

  it("fails the preview without consent, saying what goes down in which order", async () => {
    await rig.set({ version: "11.3.2" });
    const preview = await rig.stack.run("preview");
    expect(preview.code).not.toBe(0);
    expect(preview.all).toContain("has a problem: allowDowntime: Downtime not approved [downtime]");
    expect(preview.all).toMatch(/seen: {2}`allowDowntime` not set\n +All frontends are stopped/);
    expect(preview.all).toContain('set `allowDowntime: "11.3.2"`');
    await rig.set({ allowDowntime: "11.3.2", backupReference: undefined });
    expect((await rig.stack.run("preview")).all).toContain("backupReference: is missing");
    await rig.set({ backupReference: "tape 17" });
  });

  it("previews what happens to each machine", async () => {
    const preview = await rig.stack.ok("preview", "--diff");
    expect(preview.all).toContain(
      "1 of 4, primary backend: 1.4.6 => 11.3.2: reconfigure, install, upgrade, start",
    );
    expect(preview.all).toContain("2 of 4, secondary backend: 1.4.6 => 11.3.2: reconfigure, stop keepalived");
    expect(preview.all).toContain(
      "Downtime: keepalived is stopped on backend-2, and backend-1 becomes the active backend",
    );
    expect(rig.commands).toEqual([]);
  });

  it("upgrades, with a time-out on the way", async () => {
    rig.lab.sim.switches("backend-1").upgradeTimesOut = 1;
    const up = await rig.stack.up();
    expect(up.all).toContain("1 updated");
    expect(rig.lab.sim.accidents).toEqual([]);
    expect(rig.commands.filter((each) => each === "backend-1 upgrade")).toHaveLength(2);
    expect(rig.lab.sim.serving).toEqual(["frontend-1", "frontend-2"]);
    // What the package manager tells of each file is on the machines, not on the screen.
    expect(up.all).not.toContain("D000010");
    for (const secret of secretsOf(rig)) expect(up.all).not.toContain(secret);
    expect(secretsOf(rig).length).toBeGreaterThan(3);
  });

  it("keeps the truth in its outputs, and no secret of the machines in the state", async () => {
    const outputs = await rig.stack.outputs<Record<string, unknown>>();
    expect(outputs).toMatchObject({
      versions: {
        "backend-1": "11.3.2",
        "backend-2": "11.3.2",
        "frontend-1": "11.3.2",
        "frontend-2": "11.3.2",
      },
      master: "backend-1",
      backupReference: "tape 17",
      attempts: [
        { node: "backend-1", attempt: 1, ended: "timed out" },
        { node: "backend-1", attempt: 2, ended: "well" },
      ],
      lastUpgrade: { from: "1.4.6", to: "11.3.2" },
    });
    const written = await everythingBelow(rig.stack.folder);
    for (const secret of secretsOf(rig)) expect(written).not.toContain(secret);
    expect(written).toContain("tape 17");
    const logs = outputs.installLogs as Record<string, string>;
    expect(Object.keys(logs).sort()).toEqual(["backend-1", "backend-2", "frontend-1", "frontend-2"]);
    for (const path of Object.values(logs))
      expect(await rig.stack.shell(`cat '${path}'`)).toContain("private-chef");
  });

  it("has nothing to do after that", async () => {
    await rig.stack.ok("preview", "--expect-no-changes");
    const before = rig.commands.length;
    expect((await rig.stack.up()).code).toBe(0);
    expect(rig.commands).toHaveLength(before);
  });

  it("destroys the old data only by its own input, later, and once", async () => {
    const before = rig.commands.length;
    expect(rig.lab.sim.oldData).toEqual(["backend-1", "backend-2"]);
    await rig.set({ cleanup: true });
    const preview = await rig.stack.ok("preview", "--diff");
    expect(preview.all).toContain("DATA WILL BE DESTROYED on backend-1, backend-2, frontend-1, frontend-2");
    expect(preview.all).toContain("CouchDB");
    expect((await rig.stack.up()).code).toBe(0);
    expect(rig.commands.slice(before)).toEqual(
      ["backend-1", "backend-2", "frontend-1", "frontend-2"].map((name) => `${name} cleanup`),
    );
    expect(await rig.stack.outputs()).toMatchObject({ cleanedUp: "11.3.2", lastUpgrade: { from: "1.4.6" } });
    expect(rig.lab.sim.oldData).toEqual([]);
    await rig.stack.ok("preview", "--expect-no-changes");
    expect(rig.lab.sim.accidents).toEqual([]);
  });

  it("is forgotten by destroy, and nothing is touched", async () => {
    const before = rig.commands.length;
    await rig.stack.ok("destroy", "--yes", "--skip-preview");
    expect(rig.commands).toHaveLength(before);
  });
});

describe("what does not go smoothly", () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await Rig.start();
    expect((await rig.stack.up()).code).toBe(0);
    await rig.set({ version: "11.3.2", allowDowntime: "11.3.2" });
  });
  afterAll(() => rig.stop());

  it("refuses at preview while DRBD is not in sync", async () => {
    rig.lab.sim.switches("backend-2").drbd = "WFConnection";
    const preview = await rig.stack.run("preview");
    expect(preview.code).not.toBe(0);
    expect(preview.all).toContain("backend-2: WFConnection");
    rig.lab.sim.switches("backend-2").drbd = null;
    expect(rig.commands).toEqual([]);
  });

  it("is killed in the middle of the primary's upgrade; the next up waits for it and goes on, as far as it can", async () => {
    const killed = rig.stack.start(["up", "--yes", "--skip-preview", "--non-interactive"]);
    const { sim } = rig.lab;
    await new Promise<void>(
      (resolve) => void sim.when("backend-1", ["private-chef-ctl", "upgrade"], resolve, 20),
    );
    killAll(await processTree(killed.child.pid!));
    await killed.done;
    await rig.stack.run("cancel", "--yes");
    sim.switches("frontend-1").upgradeFails = { code: 1, message: "no space for the index" };
    const up = await rig.stack.up();
    expect(up.code).not.toBe(0);
    expect(up.all).toContain("CLIENTS ARE NOT ANSWERED: frontend-1, frontend-2 are stopped by the upgrade");
    expect(up.all).toContain("`private-chef-ctl upgrade` on frontend-1 ended with 1");
    expect(rig.commands.filter((each) => each === "backend-1 upgrade")).toHaveLength(1);
    expect(sim.serving).toEqual([]);
  });

  it("says in the next preview what is unfinished, and finishes it without doing anything twice", async () => {
    const { sim } = rig.lab;
    sim.switches("frontend-1").upgradeFails = null;
    const preview = await rig.stack.ok("preview", "--diff");
    expect(preview.all).toContain(
      "the upgrade from 1.4.6 to 11.3.2 was begun and is not finished, past the point of no return; by us frontend-1, frontend-2 are stopped",
    );
    const up = await rig.stack.up();
    expect(up.all).toContain("1 updated");
    const count = (end: string) => rig.commands.filter((each) => each.endsWith(end)).length;
    expect([count(" install"), count("backend-1 upgrade"), count("backend-2 upgrade")]).toEqual([4, 1, 1]);
    expect([count("frontend-1 upgrade"), count("frontend-2 upgrade")]).toEqual([2, 1]);
    expect(sim.accidents).toEqual([]);
    expect(sim.serving).toEqual(["frontend-1", "frontend-2"]);
    await rig.stack.ok("preview", "--expect-no-changes");
  });
});
