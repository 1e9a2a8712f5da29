import { execFile } from "node:child_process";
import { access, copyFile, mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Lab, startLab } from "../../lab/lab";
import { commandsOf } from "../support/rehearsal";
import { repository } from "../support/pulumiStack";

const run = promisify(execFile);

/** The package as users get it: packed, installed into a program's folder elsewhere, and used there. */
describe("the packed package", () => {
  let lab: Lab;
  let scratch: string;
  let files: string[];
  let project: string;
  let env: NodeJS.ProcessEnv;
  beforeAll(async () => {
    lab = await startLab({ scale: 30 });
    scratch = await mkdtemp(join(tmpdir(), "pulumi-chef-backend-packed-"));
    env = {
      ...process.env,
      PATH: `${join(repository, "node_modules", ".bin")}:${process.env.PATH}`,
      PULUMI_BACKEND_URL: `file://${join(scratch, "state")}`,
      PULUMI_CONFIG_PASSPHRASE: "rehearsal",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      NO_COLOR: "1",
      // Nothing of the npm that runs these tests.
      ...{ npm_config_prefix: undefined, npm_config_local_prefix: undefined, NODE_PATH: undefined },
    };
    await mkdir(join(scratch, "state"));
    // The build is fresh: `npm test` makes it, and other tests are reading it now.
    const packed = await npm(repository, "pack", "--json", "--ignore-scripts", "--pack-destination", scratch);
    const [tarball] = JSON.parse(packed) as { filename: string; files: { path: string }[] }[];
    files = tarball!.files.map(({ path }) => path);
    project = join(scratch, "my chef");
    await mkdir(project);
    for (const name of await readdir(join(repository, "examples", "rolling")))
      if (name !== "node_modules")
        await copyFile(join(repository, "examples", "rolling", name), join(project, name));
    const options = ["--prefer-offline", "--no-audit", "--no-fund", "--no-progress"];
    await npm(project, "install", ...options, join(scratch, tarball!.filename));
  });
  afterAll(async () => {
    await lab.stop();
    await rm(scratch, { recursive: true, force: true });
  });

  const npm = async (cwd: string, ...args: string[]) =>
    (await run("npm", args, { cwd, env, maxBuffer: 2 ** 24 })).stdout;
  const pulumi = async (...args: string[]) => {
    const { stdout, stderr } = await run("pulumi", [...args, "--color", "never"], {
      cwd: project,
      env,
      maxBuffer: 2 ** 24,
    });
    return stdout + stderr;
  };
  const commands = () => commandsOf(lab.sim.history);
  const preview = ["preview", "--diff", "--non-interactive"];

  it("has what is needed, types and the lab included, and no more", async () => {
    for (const needed of [
      ...["package.json", "LICENSE", "dist/provider/index.js", "dist/provider/index.d.ts"],
      ...["dist/provider/pulumi/handlers.js", "dist/lab/cli.js", "dist/lab/machines/nodePrograms.js"],
      ...["dist/lab/simulation/simulation.js", "docs/troubleshooting.md"],
    ])
      expect(files).toContain(needed);
    const strays = files.filter(
      (path) => !/^(dist\/(provider|lab)\/|docs\/[\w-]+\.md$|[A-Za-z]+(\.md|\.json)?$)/.test(path),
    );
    expect(strays).toEqual([]);
    expect(files.filter((path) => /test|\.tgz|Pulumi\.|\.env|(?<!\.d)\.ts$/.test(path))).toEqual([]);
    await access(join(project, "node_modules", "pulumi-chef-backend", "dist", "lab", "cli.js"));
  });

  it("fits the example's types", async () => {
    const tsc = join(project, "node_modules", ".bin", "tsc");
    await run(tsc, ["--noEmit", "-p", project], { cwd: project, env });
  });

  it("brings the lab to rehearse with", async () => {
    const help = await npm(project, "exec", "--offline", "--", "chef-backend-lab", "--help");
    expect(help).toContain("Usage: chef-backend-lab up");
  });

  it("previews and upgrades from a program of its own", async () => {
    await pulumi("stack", "init", "lab");
    await pulumi("config", "set", "version", "2.1.0");
    await pulumi("config", "set", "--path", "nodes[0].host", "127.0.0.1");
    await pulumi("config", "set", "--path", "nodes[0].port", String(lab.backends[0]!.port));
    const rest = lab.backends.flatMap(({ name, port }, index) => [
      `nodes[${index}].name=${name}`,
      ...(index > 0 ? [`nodes[${index}].host=127.0.0.1`, `nodes[${index}].port=${port}`] : []),
    ]);
    const plain = [
      ...rest,
      `packagePath=${lab.packages["2.3.16"]!}`,
      `knownHosts=${lab.knownHosts}`,
      // A whole number: the CLI takes any other one for a text.
      "timeouts.statusInterval=1",
    ];
    await pulumi("config", "set-all", "--path", ...plain.flatMap((each) => ["--plaintext", each]));
    await run("/bin/sh", ["-c", `pulumi config set --secret privateKey < '${lab.privateKeyPath}'`], {
      cwd: project,
      env,
    });
    expect(await pulumi(...preview)).toContain("nothing to do");
    await pulumi("up", "--yes", "--skip-preview", "--non-interactive");
    expect(commands()).toEqual([]);
    await pulumi("config", "set", "version", "2.3.16");
    expect(await pulumi(...preview)).toContain(
      "1 of 3, follower: 2.1.0 => 2.3.16: install, upgrade, verify rejoin",
    );
  });

  it("goes on from another folder than the one that wrote the state", async () => {
    const elsewhere = join(scratch, "elsewhere");
    await rename(project, elsewhere);
    project = elsewhere;
    // Which stack is selected, the CLI keeps by folder.
    await pulumi("stack", "select", "lab");
    expect(await pulumi(...preview)).toContain("3 of 3, leader: 2.1.0 => 2.3.16");
    const up = await pulumi("up", "--yes", "--skip-preview", "--non-interactive");
    expect(up).toContain("1 updated");
    expect(commands().filter((each) => each.endsWith(" install"))).toHaveLength(3);
    expect(lab.sim).toMatchObject({ maxOut: 1, failover: true, healthy: true });
    // A checkout of somebody else: the same program and configuration, and nothing else of the first folder.
    const second = join(scratch, "second");
    await mkdir(second);
    for (const name of await readdir(project))
      if (name !== "node_modules") await copyFile(join(project, name), join(second, name));
    await rename(join(project, "node_modules"), join(second, "node_modules"));
    await rm(project, { recursive: true });
    project = second;
    await writeFile(join(second, "note.txt"), "another folder");
    expect(await pulumi(...preview, "--stack", "lab", "--expect-no-changes")).toContain("unchanged");
  });
});
