import { address } from "../../lab/demo/stage";
import { type MigrationLab, startMigrationLab } from "../../lab/migrationLab";
import { killAll, processTree } from "../support/processTree";
import { PulumiStack } from "../support/pulumiStack";
import { until } from "../support/until";
import { configure, exampleStack, migrationConfig } from "./example";

/** What somebody might try first. */
const upgradeInPlace = `const pulumi = require("@pulumi/pulumi");
const { ChefBackendCluster } = require("pulumi-chef-backend");
const config = new pulumi.Config();
new ChefBackendCluster("old", {
  version: "2.3.16",
  nodes: config.requireObject("nodes"),
  connection: { privateKey: config.requireSecret("privateKey"), knownHosts: config.require("knownHosts") },
  packageFile: { path: config.require("packagePath") },
});
`;

/** The example's own program, through the real CLI, engine and SSH, on both systems of a lab. */
class Rig {
  private constructor(
    readonly lab: MigrationLab,
    readonly stack: PulumiStack,
  ) {}

  static async start(): Promise<Rig> {
    const lab = await startMigrationLab({ scale: 50 });
    const stack = await exampleStack("migration");
    await configure(stack, lab, migrationConfig(lab));
    return new Rig(lab, stack);
  }

  async set(name: string, value: string): Promise<void> {
    await this.stack.ok("config", "set", name, value);
  }

  /** Changing commands so far, in a few words. */
  get commands(): string[] {
    return this.lab.sim.history.map(
      ({ node, argv }) => `${node} ${argv.join(" ").replace(/^\S*\/knife/, "knife")}`,
    );
  }

  count(pattern: RegExp): number {
    return this.commands.filter((each) => pattern.test(each)).length;
  }

  async stop(): Promise<void> {
    await this.lab.stop();
    await this.stack.remove();
  }
}

interface Outputs {
  phase: string;
  differences: string[];
  counts: { organization: string; kind: string; old: number; new: number }[];
  durations: { step: string; seconds: number }[];
  frontendAddresses: Record<string, { fqdn: string; addresses: string[] }>;
  archive: { node: string; path: string; sha256: string } | null;
  tidyReport: { node: string; files: string[] } | null;
}

describe("DRBD HA to Chef Backend through the Pulumi engine", () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await Rig.start();
  });
  afterAll(() => rig.stop());
  /** What `pulumi up` has printed. */
  const said: string[] = [];

  it("is named by a ChefBackendCluster that is pointed at the old pair, in its preview", async () => {
    const { lab } = rig;
    const stack = await PulumiStack.create(upgradeInPlace);
    try {
      await configure(stack, lab, {
        nodes: ["old-backend-1", "old-backend-2", "old-frontend-1"].map((name) => address(lab.node(name))),
        packagePath: lab.packages.backend,
      });
      const preview = await stack.run("preview");
      expect(preview.code).not.toBe(0);
      expect(preview.all).toContain(
        "old-backend-2: no chef-backend package; /proc/drbd: Connected Secondary/Primary UpToDate/UpToDate",
      );
      expect(preview.all).toContain("use ChefBackendMigration for a Chef server 12");
    } finally {
      await stack.remove();
    }
  });

  it("fails the preview without consent, and shows what would be done", async () => {
    const preview = await rig.stack.run("preview");
    expect(preview.code).not.toBe(0);
    expect(preview.all).toContain("has a problem: allowDowntime: Downtime not approved [downtime]");
    expect(preview.all).toContain("they are out of service from before the final backup on");
    expect(preview.all).toContain(
      "to see first how long it takes and what would differ, set `rehearse: true`",
    );
    expect(rig.commands).toEqual([]);
  });

  it("rehearses while the old system serves, and has nothing to do then", async () => {
    await rig.set("rehearse", "true");
    const preview = await rig.stack.ok("preview", "--diff");
    expect(preview.all).toContain("backend-1: creating the new cluster");
    expect(preview.all).toContain("frontend-1: restoring into the new server");
    said.push((await rig.stack.up()).all);
    expect(said[0]).toContain("2 created");
    const outputs = await rig.stack.outputs<Outputs>();
    expect(outputs).toMatchObject({
      phase: "rehearsed",
      differences: [],
      tidyReport: { node: "old-frontend-1" },
    });
    expect(outputs.durations.map(({ step }) => step)).toContain("old-frontend-1/backup");
    expect(rig.lab.sim.source.serving).toEqual(["old-frontend-1", "old-frontend-2"]);
    expect(rig.count(/ (stop|start)$/)).toBe(0);
    expect(rig.lab.sim.accidents).toEqual([]);
    await rig.stack.ok("preview", "--expect-no-changes");
    await rig.stack.ok("refresh", "--yes", "--skip-preview", "--expect-no-changes");
  });

  it("goes on after kill -9 in the middle of the final restore, with everything where it belongs", async () => {
    await rig.set("rehearse", "false");
    await rig.set("allowDowntime", "2.3.16");
    expect((await rig.stack.ok("preview")).all).toContain(
      "all old frontends (old-frontend-1, old-frontend-2) are closed",
    );
    const restores = rig.count(/knife ec restore/);
    const running = rig.stack.start(["up", "--yes", "--skip-preview", "--non-interactive"]);
    await until(() => rig.count(/knife ec restore/) > restores);
    killAll(await processTree(running.child.pid!));
    await running.done;
    await rig.stack.run("cancel", "--yes");
    const preview = await rig.stack.ok("preview");
    expect(preview.all).toContain(
      "THE OLD FRONTENDS ARE CLOSED (old-frontend-1, old-frontend-2) by an earlier run",
    );
    said.push((await rig.stack.up()).all);
    expect(said[1]).toContain("1 updated");
    const { sim } = rig.lab;
    expect([sim.accidents, sim.lost, sim.surplus]).toEqual([[], [], []]);
    expect(rig.count(/knife ec restore/)).toBe(restores + 1);
    expect(sim.source.serving).toEqual([]);
    const outputs = await rig.stack.outputs<Outputs>();
    expect(outputs).toMatchObject({ phase: "migrated", differences: [] });
    expect(
      outputs.counts.find(({ organization, kind }) => organization === "acme" && kind === "nodes"),
    ).toMatchObject({
      old: sim.source.data.below("organizations/acme/nodes").length,
      new: sim.target.data.below("organizations/acme/nodes").length,
    });
    expect(Object.keys(outputs.frontendAddresses)).toEqual(["frontend-1", "frontend-2"]);
    expect(outputs.archive).toMatchObject({
      node: "frontend-1",
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
  });

  it("leaves no secret in the stack's state, and prints none", async () => {
    const text = [(await rig.stack.state()).text, ...said].join("\n");
    const { target } = rig.lab.sim;
    const files = [
      ["backend-1", "/etc/chef-backend/chef-backend-secrets.json"],
      ["frontend-1", "/etc/opscode/private-chef-secrets.json"],
      ["frontend-1", "/etc/opscode/chef-server.rb"],
    ] as const;
    for (const [node, path] of files) {
      const secrets = target
        .tree(node)
        .read(path)!
        .content.match(/[0-9a-f]{32,}/g)!;
      for (const secret of secrets) expect(text).not.toContain(secret);
    }
  });

  it("has nothing to do the second time, and destroying it touches nothing", async () => {
    const before = rig.commands.length;
    await rig.stack.ok("refresh", "--yes", "--skip-preview", "--expect-no-changes");
    await rig.stack.ok("preview", "--expect-no-changes");
    expect((await rig.stack.up()).all).toContain("unchanged");
    await rig.stack.ok("destroy", "--yes", "--skip-preview");
    expect(rig.commands).toHaveLength(before);
  });
});
