import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { showIfFailed } from "./labLog";

export const repository = resolve(__dirname, "../..");

export interface PulumiRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Both streams, for searching. */
  readonly all: string;
}

/** Makes the packages known to programs in the folder. */
export async function linkPackages(folder: string): Promise<void> {
  await mkdir(join(folder, "node_modules"));
  await symlink(repository, join(folder, "node_modules", "pulumi-chef-backend"));
  await symlink(join(repository, "node_modules", "@pulumi"), join(folder, "node_modules", "@pulumi"));
}

/** A Pulumi project in a temporary folder, with a state of its own, driven through the real CLI. */
export class PulumiStack {
  private constructor(
    readonly folder: string,
    readonly env: NodeJS.ProcessEnv,
  ) {}

  /** @param program text of index.js. */
  static async create(
    program: string,
    options: { link?: boolean; folder?: string } = {},
  ): Promise<PulumiStack> {
    const folder = options.folder ?? (await mkdtemp(join(tmpdir(), "pulumi-chef-backend-test-")));
    const state = join(folder, ".state");
    await mkdir(state, { recursive: true });
    if (options.link ?? true) await linkPackages(folder);
    await writeFile(join(folder, "package.json"), '{ "name": "rehearsal", "private": true }\n');
    await writeFile(join(folder, "Pulumi.yaml"), "name: rehearsal\nruntime: nodejs\nmain: index.js\n");
    await writeFile(join(folder, "index.js"), program);
    const env = {
      ...process.env,
      PATH: `${join(repository, "node_modules", ".bin")}:${process.env.PATH}`,
      PULUMI_BACKEND_URL: `file://${state}`,
      PULUMI_CONFIG_PASSPHRASE: "rehearsal",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      // A language host that is killed leaves its pipes behind: they go with the folder.
      TMPDIR: folder,
      NO_COLOR: "1",
    };
    const stack = new PulumiStack(folder, env);
    try {
      await stack.ok("stack", "init", "test");
    } catch (error) {
      await stack.remove();
      throw error;
    }
    return stack;
  }

  /** Starts the CLI; `done` resolves at its end, whatever that is. */
  start(
    args: readonly string[],
    env: NodeJS.ProcessEnv = {},
  ): { child: ChildProcess; done: Promise<PulumiRun>; text: () => string } {
    const child = spawn("pulumi", [...args, "--color", "never"], {
      cwd: this.folder,
      env: { ...this.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [stdout, stderr, all] = ["", "", ""];
    showIfFailed(`What pulumi ${args[0]} printed last`, () => all.split("\n"));
    child.stdout!.setEncoding("utf8").on("data", (text: string) => ((stdout += text), (all += text)));
    child.stderr!.setEncoding("utf8").on("data", (text: string) => ((stderr += text), (all += text)));
    const done = new Promise<PulumiRun>((resolvePromise, reject) => {
      child.on("error", reject);
      child.on("close", (code) => resolvePromise({ code, stdout, stderr, all }));
    });
    return { child, done, text: () => all };
  }

  /** Runs a line of shell in the project's folder and expects 0: for what is piped or redirected. */
  async shell(line: string): Promise<string> {
    const { stdout } = await promisify(execFile)("/bin/sh", ["-c", line], {
      cwd: this.folder,
      env: this.env,
    });
    return stdout;
  }

  run(...args: string[]): Promise<PulumiRun> {
    return this.start(args).done;
  }

  /** Runs it and expects 0. */
  async ok(...args: string[]): Promise<PulumiRun> {
    const result = await this.run(...args);
    if (result.code !== 0)
      throw new Error(`pulumi ${args.join(" ")} ended with ${result.code}:\n${result.all}`);
    return result;
  }

  up(...args: string[]): Promise<PulumiRun> {
    return this.run("up", "--yes", "--skip-preview", "--non-interactive", ...args);
  }

  async outputs<T = Record<string, unknown>>(): Promise<T> {
    return JSON.parse((await this.ok("stack", "output", "--json")).stdout) as T;
  }

  /** The state as the backend has it, text and parsed resources. */
  async state(): Promise<{ text: string; resources: Record<string, unknown>[] }> {
    const text = (await this.ok("stack", "export")).stdout;
    const parsed = JSON.parse(text) as { deployment: { resources?: Record<string, unknown>[] } };
    return { text, resources: parsed.deployment.resources ?? [] };
  }

  read(file: string): Promise<string> {
    return readFile(join(this.folder, file), "utf8");
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }
}

/** A program for a lab: its inputs are in settings.json, which tests rewrite. */
export const labProgram = `const { ChefBackendCluster } = require("pulumi-chef-backend");
const settings = JSON.parse(require("fs").readFileSync("settings.json", "utf8"));
const cluster = new ChefBackendCluster("prod", settings);
for (const name of ["leader", "installedVersions", "runningVersions", "failover", "healthy", "clusterStatus", "lastUpgrade"])
  exports[name] = cluster[name];
`;
