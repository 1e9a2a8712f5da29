import { copyFile, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectMachines } from "../../provider/gate/connectMachines";
import type { ClusterInputs } from "../../provider/inputs/schema";
import { LabStack, type Settings, settingsFor } from "../support/labStack";
import { PulumiStack, repository } from "../support/pulumiStack";
import { startSshServer } from "../support/sshServer";

/** Values that come from another resource are not known in its first preview: `later.*` in settings.json. */
const program = `const pulumi = require("@pulumi/pulumi");
const { ChefBackendCluster } = require("pulumi-chef-backend");
const { later, ...settings } = JSON.parse(require("fs").readFileSync("settings.json", "utf8"));
class Later extends pulumi.dynamic.Resource {
  constructor(name, value) {
    super({
      create: async (inputs) => ({ id: "later", outs: { value: inputs.value, out: inputs.value } }),
      diff: async (id, olds, news) => ({ changes: olds.value !== news.value }),
      update: async (id, olds, news) => ({ outs: { value: news.value, out: news.value } }),
    }, name, { value, out: undefined });
  }
}
for (const [path, value] of Object.entries(later || {})) {
  const keys = path.split(".");
  const last = keys.pop();
  keys.reduce((at, key) => at[key], settings)[last] = new Later(path.replaceAll(".", "-"), value).out;
}
const cluster = new ChefBackendCluster("prod", settings);
exports.healthy = cluster.healthy;
`;

interface PreviewStep {
  readonly op: string;
  readonly urn: string;
  readonly newState?: { readonly inputs: Record<string, unknown> };
}

describe("preview", () => {
  let cluster: LabStack;
  beforeAll(async () => {
    cluster = await LabStack.start({ scale: 30 });
    await writeFile(join(cluster.stack.folder, "index.js"), program);
  });
  afterAll(() => cluster.stop());

  const json = async (): Promise<PreviewStep> => {
    const { stdout } = await cluster.stack.ok("preview", "--json");
    const { steps } = JSON.parse(stdout) as { steps: PreviewStep[] };
    return steps.find(({ urn }) => urn.includes(":ChefHA::"))!;
  };
  const host = "127.0.0.1";

  it("tolerates a version, a host and a key that are not known yet, before and after adoption", async () => {
    const { privateKey } = cluster.settings.connection as { privateKey: string };
    await cluster.set({
      later: { version: "2.1.0", "nodes.1.host": host, "connection.privateKey": privateKey },
    });
    const first = await json();
    expect(first.op).toBe("create");
    expect(first.newState!.inputs).not.toHaveProperty("backends");
    expect(cluster.lab.nodes.flatMap(({ ssh }) => ssh.attempts)).toEqual([]);

    const up = await cluster.stack.up();
    expect(up.all).toContain("5 created");
    // Now they are known: an adopted cluster, to which nothing will happen.
    const nothing = await cluster.stack.ok("preview", "--expect-no-changes");
    expect(nothing.all).toContain("5 unchanged");

    await cluster.set({
      later: { version: "2.3.16", "nodes.1.host": host, "connection.privateKey": privateKey },
    });
    const changed = await json();
    expect(changed.op).toBe("update");
    expect(changed.newState!.inputs.backends).toMatchObject({
      "backend-2": { step: "known once version is known" },
    });
    await cluster.set({ later: undefined });
    expect((await cluster.stack.up()).all).toContain("3 deleted");
    expect(cluster.history).toEqual([]);
  });

  it("names what is wrong even while something else is not known", async () => {
    const { version } = cluster.settings;
    await cluster.set({ later: { version: "2.3.16" }, timeouts: { install: -1 } });
    const run = await cluster.stack.run("preview");
    expect(run.code).not.toBe(0);
    expect(run.all).toContain("timeouts.install: got -1, expected more than 0 seconds");
    await cluster.set({ later: undefined, version, timeouts: cluster.lab.timeouts });
  });

  it("makes one attempt at a node that does not answer, bounded, and fails when it would be changed", async () => {
    const hole = await startSshServer({ blackHole: true });
    const nodes = settingsFor(cluster.lab).nodes as Settings[];
    const { ssh } = cluster.lab.node("backend-2");
    ssh.stop();
    ssh.drop();
    try {
      await cluster.set({
        version: "2.3.16",
        nodes: [nodes[0], nodes[1], { ...nodes[2], port: hole.port, perDialTimeout: 2 }],
      });
      const preview = await cluster.stack.run("preview", "--diff");
      expect(preview.code).not.toBe(0);
      expect(preview.all).toMatch(/Backend cannot be reached \[unreachable\]\s+where: backend-2, backend-3/);
      expect(preview.all).toMatch(/backend-3: .* no answer within 2 s/);
      expect(hole.connections).toBe(1);
      await cluster.set({ version: "2.1.0", nodes });
      const idle = await cluster.stack.ok("preview", "--expect-no-changes");
      expect(idle.all).toContain("backend-2 cannot be reached");
      expect(idle.all).toContain("this preview comes from the Pulumi state, not from the live cluster");
    } finally {
      await ssh.start();
      await hole.close();
      await cluster.set({ nodes, version: "2.1.0" });
    }
  });

  it("always fails for a wrong host key, though nothing would change", async () => {
    const connection = cluster.settings.connection as { knownHosts: string };
    const [one, two] = ["backend-1", "backend-2"].map((name) => cluster.lab.node(name).hostKey);
    await cluster.set({
      connection: { ...connection, knownHosts: connection.knownHosts.replace(one!, two!) },
    });
    const preview = await cluster.stack.run("preview");
    expect(preview.code).not.toBe(0);
    expect(preview.all).toContain("THE HOST KEY HAS CHANGED");
    await cluster.set({ connection });
  });

  it("does not stop for a yellow cluster while nothing is to be changed, and does when something is", async () => {
    cluster.lab.sim.elasticsearchYellow(Infinity);
    await cluster.stack.ok("preview", "--expect-no-changes");
    await cluster.set({ version: "2.3.16" });
    const refused = await cluster.stack.run("preview");
    expect(refused.code).not.toBe(0);
    expect(refused.all).toContain("elasticsearch state: yellow");
    cluster.lab.sim.elasticsearchGreen();
  });

  it("shows who else is at it", async () => {
    const inputs = cluster.settings as unknown as ClusterInputs;
    const machines = connectMachines(inputs, { quick: true, warn: () => undefined });
    const owner = { run: "abc123", owner: "alice@laptop, stack chef/prod", process: "elsewhere 1 2" };
    try {
      expect(await machines[0]!.takeLock(owner)).toBeNull();
      const locked = await cluster.stack.run("preview");
      expect(locked.all).toMatch(/being upgraded by alice@laptop, stack chef\/prod since .*run abc123/);
      await machines[0]!.releaseLock(owner.run);
      expect((await cluster.stack.ok("preview")).all).not.toContain("alice");
    } finally {
      await Promise.all(machines.map((machine) => machine.close()));
    }
    expect(cluster.history).toEqual([]);
  });

  it("parses as JSON, warnings and all, and carries each node's step", async () => {
    const { op, newState } = await json();
    expect(op).toBe("update");
    expect(newState!.inputs.backends).toMatchObject({
      "backend-1": {
        role: "leader",
        version: "2.3.16",
        step: expect.stringMatching(/^3 of 3, leader/) as string,
      },
      "backend-2": { step: expect.stringMatching(/^1 of 3, follower/) as string },
    });
  });
});

describe("the repository's own program", () => {
  it("finds its package by name, and previews a cluster that only configuration names", async () => {
    const cluster = await LabStack.start({ scale: 30 });
    const folder = await mkdtemp(join(tmpdir(), "pulumi-chef-backend-root-"));
    try {
      const before = await readdir(repository);
      // The stack's configuration is made elsewhere: the repository's folder stays as it is.
      const stack = await PulumiStack.create("", { folder, link: false });
      await copyFile(join(repository, "Pulumi.yaml"), join(folder, "Pulumi.yaml"));
      await stack.ok("stack", "init", "root");
      const { nodes, connection, packageFile } = cluster.settings as {
        nodes: { name: string; host: string; port: number }[];
        connection: { privateKey: string; knownHosts: string };
        packageFile: { path: string };
      };
      await stack.ok(
        ...["config", "set-all", "--path", "--plaintext", "version=2.3.16"],
        ...["--plaintext", `packageFile.path=${packageFile.path}`],
        ...["--plaintext", "timeouts.statusInterval=2"],
        ...["--plaintext", `connection.knownHosts=${connection.knownHosts}`],
        ...nodes.flatMap((node, index) =>
          Object.entries(node).flatMap(([key, value]) => ["--plaintext", `nodes[${index}].${key}=${value}`]),
        ),
      );
      await writeFile(join(folder, "key"), connection.privateKey);
      await stack.shell("pulumi config set --secret --path connection.privateKey < key");
      const preview = await stack.ok(
        ...["preview", "--diff", "--cwd", repository, "--stack", "root"],
        ...["--config-file", join(folder, "Pulumi.root.yaml")],
      );
      expect(preview.all).toContain("1 of 3, follower: 2.1.0 => 2.3.16: install, upgrade, verify rejoin");
      expect(preview.all).not.toContain(connection.privateKey.split("\n")[1]);
      expect(await readdir(repository)).toEqual(before);
      expect(cluster.history).toEqual([]);
    } finally {
      await rm(folder, { recursive: true, force: true });
      await cluster.stop();
    }
  });
});
