import { randomBytes } from "node:crypto";
import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PackageShelf } from "../packageShelf";
import { ScaledClock } from "../scaledClock";
import type { System } from "../simulation/system";
import type { Platform } from "../simulation/types";
import { FOLDER_PREFIX, removeAbandoned, signFolder } from "./abandoned";
import { keyPair } from "./keyPair";
import { LabNode, type LabGround } from "./labNode";
import { killMarked } from "./processes";
import { ProgramServer } from "./programServer";
import { findBash, makeToolFolder } from "./toolFolder";
import { defaultUsers, SudoPolicy, type LabUsers } from "./users";

/** What every lab takes. */
export interface MachineOptions {
  platform?: Platform;
  /**
   * How many times as fast as on real machines things happen; default 1. Whatever the nodes show (clocks, uptimes,
   * ages) stays real, so that whoever reads them needs no conversion.
   */
  scale?: number;
  users?: LabUsers;
}

/** As much of a simulated system as its machines need: more than one system may stand behind it. */
export type LabSystem = Pick<
  System,
  "backends" | "frontends" | "machine" | "switches" | "programsOf" | "exec" | "onMachine" | "platform"
>;

/** The machines of a running lab, whatever system they make. */
export interface RunningMachines<S extends LabSystem = LabSystem> {
  readonly folder: string;
  readonly sim: S;
  readonly scale: number;
  /** All machines. */
  readonly nodes: readonly LabNode[];
  readonly backends: readonly LabNode[];
  /** OpenSSH PEM text of the key that every user may log in with, and the file that holds it. */
  readonly privateKey: string;
  readonly privateKeyPath: string;
  /** Lines for a known_hosts file, one a node. */
  readonly knownHosts: string;
  readonly knownHostsPath: string;
  readonly shelf: PackageShelf;
  readonly sudo: SudoPolicy;
  /** @throws Error when there is no such node */
  node(name: string): LabNode;
  /** Ends everything that runs and removes the lab's folder. */
  stop(): Promise<void>;
}

/** Starts SSH servers with real shells in front of the machines of one simulated system. */
export async function startMachines<S extends LabSystem>(
  options: MachineOptions,
  makeSystem: (clock: ScaledClock, folder: string) => S,
): Promise<RunningMachines<S>> {
  const clock = new ScaledClock(options.scale ?? 1);
  const users = options.users ?? defaultUsers;
  const folder = await realpath(await mkdtemp(join(tmpdir(), FOLDER_PREFIX)));
  const tools = join(folder, "tools");
  const sudo = new SudoPolicy(users);
  const keys = keyPair("chef-backend-lab");
  const id = randomBytes(12).toString("hex");
  let programs: ProgramServer | undefined;
  let nodes: LabNode[] = [];

  const stop = once(async () => {
    clock.stop();
    for (const node of nodes) {
      node.ssh.stop();
      node.ssh.drop();
    }
    await killMarked(`${id}:`);
    await programs?.close();
    await rm(folder, { recursive: true, force: true });
  });

  try {
    await signFolder(folder, id);
    await removeAbandoned();
    await makeToolFolder(tools);
    const sim = makeSystem(clock, folder);
    programs = new ProgramServer(sim, tools, sudo);
    const ground: LabGround = {
      id,
      folder,
      tools,
      bash: await findBash(),
      programPort: await programs.listen(),
      programs,
      sim,
      users,
      authorizedKey: keys.public,
    };
    nodes = [
      ...sim.backends.map((machine) => new LabNode(machine.name, "backend", ground)),
      ...sim.frontends.map((machine) => new LabNode(machine.name, "frontend", ground)),
    ];
    await Promise.all(nodes.map((node) => node.start()));
    const node = (name: string) => {
      const found = nodes.find((each) => each.name === name);
      if (!found) throw new Error(`the lab has no node ${name}`);
      return found;
    };
    sim.onMachine((name, up) => {
      if (!up)
        void node(name)
          .goDown()
          .catch(() => undefined);
      else
        void node(name)
          .ssh.start()
          .catch(() => undefined);
    });
    const knownHosts = nodes.map((each) => `[127.0.0.1]:${each.port} ${each.hostKey}\n`).join("");
    const privateKeyPath = join(folder, "id_ed25519");
    const knownHostsPath = join(folder, "known_hosts");
    await writeFile(privateKeyPath, keys.private, { mode: 0o600 });
    await writeFile(knownHostsPath, knownHosts);
    return {
      folder,
      sim,
      scale: clock.scale,
      nodes,
      backends: nodes.filter((each) => each.kind === "backend"),
      privateKey: keys.private,
      privateKeyPath,
      knownHosts,
      knownHostsPath,
      shelf: new PackageShelf(join(folder, "packages"), sim.platform),
      sudo,
      node,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The first call does the work, every further one waits for it. */
export function once(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => (running ??= work());
}
