import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Lab } from "../../lab/lab";
import { textsBelow } from "../endToEnd/rig";
import { LabStack, type Settings, settingsFor } from "../support/labStack";
import type { PulumiRun } from "../support/pulumiStack";

/**
 * Canaries: secrets that work where they have to, and are long and odd enough to be found anywhere. Nothing that
 * we or the engine write may hold one (promise 10); the known exception is Pulumi's own `-v=9`.
 */
const canary = {
  password: "cANARY-shared-password-5d1f",
  sudoPassword: "cANARY-shared-sudo-77ab",
  passphrase: "cANARY-shared-passphrase-90cc",
  nodePassword: "cANARY-node-password-1e2d",
  nodeSudoPassword: "cANARY-node-sudo-3f4a",
  nodePassphrase: "cANARY-node-passphrase-6b7c",
  proxyPassword: "cANARY-proxy-password-8d9e",
  proxyPassphrase: "cANARY-proxy-passphrase-a0b1",
  nodeProxyPassword: "cANARY-node-proxy-password-c2d3",
  frontendPassword: "cANARY-frontend-password-d4e5",
  frontendSudoPassword: "cANARY-frontend-sudo-f6a7",
  frontendPassphrase: "cANARY-frontend-passphrase-b8c9",
  frontendProxyPassword: "cANARY-frontend-proxy-password-d0e1",
  wrong: "cANARY-wrong-e4f5",
};

const users = {
  root: {},
  chef: { password: canary.password, sudo: "password", sudoPassword: canary.sudoPassword },
  deputy: { password: canary.nodePassword, sudo: "password", sudoPassword: canary.nodeSudoPassword },
  clerk: { password: canary.frontendPassword, sudo: "password", sudoPassword: canary.frontendSudoPassword },
  bastion: { password: canary.proxyPassword, sudo: "none" },
  bastion2: { password: canary.nodeProxyPassword, sudo: "none" },
  bastion3: { password: canary.frontendProxyPassword, sudo: "none" },
} as const;

/** Secrets in every place that takes one: shared, of a backend, of a frontend, of all their bastions. */
function settingsWithSecrets(lab: Lab): Settings {
  const [first, second, third] = settingsFor(lab).nodes as Settings[];
  const [front, other] = lab.frontends.map(({ node: { name, host, port } }) => ({ name, host, port }));
  const bastion = { host: "127.0.0.1", port: lab.node("frontend-1").port };
  return {
    connection: {
      ...{ user: "chef", password: canary.password, sudo: true, sudoPassword: canary.sudoPassword },
      ...{ privateKey: lab.privateKey, privateKeyPassword: canary.passphrase, knownHosts: lab.knownHosts },
      proxy: {
        ...bastion,
        ...{ user: "bastion", password: canary.proxyPassword },
        ...{ privateKey: lab.privateKey, privateKeyPassword: canary.proxyPassphrase },
      },
    },
    nodes: [
      first,
      {
        ...second,
        ...{ user: "deputy", password: canary.nodePassword, sudoPassword: canary.nodeSudoPassword },
        ...{ privateKey: lab.privateKey, privateKeyPassword: canary.nodePassphrase },
      },
      { ...third, proxy: { ...bastion, user: "bastion2", password: canary.nodeProxyPassword } },
    ],
    frontends: {
      nodes: [
        {
          ...front,
          ...{ user: "clerk", password: canary.frontendPassword, sudoPassword: canary.frontendSudoPassword },
          ...{ privateKey: lab.privateKey, privateKeyPassword: canary.frontendPassphrase },
        },
        { ...other, proxy: { ...bastion, user: "bastion3", password: canary.frontendProxyPassword } },
      ],
    },
  };
}

/**
 * The same inputs, from encrypted configuration: single values, and a structure that holds encrypted ones. With
 * those `--debug` is clean too: the engine masks what it has decrypted. It cannot know of a secret that a program
 * has in clear, nor look into a structure that was encrypted as one text: Pulumi's SDK then prints it there.
 */
const configProgram = `const pulumi = require("@pulumi/pulumi");
const { ChefBackendCluster } = require("pulumi-chef-backend");
const settings = JSON.parse(require("fs").readFileSync("settings.json", "utf8"));
const config = new pulumi.Config();
const nodes = settings.nodes.map((node, index) => index === 1 ? { ...node, user: "deputy",
  password: config.requireSecret("nodePassword"), sudoPassword: config.requireSecret("nodeSudoPassword") } : node);
const front = settings.frontends.nodes.map((node, index) => index === 0 ? { ...node, user: "clerk",
  password: config.requireSecret("frontendPassword"), sudoPassword: config.requireSecret("frontendSudoPassword"),
  privateKeyPassword: config.requireSecret("frontendPassphrase") } : { ...node, proxy: { ...settings.connection.proxy,
  user: "bastion3", password: config.requireSecret("frontendProxyPassword") } });
const frontends = { ...settings.frontends, nodes: front };
const connection = config.requireSecretObject("connection").apply((secrets) => ({ ...settings.connection, ...secrets,
  proxy: { ...settings.connection.proxy, ...secrets.proxy } }));
const cluster = new ChefBackendCluster("prod", { ...settings, nodes, frontends, connection });
exports.healthy = cluster.healthy;
`;

const secretFields = ["password", "sudoPassword", "privateKey", "privateKeyPassword"] as const;

function withoutSecrets(fields: Settings): Settings {
  return Object.fromEntries(Object.entries(fields).filter(([key]) => !secretFields.includes(key as never)));
}

describe("secrets", () => {
  let cluster: LabStack;
  const runs: { what: string; text: string }[] = [];
  const seen: Samples = { commandLines: new Set(), environments: new Set(), jobFiles: new Map() };
  let sampling: Promise<void>;
  let ended = false;

  beforeAll(async () => {
    const frontends = { frontendVersion: "14.0.65", frontendPackages: ["15.10.12"] };
    cluster = await LabStack.start({ users: { ...users }, scale: 30, ...frontends });
    await cluster.set(settingsWithSecrets(cluster.lab));
    const folders = cluster.lab.nodes.map(({ stateFolder }) => join(stateFolder, "lock"));
    sampling = sample(seen, folders, () => ended);
  });
  afterAll(async () => {
    ended = true;
    await sampling;
    await cluster.stop();
  });

  const pulumi = async (...args: string[]): Promise<PulumiRun> => {
    const run = await cluster.stack.run(...args);
    runs.push({ what: `pulumi ${args.join(" ")}`, text: run.all });
    return run;
  };
  const up = (...args: string[]) => pulumi("up", "--yes", "--skip-preview", "--non-interactive", ...args);
  const keyLines = () =>
    cluster.lab.privateKey.split("\n").filter((line) => line.length > 20 && !line.startsWith("-----"));
  /** Which canaries stand in a text. */
  const found = (text: string) =>
    [...Object.values(canary), ...keyLines()].filter((each) => text.includes(each));

  /** No run's output, no state (exported, or as it lies on the disk) holds one. */
  const expectClean = async () => {
    expect(keyLines().length).toBeGreaterThan(3);
    for (const { what, text } of runs.splice(0)) expect([what, found(text)]).toEqual([what, []]);
    const { text } = await cluster.stack.state();
    expect(text).toContain("chef-backend");
    expect(["stack export", found(text)]).toEqual(["stack export", []]);
    for (const file of await textsBelow(join(cluster.stack.folder, ".state")))
      expect([file.path, found(file.text)]).toEqual([file.path, []]);
  };

  it("given in clear in the program: none in previews, runs and state", async () => {
    expect(await up()).toMatchObject({ code: 0 });
    expect(await pulumi("refresh", "--yes", "--non-interactive")).toMatchObject({ code: 0 });
    await cluster.set({ version: "2.3.16" });
    expect(await pulumi("preview", "--diff")).toMatchObject({ code: 0 });
    expect(await pulumi("preview", "--json")).toMatchObject({ code: 0 });
    await expectClean();
  });

  it("a changed one shows up as changed, not as its value", async () => {
    const connection = cluster.settings.connection as Settings;
    await cluster.set({ version: "2.1.0", connection: { ...connection, privateKeyPassword: canary.wrong } });
    expect(await pulumi("preview", "--diff")).toMatchObject({ code: 0 });
    await cluster.set({ connection });
    await expectClean();
  });

  it("wrong passwords: none in the errors of previews and runs", async () => {
    const connection = cluster.settings.connection as Settings;
    const wrong = [
      { ...connection, sudoPassword: canary.wrong },
      { ...connection, privateKey: undefined, privateKeyPassword: undefined, password: canary.wrong },
      { ...connection, proxy: { ...(connection.proxy as Settings), privateKey: canary.wrong } },
      { ...connection, sudoPasword: canary.wrong, privateKey: { text: canary.wrong } },
    ];
    await cluster.set({ version: "2.3.16" });
    for (const each of wrong) {
      await cluster.set({ connection: each });
      expect((await pulumi("preview", "--diff")).code).not.toBe(0);
    }
    await cluster.set({ connection });
    const { frontends } = cluster.settings as { frontends: { nodes: Settings[] } };
    const [front, other] = frontends.nodes;
    const wrongFronts = [
      [{ ...front, sudoPassword: canary.wrong }, other],
      [{ ...front, privateKey: canary.wrong }, other],
      [front, { ...other, proxy: { ...(other!.proxy as Settings), password: canary.wrong } }],
      [front, { ...other, sudoPassword: { text: canary.wrong } }],
    ];
    for (const wrongFront of wrongFronts) {
      await cluster.set({ frontends: { nodes: wrongFront } });
      expect((await pulumi("preview", "--diff")).code).not.toBe(0);
    }
    await cluster.set({ frontends });
    expect(cluster.history).toEqual([]);
    await expectClean();
  });

  it("an update that fails in the middle: none in its error, and none in what the engine saves with it", async () => {
    cluster.lab.sim.switches("backend-2").upgradeFails = { code: 3, message: "strange noises" };
    const failed = await up();
    expect(failed.all).toContain("strange noises");
    expect(failed.code).not.toBe(0);
    expect((await cluster.stack.state()).text).toContain("initErrors");
    expect(await pulumi("refresh", "--yes", "--non-interactive")).toMatchObject({ code: 0 });
    await expectClean();
    expect(await pulumi("destroy", "--yes", "--non-interactive", "--skip-preview")).toMatchObject({
      code: 0,
    });
    expect(runs.map(({ text }) => found(text))).toEqual(runs.map(() => []));
  });

  it("from encrypted configuration: none either, --debug included, when the very first run fails and later", async () => {
    const { connection, nodes, frontends, ...rest } = cluster.settings as {
      connection: Settings;
      nodes: Settings[];
      frontends: { nodes: Settings[] };
    };
    await writeFile(join(cluster.stack.folder, "index.js"), configProgram);
    const plainly = (each: Settings) => ({ name: each.name, host: each.host, port: each.port });
    const { proxy, ...shared } = connection as { proxy: Settings } & Settings;
    const clear = {
      ...rest,
      nodes: nodes.map(plainly),
      frontends: {
        nodes: frontends.nodes.map(plainly),
        version: "15.10.12",
        packageFile: { path: cluster.lab.frontendPackages["15.10.12"] },
        acceptLicense: true,
        skipReindex: "15.10.12",
      },
      connection: { ...withoutSecrets(shared), proxy: withoutSecrets(proxy) },
    };
    await writeFile(join(cluster.stack.folder, "settings.json"), JSON.stringify(clear));
    // From a file, as a person would: an argument is seen in the process list.
    const secret = async (key: string, value: unknown) => {
      await writeFile(join(cluster.stack.folder, "value"), String(value));
      await cluster.stack.shell(`pulumi config set --secret --path ${key} < value`);
    };
    for (const field of secretFields) {
      await secret(`connection.${field}`, shared[field]);
      if (proxy[field] !== undefined) await secret(`connection.proxy.${field}`, proxy[field]);
    }
    for (const key of [
      "nodePassword",
      "nodeSudoPassword",
      "frontendPassword",
      "frontendSudoPassword",
    ] as const)
      await secret(key, canary[key]);
    for (const key of ["frontendPassphrase", "frontendProxyPassword"] as const)
      await secret(key, canary[key]);

    const failed = await up("--debug");
    expect(failed.all).toContain("strange noises");
    expect((await cluster.stack.state()).text).toContain("initErrors");
    await expectClean();
    cluster.lab.sim.switches("backend-2").upgradeFails = null;
    expect(await up("--debug")).toMatchObject({ code: 0 });
    expect(await pulumi("preview", "--diff", "--debug")).toMatchObject({ code: 0 });
    expect(cluster.lab.sim).toMatchObject({ failover: true, healthy: true });
    expect(await pulumi("refresh", "--yes", "--non-interactive", "--debug")).toMatchObject({ code: 0 });
    await expectClean();
  });

  it("none in what stays on the nodes: homes, temporary folders, the provider's own, its jobs", async () => {
    for (const node of cluster.lab.nodes) {
      const texts = await textsBelow(node.folder);
      for (const { path, text } of texts) expect([path, found(text)]).toEqual([path, []]);
      const jobs = texts.filter(({ path }) => path.startsWith(join(node.stateFolder, "history")));
      expect([node.name, jobs.some(({ path }) => path.endsWith("/script"))]).toEqual([node.name, true]);
    }
  });

  it("none in the command line of any process, nor in the environment of any that ran on a node, at any time", () => {
    // The samples are worth something only if they saw the nodes' programs, of backends and frontends, and sudo.
    for (const program of ["chef-backend-ctl upgrade", "chef-server-ctl upgrade", "sudo -S -k -p"])
      expect([...seen.commandLines].filter((line) => line.includes(program))).not.toEqual([]);
    for (const line of seen.commandLines) expect([line, found(line)]).toEqual([line, []]);
    for (const node of cluster.lab.nodes)
      expect([...seen.environments].filter((text) => text.includes(`:${node.name}\0`))).not.toEqual([]);
    for (const text of seen.environments) expect([text, found(text)]).toEqual([text, []]);
  });

  it("none in the lock's and the jobs' files while they are in use", () => {
    for (const file of ["owner", "script", "output", "pid"])
      expect([...seen.jobFiles.keys()].filter((path) => path.endsWith(`/${file}`))).not.toEqual([]);
    for (const [path, texts] of seen.jobFiles) expect([path, [...texts].flatMap(found)]).toEqual([path, []]);
  });
});

/** What was seen while everything ran. */
interface Samples {
  /** Of all processes on this machine: the nodes', the engine's, the provider's, the language host's. */
  readonly commandLines: Set<string>;
  /** Of all processes of the lab's nodes. */
  readonly environments: Set<string>;
  /** Below the nodes' locks, by path: each content that a file had. */
  readonly jobFiles: Map<string, Set<string>>;
}

/** Looks at all processes, and into the folders, again and again. */
async function sample(into: Samples, folders: readonly string[], ended: () => boolean): Promise<void> {
  while (!ended()) {
    const pids = (await readdir("/proc").catch(() => [])).filter((name) => /^\d+$/.test(name));
    for (const pid of pids) {
      const line = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
      if (line) into.commandLines.add(line.replaceAll("\0", " "));
      const environment = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
      if (/(^|\0)CHEF_LAB=/.test(environment)) into.environments.add(environment);
    }
    for (const folder of folders)
      for (const { path, text } of await textsBelow(folder).catch(() => []))
        into.jobFiles.set(path, (into.jobFiles.get(path) ?? new Set()).add(text));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
