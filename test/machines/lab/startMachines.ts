import { randomBytes } from "node:crypto";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { createCluster, type Intervals, leaderAsToldBy, shelf, shortIntervals, vipHost } from "./cluster";
import { attempt } from "./host";
import { Keeper } from "./keeper";
import { Machine, type MachineSettings } from "./machine";
import { Network } from "./network";
import { installFrontends, setUpFrontends } from "./frontends";
import { basePackage, packageFile, type Product } from "./packages";
import { showIfFailed } from "../../support/labLog";
import { lastChangesOn } from "./truth";
import { makeLogins, writeSeed } from "./seeds";

export interface MachinesOptions {
  /** Of every machine. */
  readonly family?: "deb" | "rpm";
  /** The release that the cluster is created with. */
  readonly version?: string;
  /** Releases whose packages lie on every backend, besides. */
  readonly packages?: readonly string[];
  /** The release of chef-server-core that the frontends have; without it nothing is installed on them. */
  readonly frontendVersion?: string;
  /** Releases of it whose packages lie on every frontend, besides. */
  readonly frontendPackages?: readonly string[];
  readonly intervals?: Intervals;
  /** Whether the backends are a cluster when this is done; without it nothing is installed on them. */
  readonly cluster?: boolean;
  /** Size of each machine's disk. */
  readonly diskMiB?: number;
}

/** Three backends, two frontends and a bastion: real machines as far as one kernel can have them. */
export interface Machines {
  readonly id: string;
  readonly backends: readonly Machine[];
  readonly frontends: readonly Machine[];
  readonly bastion: Machine;
  readonly all: readonly Machine[];
  readonly vip: string;
  readonly privateKey: string;
  readonly adminPassword: string;
  /** Content of a known_hosts file. */
  readonly knownHosts: string;
  machine(name: string): Machine;
  /** Where the package of a release lies on every backend, or frontend. */
  packagePath(version: string, product?: Product): string;
  /** The backend that leads, as the backends tell. */
  leader(): Promise<Machine>;
  /** Ends every process and takes everything away. */
  close(): Promise<void>;
}

/** Starts them; when this process ends without `close`, they end, too. @throws Error where `whyNoMachines` says why */
export async function startMachines(options: MachinesOptions = {}): Promise<Machines> {
  const { family = "deb", version = "2.1.0", packages = ["2.3.16"], intervals = shortIntervals } = options;
  const { cluster = true, diskMiB = 2048 } = options;
  const id = randomBytes(3).toString("hex");
  const folder = join(tmpdir(), `pulumi-chef-backend-machines-${id}`);
  const settings = plan(family, folder, diskMiB);
  const build = (product: Product, versions: readonly (string | undefined)[]) =>
    Promise.all(
      [...new Set(versions)].flatMap((each) => (each ? packageFile({ product, version: each, family }) : [])),
    );
  const { frontendVersion, frontendPackages = [] } = options;
  const files = {
    backend: await build("chef-backend", [version, ...packages]),
    frontend: await build("chef-server-core", [frontendVersion, ...frontendPackages]),
    bastion: [],
  };
  const base = family === "rpm" ? [await basePackage()] : [];
  await mkdir(folder, { mode: 0o700 });
  await writeFile(join(folder, "pid"), String(process.pid));
  const network = await Network.create(id);
  const keeper = await Keeper.start(
    folder,
    network.bridge,
    diskMiB,
    settings.map((each) => each.name),
  );
  const close = async () => {
    await keeper.close();
    // It has done this, unless it was killed.
    await attempt(["ip", "link", "del", network.bridge]);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const logins = makeLogins();
    const addressOf = (host: number) => network.address(host);
    const lines = await Promise.all(
      settings.map((each) => writeSeed(each, addressOf, settings, logins, [...base, ...files[each.kind]])),
    );
    const all = settings.map((each) => new Machine(each, keeper, network));
    await Promise.all(all.map((machine) => machine.boot()));
    const backends = all.filter((machine) => machine.kind === "backend");
    const vip = addressOf(vipHost);
    const frontends = all.filter((machine) => machine.kind === "frontend");
    await Promise.all([
      cluster && createCluster(backends, files.backend[0]!, vip, intervals),
      frontendVersion && installFrontends(frontends, files.frontend[0]!),
    ]);
    if (frontendVersion) await setUpFrontends(frontends, backends[0]!);
    const machine = (name: string) => all.find((each) => each.name === name)!;
    for (const each of backends)
      showIfFailed(`What was done on ${each.name} last`, () => lastChangesOn(each));
    return {
      ...{ id, all, backends, vip, machine, ...logins, knownHosts: lines.join("") },
      frontends,
      bastion: machine("bastion"),
      packagePath: (of, product) => {
        const known = product === "chef-server-core" ? files.frontend : files.backend;
        return `${shelf}/${basename(known.find((file) => basename(file).includes(`${of}-1`))!)}`;
      },
      leader: () => leaderOf(backends),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function plan(family: "deb" | "rpm", folder: string, diskMiB: number): MachineSettings[] {
  const some = (kind: MachineSettings["kind"], hosts: readonly number[]) =>
    hosts.map((host, at): MachineSettings => {
      const name = kind === "bastion" ? kind : `${kind}-${at + 1}`;
      return { name, kind, family, host, folder, diskMiB };
    });
  return [...some("backend", [11, 12, 13]), ...some("frontend", [21, 22]), ...some("bastion", [31])];
}

async function leaderOf(backends: readonly Machine[]): Promise<Machine> {
  for (const told of backends.filter((each) => each.isOn)) {
    const name = await leaderAsToldBy(told);
    const found = backends.find((each) => each.name === name);
    if (found) return found;
  }
  throw new Error("nobody leads");
}
