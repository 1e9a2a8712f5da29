import type { Machine, Surroundings } from "../machine";
import { Stopwatch } from "../cluster/stopwatch";
import { packageVersion } from "../packages/packageFile";
import { commonPrograms } from "../programs";
import type { Program } from "../programs/program";
import type { MaintainerScript } from "../switches";
import { System, type ProductFile } from "../system";
import { drbdView, inStep, procDrbd, type DrbdView } from "./drbd";
import { EnterpriseNode } from "./enterpriseNode";
import { Keepalived } from "./keepalived";
import { firstFiles, layFolder, opscodeFolder, writeRunning } from "./opscodeFolder";
import { privateChefRb, type ConfiguredMachine } from "./privateChefRb";
import { drbdadm } from "./programs/drbdadm";
import { find } from "./programs/find";
import { privateChefCtl } from "./programs/privateChefCtl";
import { migrationLevelPath } from "../schema";
import { KEEPALIVED } from "./services";
import type { EnterpriseOptions } from "./types";

const exampleBackends = [
  { name: "backend-1", ip: "192.168.33.215" },
  { name: "backend-2", ip: "192.168.33.216" },
] as const;
const exampleFrontends = [
  { name: "frontend-1", ip: "192.168.33.225" },
  { name: "frontend-2", ip: "192.168.33.226" },
];

/** Where a backend says whether it is keepalived's master. */
export const clusterStatusPath = "/var/opt/opscode/keepalived/current_cluster_status";
/** What `cleanup` destroys. */
export const couchdbFolder = "/var/opt/opscode/couchdb";

/**
 * One simulated Private Chef or Enterprise Chef 11 system in high availability: two backends with DRBD and keepalived,
 * and frontends. Everything documented behaves and prints as the vendor's documentation says; where that is silent,
 * lab/README.md names the choice. What can go wrong: `switches(node)`, the methods for machines, `keepalived.fault`.
 */
export class EnterpriseSimulation extends System {
  readonly backends: readonly [EnterpriseNode, EnterpriseNode];
  readonly frontends: readonly EnterpriseNode[];
  readonly keepalived: Keepalived;
  readonly vip: string;
  readonly #unserved = new Stopwatch();

  constructor(options: EnterpriseOptions) {
    super(options);
    const { clock, random, platform } = this;
    const around: Surroundings = { clock, random, platform, changed: () => this.changed() };
    const version = packageVersion(options.version ?? "1.4.6", platform, "private-chef");
    const make = (part: EnterpriseNode["part"]) => (spec: { name: string; ip: string }) =>
      new EnterpriseNode(spec, part, version, this.tree(spec.name), around);
    const [first, second] = options.backends ?? exampleBackends;
    this.backends = [make("bootstrap")(first), make("secondary")(second)];
    this.frontends = (options.frontends ?? exampleFrontends).map(make("frontend"));
    this.vip = options.vip ?? "192.168.33.220";
    this.#layFolders(options.privateChefRb ?? "one file");
    const [bootstrap, secondary] = this.backends;
    const master = options.master === "secondary" ? secondary : bootstrap;
    const onFailover = (to: EnterpriseNode) => this.#failedOver(to);
    const changed = () => this.changed();
    this.keepalived = new Keepalived(bootstrap, secondary, clock, this.timings, changed, master, onFailover);
    this.changed();
  }

  override get machines(): readonly EnterpriseNode[] {
    return [...this.backends, ...this.frontends];
  }

  override machine(node: string): EnterpriseNode {
    return super.machine(node) as EnterpriseNode;
  }

  /** The backend that has the disk and the services; null while there is none. */
  get master(): string | null {
    return this.keepalived.active?.name ?? null;
  }

  /** Frontends that serve clients. */
  get serving(): string[] {
    const { active } = this.keepalived;
    const behind = active?.complete && active.busy !== "upgrade";
    return behind ? this.frontends.filter((each) => each.complete).map(({ name }) => name) : [];
  }

  /** Simulated seconds during which no frontend served. */
  get unservedSeconds(): number {
    return this.#unserved.seconds(this.clock.now());
  }

  /** Installed version by machine. */
  installedVersions(): Record<string, string> {
    return Object.fromEntries(this.machines.map((each) => [each.name, each.installed]));
  }

  /** Version by machine for which `upgrade` last did its work. */
  upgradedVersions(): Record<string, string> {
    return Object.fromEntries(this.machines.map((each) => [each.name, each.upgradedTo]));
  }

  /** Machines that still have CouchDB's data. */
  get oldData(): string[] {
    return this.machines.filter((each) => each.oldData).map(({ name }) => name);
  }

  /** What a backend sees of the replicated disk. */
  drbd(node: EnterpriseNode): DrbdView {
    return drbdView(node, this.peer(node), this.keepalived.active ?? undefined);
  }

  /** The other backend. */
  peer(node: EnterpriseNode): EnterpriseNode {
    return this.backends[node === this.backends[0] ? 1 : 0];
  }

  override addressesOf(machine: Machine): string[] {
    return machine === this.keepalived.active ? [...machine.addresses, this.vip] : [...machine.addresses];
  }

  programsOf(machine: EnterpriseNode): Readonly<Record<string, Program<EnterpriseSimulation>>> {
    const programs = { ...commonPrograms(machine), find, "private-chef-ctl": privateChefCtl };
    return machine.isBackend ? { ...programs, drbdadm } : programs;
  }

  productFile(machine: EnterpriseNode, path: string): ProductFile | undefined {
    const entry = path.startsWith(opscodeFolder) ? machine.tree.read(path) : undefined;
    if (path === migrationLevelPath)
      return { content: `${JSON.stringify({ major: 1, minor: machine.migrationLevel })}\n` };
    if (entry || !machine.isBackend) return entry;
    switch (path) {
      case clusterStatusPath:
        return { content: `${this.keepalived.statusOf(machine)}\n` };
      case "/proc/drbd":
        return machine.switches.drbd === "missing" ? undefined : { content: procDrbd(this.drbd(machine)) };
      case couchdbFolder:
        return machine.oldData ? { content: "", kind: "directory", bytes: 4096 } : undefined;
      case `${couchdbFolder}/opscode_account.couch`:
        return machine.oldData ? { content: "couchdb", bytes: 48_234_496 } : undefined;
    }
    return undefined;
  }

  /** The package's script leaves the services alone, unless it is told otherwise. */
  startPostinst(machine: EnterpriseNode, script: MaintainerScript): void {
    const [, secondary] = this.backends;
    if (machine.isBackend && secondary.running(KEEPALIVED) && secondary.upgradedTo !== machine.installed)
      this.accidents.push(
        `${machine.name}: the package was installed while keepalived ran on ${secondary.name}`,
      );
    if (!machine.isBackend && machine.anythingRuns)
      this.accidents.push(`${machine.name}: the package was installed while its services ran`);
    if (script === "stop" || script === "restart") machine.want(false);
    if (script === "restart")
      this.clock.setTimer(this.timings.scriptRestart * 1000, () => machine.want(true));
  }

  protected settle(): void {
    if (!this.keepalived) return;
    this.keepalived.settle();
    for (const node of this.backends) node.active = node === this.keepalived.active;
    for (const node of this.machines) node.watchServices();
    this.#unserved.set(this.serving.length === 0, this.clock.now());
  }

  #layFolders(shape: "one file" | "per machine"): void {
    const files = firstFiles(this.random);
    const configured: ConfiguredMachine[] = this.machines.map(({ name, ip, part }) => ({
      ...{ name, ip, bootstrap: part === "bootstrap" },
      role: part === "frontend" ? "frontend" : "backend",
    }));
    for (const [at, node] of this.machines.entries()) {
      const named = shape === "one file" ? configured : [configured[at]!];
      layFolder(node.tree, files, privateChefRb(named, this.vip));
      writeRunning(node.tree, node.name, node.upgradedTo);
    }
  }

  #failedOver(to: EnterpriseNode): void {
    const faults = this.backends.some((each) => each.switches.drbd !== null);
    if (faults && !inStep(this.drbd(to)))
      this.accidents.push(`${to.name}: became master on a disk that does not have everything`);
  }
}
