import { access, chmod, mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Lab, type LabOptions, startLab } from "../../lab/lab";
import { markedProcesses } from "../../lab/machines/processes";
import { check } from "../../provider/handlers/check";
import type { CheckOutcome } from "../../provider/handlers/types";
import { read } from "../../provider/handlers/read";
import type { ClusterProperties } from "../../provider/handlers/types";
import { PartialFailureError } from "../../provider/handlers/partialFailure";
import { upgrade } from "../../provider/handlers/upgrade";
import type { ClusterInputs, ConnectionInputs } from "../../provider/inputs/schema";
import { handlerContext } from "../../provider/pulumi/handlerContext";
import { historyLines, showIfFailed } from "../support/labLog";
import { commandsOf } from "../support/rehearsal";

/** A lab, and the provider's handlers over real SSH, as a provider process runs them. */
export class OverSsh {
  /** What the provider said, each line once: `warning: …` for warnings. */
  readonly lines: string[] = [];

  private constructor(readonly lab: Lab) {}

  static async start(options: LabOptions = {}): Promise<OverSsh> {
    const cluster = new OverSsh(await startLab({ scale: 30, ...options }));
    showIfFailed("What the provider said last", () => cluster.lines);
    showIfFailed("What was changed on the lab last", () => historyLines(cluster.lab.sim.history));
    return cluster;
  }

  /** A cluster in which only backend-3 is still at 2.1.0. */
  static almostDone(): Promise<OverSsh> {
    const backend = (index: number, version: string) => ({
      ...{ name: `backend-${index}`, ip: `192.168.33.${214 + index}` },
      version,
    });
    return OverSsh.start({ backends: [backend(1, "2.3.16"), backend(2, "2.3.16"), backend(3, "2.1.0")] });
  }

  inputs(connection: ConnectionInputs = {}, change: Partial<ClusterInputs> = {}): ClusterInputs {
    const { lab } = this;
    const login = "password" in connection ? {} : { privateKey: lab.privateKey };
    return {
      version: "2.3.16",
      nodes: lab.backends.map(({ name, port }) => ({ name, host: "127.0.0.1", port })),
      connection: { ...login, knownHosts: lab.knownHosts, ...connection },
      packageFile: { path: lab.packages["2.3.16"]! },
      timeouts: lab.timeouts,
      ...change,
    };
  }

  check(inputs: ClusterInputs): Promise<CheckOutcome> {
    return this.#speaking((context) => check({}, { ...inputs }, () => false, context));
  }

  async read(properties: ClusterProperties): Promise<ClusterProperties> {
    return (await this.#speaking((context) => read(properties, context))).properties;
  }

  async upgrade(inputs: ClusterInputs): Promise<ClusterProperties> {
    return (await this.#speaking((context) => upgrade(null, {}, inputs, context))).properties;
  }

  /** An upgrade that has to fail. */
  async failure(inputs: ClusterInputs): Promise<Error & { partial: boolean }> {
    try {
      await this.upgrade(inputs);
    } catch (error) {
      return Object.assign(error as Error, { partial: error instanceof PartialFailureError });
    }
    throw new Error("expected the upgrade to fail");
  }

  async #speaking<T>(run: (context: ReturnType<typeof handlerContext>) => Promise<T>): Promise<T> {
    const spy = jest.spyOn(console, "log").mockImplementation((line: string) => void this.lines.push(line));
    const context = handlerContext(undefined);
    try {
      return await run(context);
    } finally {
      await context.done();
      spy.mockRestore();
    }
  }

  /** Changing commands so far, as `backend-2 upgrade`. */
  get commands(): string[] {
    return commandsOf(this.lab.sim.history);
  }

  /** Each line of the output that matches. */
  said(pattern: RegExp): string[] {
    return this.lines.filter((line) => pattern.test(line));
  }

  /** Runs the action that many simulated seconds after `upgrade` begins on the node. */
  during(node: string, action: () => void, afterSeconds = 3) {
    return this.lab.sim.when(node, ["chef-backend-ctl", "upgrade"], action, afterSeconds);
  }

  /** Puts a script in front of one of a node's programs; `$real` is the program itself. */
  async wrap(node: string, program: string, script: string): Promise<void> {
    const { folder } = this.lab.node(node);
    const real = join(folder, "wrapped", program);
    await mkdir(join(folder, "wrapped"), { recursive: true });
    await rename(join(folder, "bin", program), real);
    await writeFile(join(folder, "bin", program), `#!/bin/sh\nreal='${real}'\n${script}\n`);
    await chmod(join(folder, "bin", program), 0o755);
  }

  /** All is well: the versions, everything once, never two out, failover on, and nothing left on the nodes. */
  async expectDone(order: readonly string[], version = "2.3.16"): Promise<void> {
    const { sim } = this.lab;
    expect(this.commands).toEqual(order);
    expect(new Set(Object.values(sim.installedVersions()))).toEqual(
      new Set([sim.platform === "rpm" ? `${version}-1.el7` : `${version}-1`]),
    );
    expect(sim.runningVersions()).toEqual(sim.installedVersions());
    expect(sim).toMatchObject({ maxOut: 1, failover: true, healthy: true, riskyStops: [] });
    await this.expectNothingLeft();
  }

  /** No lock, no half-made file, no process. */
  async expectNothingLeft(): Promise<void> {
    for (const node of this.lab.backends) {
      await expect(access(join(node.stateFolder, "lock"))).rejects.toThrow("ENOENT");
      expect(await readdir(join(node.folder, "tmp"))).toEqual([]);
      expect((await packagesOn(node.stateFolder)).filter((name) => name.endsWith(".part"))).toEqual([]);
    }
    await eventually(async () => (await markedProcesses(`${this.lab.nodes[0]!.ground.id}:`)).length === 0);
  }

  stop(): Promise<void> {
    return this.lab.stop();
  }
}

/** The order of a whole upgrade while backend-1 leads; who leads afterwards says `leader`. */
export function wholeUpgrade(leader: string): string[] {
  return [
    "backend-1 set-cluster-failover off",
    "backend-2 install",
    "backend-2 upgrade",
    "backend-3 install",
    "backend-3 upgrade",
    "backend-1 install",
    "backend-1 set-cluster-failover on",
    "backend-1 upgrade --failover",
    `${leader} set-cluster-failover off`,
    `${leader} set-cluster-failover on`,
  ];
}

/** Names of the staged package files. */
export function packagesOn(stateFolder: string): Promise<string[]> {
  return readdir(join(stateFolder, "packages")).catch(() => []);
}

/** Every file below a folder, as text. */
export async function textsBelow(folder: string): Promise<{ path: string; text: string }[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(
    files.map(async (path) => ({ path, text: await readFile(path, "latin1").catch(() => "") })),
  );
}

/** Asks again and again until the answer is yes; a minute later nobody believes in it any more. */
export async function eventually(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await condition()); tries++) {
    if (tries > 1200) throw new Error("what the test waits for did not happen within a minute");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
