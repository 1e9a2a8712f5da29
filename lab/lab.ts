import { randomBytes } from "node:crypto";
import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exampleBackends, exampleFrontends } from "./exampleNodes";
import { keyPair } from "./machines/keyPair";
import { LabNode, type LabGround } from "./machines/labNode";
import { FOLDER_PREFIX, removeAbandoned, signFolder } from "./machines/abandoned";
import { killMarked } from "./machines/processes";
import { ProgramServer } from "./machines/programServer";
import { StatusPage } from "./machines/statusPage";
import { findBash, makeToolFolder } from "./machines/toolFolder";
import { defaultUsers, SudoPolicy, type LabUsers } from "./machines/users";
import { PackageShelf } from "./packageShelf";
import { ScaledClock } from "./scaledClock";
import type { LabPackage } from "./simulation/packages/packageFile";
import { Simulation } from "./simulation/simulation";
import type { BackendSpec, FrontendSpec, Platform, SimulationOptions } from "./simulation/types";

export interface LabOptions {
  /** Chef Backend's version at the start; default `2.1.0`. */
  version?: string;
  platform?: Platform;
  /**
   * How many times as fast as on real machines things happen; default 1. Whatever the nodes show (clocks, uptimes,
   * ages) stays real, so that whoever reads them needs no conversion.
   */
  scale?: number;
  /** Default: three, named as in the vendor's example. */
  backends?: BackendSpec[];
  /** Default: two. */
  frontends?: FrontendSpec[];
  /** chef-server-core's version on the default frontends; default `15.9.38`. */
  frontendVersion?: string;
  /** Versions of which package files are made; default `["2.3.16"]`. */
  packages?: string[];
  /** The same of chef-server-core; default: none. */
  frontendPackages?: string[];
  /** The Chef server's organizations; default `acme` and `lab`. */
  organizations?: string[];
  /** Elasticsearch that created the search index; default: the one of the version. */
  indexCreatedBy?: string;
  users?: LabUsers;
  /** Anything else of the simulated cluster. */
  simulation?: Partial<Omit<SimulationOptions, "clock">>;
}

/** A running lab. */
export interface Lab {
  readonly folder: string;
  readonly sim: Simulation;
  /** All machines. */
  readonly nodes: readonly LabNode[];
  readonly backends: readonly LabNode[];
  /** With the address of each frontend's `/_status`. */
  readonly frontends: readonly { readonly node: LabNode; readonly statusUrl: string }[];
  /** OpenSSH PEM text of the key that every user may log in with, and the file that holds it. */
  readonly privateKey: string;
  readonly privateKeyPath: string;
  /** Lines for a known_hosts file, one a node. */
  readonly knownHosts: string;
  readonly knownHostsPath: string;
  /** Package files by version, the same path on every node. */
  readonly packages: Readonly<Record<string, string>>;
  /** The same of chef-server-core, for the frontends. */
  readonly frontendPackages: Readonly<Record<string, string>>;
  /** The provider's `timeouts` input at this lab's scale, real seconds: leaderl's delays are shorter too. */
  readonly timeouts: { readonly statusInterval: number };
  readonly sudo: SudoPolicy;
  /** @throws Error when there is no such node */
  node(name: string): LabNode;
  /** Makes a further package file. @returns its path */
  makePackage(fields: Partial<LabPackage> & { version: string }): Promise<string>;
  /** Ends everything that runs and removes the lab's folder. */
  stop(): Promise<void>;
}

/** Starts the embedded lab: real SSH servers with real shells, in front of one simulated cluster. */
export async function startLab(options: LabOptions = {}): Promise<Lab> {
  const clock = new ScaledClock(options.scale ?? 1);
  const platform = options.platform ?? "deb";
  const users = options.users ?? defaultUsers;
  const sim = new Simulation({
    backends: options.backends ?? exampleBackends,
    frontends: options.frontends ?? exampleFrontends(options.frontendVersion),
    version: options.version ?? "2.1.0",
    platform,
    organizations: options.organizations,
    indexCreatedBy: options.indexCreatedBy,
    ...options.simulation,
    clock,
  });
  const folder = await realpath(await mkdtemp(join(tmpdir(), FOLDER_PREFIX)));
  const tools = join(folder, "tools");
  const sudo = new SudoPolicy(users);
  const programs = new ProgramServer(sim, tools, sudo);
  const keys = keyPair("chef-backend-lab");
  const pages = sim.frontends.map((frontend) => new StatusPage(sim, frontend.name));
  const id = randomBytes(12).toString("hex");
  let nodes: LabNode[] = [];

  const stop = once(async () => {
    clock.stop();
    for (const node of nodes) {
      node.ssh.stop();
      node.ssh.drop();
    }
    await killMarked(`${id}:`);
    await Promise.all([programs.close(), ...pages.map((page) => page.close())]);
    await rm(folder, { recursive: true, force: true });
  });

  try {
    await signFolder(folder, id);
    await removeAbandoned();
    await makeToolFolder(tools);
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
    const shelf = new PackageShelf(join(folder, "packages"), platform);
    const packages = await shelf.makeAll("chef-backend", options.packages ?? ["2.3.16"]);
    const frontendPackages = await shelf.makeAll("chef-server-core", options.frontendPackages ?? []);
    const knownHosts = nodes.map((each) => `[127.0.0.1]:${each.port} ${each.hostKey}\n`).join("");
    const privateKeyPath = join(folder, "id_ed25519");
    const knownHostsPath = join(folder, "known_hosts");
    await writeFile(privateKeyPath, keys.private, { mode: 0o600 });
    await writeFile(knownHostsPath, knownHosts);
    const statusInterval = sim.timings.statusInternalUpdateInterval + sim.timings.statusPostUpdateInterval;
    const urls = await Promise.all(pages.map((page) => page.listen()));
    return {
      folder,
      sim,
      nodes,
      backends: nodes.filter((each) => each.kind === "backend"),
      frontends: pages.map((page, at) => ({ node: node(page.frontend), statusUrl: urls[at]! })),
      privateKey: keys.private,
      privateKeyPath,
      knownHosts,
      knownHostsPath,
      packages,
      frontendPackages,
      timeouts: { statusInterval: statusInterval / clock.scale },
      sudo,
      node,
      makePackage: (fields) => shelf.make(fields),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The first call does the work, every further one waits for it. */
function once(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => (running ??= work());
}
