import { packageFile, type LabPackage } from "../../lab/simulation/packages/packageFile";
import { Simulation } from "../../lab/simulation/simulation";
import type { SimulationOptions } from "../../lab/simulation/types";
import { VirtualClock } from "../../lab/simulation/virtualClock";
import type { ClusterContext, RunHere } from "../../provider/execute/context";
import { upgradeCluster, type UpgradeResult } from "../../provider/execute/upgradeCluster";
import {
  defaultFailoverGuard,
  defaultTimeouts,
  type FrontendsSpec,
  type UpgradeSpec,
} from "../../provider/plan/spec";
import type { RunEvent } from "../../provider/report/events";
import { showRig } from "./labLog";
import { type ClientState, fallAsleep, MemoryMachine } from "./memoryMachine";
import { MemoryNode, type StartedJob } from "./memoryNode";

export const names = ["backend-1", "backend-2", "backend-3"] as const;
export const debPath = "/srv/chef-backend_2.3.16-1_amd64.deb";
export const rpmPath = "/srv/chef-backend-2.3.16-1.el7.x86_64.rpm";
export const frontendNames = ["frontend-1", "frontend-2"] as const;
/** Where the package of a version lies on every node, beside the usual one. */
export const packageAt = (name: string, version: string) => `/srv/${name}_${version}-1_amd64.deb`;

/** The main job in memory: a simulated cluster, machines without SSH, and time that passes when all wait. */
export class Rehearsal {
  readonly clock = new VirtualClock();
  readonly sim: Simulation;
  readonly nodes: MemoryNode[];
  readonly frontends: MemoryNode[];
  readonly events: RunEvent[] = [];
  /** How each run ended, in its own words. */
  readonly ends: string[] = [];
  /** Every job that was started, in order, with the truth of that moment. */
  readonly jobs: StartedJob[] = [];
  /** Called with each event of every client, at once. */
  onEvent?: (event: RunEvent) => void;
  /** When the leadership changed in truth (milliseconds), for whatever reason. */
  readonly moves: number[] = [];
  /** What a line of shell does on the machine that runs Pulumi. */
  runHere: RunHere = (line) => Promise.reject(new Error(`nobody was to run ${line}`));
  #runs = 0;
  #living = new Set<string>();

  constructor(options: Partial<SimulationOptions> = {}, pkg: Partial<LabPackage> = {}) {
    const backends = names.map((name, index) => ({ name, ip: `192.168.33.${215 + index}` }));
    this.sim = new Simulation({ clock: this.clock, version: "2.1.0", backends, ...options });
    this.#watchLeader();
    this.nodes = names.map((name) => new MemoryNode(this.sim, name, this.jobs));
    const format = options.platform ?? "deb";
    for (const node of this.nodes)
      node.files.set(
        format === "deb" ? debPath : rpmPath,
        Buffer.from(packageFile({ version: "2.3.16", format, ...pkg })),
      );
    this.frontends = this.sim.frontends.map((each) => new MemoryNode(this.sim, each.name, this.jobs));
    showRig(this);
  }

  /** Lays further packages (deb) on the nodes: of chef-backend, or of chef-server-core on the frontends. */
  lay(
    version: string,
    name: "chef-backend" | "chef-server-core" = "chef-backend",
    pkg: Partial<LabPackage> = {},
  ): void {
    const bytes = Buffer.from(packageFile({ name, version, ...pkg }));
    for (const node of name === "chef-backend" ? this.nodes : this.frontends)
      node.files.set(packageAt(name, version), bytes);
  }

  /** The frontends of the simulation, as a program gives them. */
  frontendsSpec(change: Partial<FrontendsSpec> = {}): FrontendsSpec {
    return {
      nodes: this.frontends.map(({ name, givenName }) => ({ name: givenName, host: name })),
      ...{ version: null, packageFile: null, acceptLicense: false, cleanup: null, acceptFailedScripts: null },
      ...{ loadBalancer: null, smokeTest: false },
      ...{ drain: null, reconfigureAddons: false },
      ...change,
    };
  }

  #watchLeader(): void {
    const { sim } = this;
    const changed = sim.changed.bind(sim);
    const leads = () => (sim.cluster.led ? sim.leader : null);
    let leader = leads();
    sim.changed = () => {
      changed();
      if (leads() !== leader) this.moves.push(this.clock.now());
      leader = leads();
    };
  }

  spec(change: Partial<UpgradeSpec> = {}): UpgradeSpec {
    return {
      version: "2.3.16",
      nodes: this.nodes.map(({ name, givenName }) => ({ name: givenName, host: name })),
      packages: {
        "2.3.16": { path: this.sim.platform === "deb" ? debPath : rpmPath, staging: null, stagedKiB: 0 },
      },
      takeOverFailover: false,
      failoverGuard: defaultFailoverGuard,
      breakLock: null,
      allowDowntime: null,
      acceptFailedScripts: null,
      backup: true,
      rebuildIndex: null,
      reindexTestOrg: null,
      frontends: this.frontends.length > 0 ? this.frontendsSpec() : null,
      timeouts: defaultTimeouts,
      knownGuids: [],
      knownMachines: {},
      ...change,
    };
  }

  /** A client of its own: kill it, or take nodes out of its reach. */
  client(signal?: AbortSignal): Client {
    this.#runs += 1;
    return new Client(this, `run${this.#runs}`, this.#living, signal);
  }

  /** One `pulumi up`, start to end. */
  up(change: Partial<UpgradeSpec> = {}, client: Client = this.client()): Promise<UpgradeResult> {
    return this.clock.run(client.up(this.spec(change)));
  }

  node(name: string): MemoryNode {
    return [...this.nodes, ...this.frontends].find((node) => node.name === name)!;
  }

  /** Changing commands on the cluster so far, as `backend-2 upgrade`. */
  commands(): string[] {
    return commandsOf(this.sim.history);
  }

  /** What was waited for and noted. */
  texts(type: RunEvent["type"]): string[] {
    return this.events.flatMap((event) => (event.type === type ? [event.text] : []));
  }
}

/** What changed something on a lab's machines, as `backend-2 upgrade`. */
export const commandsOf = (history: readonly { node: string; argv: readonly string[] }[]): string[] =>
  history.map(({ node, argv }) => `${node} ${essence(argv)}`);

/** `dpkg … -i FILE` is `install`; a control command is its words after the program. */
export function essence(argv: readonly string[]): string {
  const words = argv.filter((word) => !/^(env$|DEBIAN_FRONTEND=|ZYPP_LOCK_TIMEOUT=)/.test(word));
  if (/^(chef-backend-ctl|chef-server-ctl)$/.test(words[0]!)) return words.slice(1).join(" ");
  if (words.includes("--configure")) return "configure";
  return ["dpkg", "yum", "dnf", "zypper", "rpm"].includes(words[0]!) ? "install" : words.join(" ");
}

/** One run of the provider: what a process of it would be. */
export class Client {
  readonly state: ClientState = { dead: false, unreachable: new Set(), now: () => this.#now() };
  /** Milliseconds for which its own clock has stood still, and since when it does. */
  #stoodStill = 0;
  #asleepSince: number | null = null;
  /** Whether a process still lives; a client elsewhere (`() => null`) cannot tell. */
  knows = (process: string): boolean | null => this.living.has(process);
  #killed: (value: never) => void = () => undefined;

  constructor(
    private readonly rehearsal: Rehearsal,
    private readonly name: string,
    private readonly living: Set<string>,
    private readonly signal?: AbortSignal,
  ) {}

  up(spec: UpgradeSpec): Promise<UpgradeResult> {
    const { nodes, frontends } = this.rehearsal;
    // A host is the node's own name; whatever else it is, its place counts.
    const at = (hosts: UpgradeSpec["nodes"], its: readonly MemoryNode[]) =>
      hosts.map(({ name, host }, place) => {
        const node = [...nodes, ...frontends].find((each) => each.name === host) ?? its[place]!;
        return new MemoryMachine(node, this.state, name);
      });
    const machines = [...at(spec.nodes, nodes), ...at(spec.frontends?.nodes ?? [], frontends)];
    let ids = 0;
    this.living.add(this.name);
    const { clock } = this.rehearsal;
    const context: ClusterContext = {
      clock: {
        now: () => this.#now(),
        timeOfDay: () => clock.now(),
        sleep: (ms, signal) => clock.sleep(ms, signal),
      },
      report: (event) => {
        this.rehearsal.events.push(event);
        this.rehearsal.onEvent?.(event);
      },
      timestamp: () => new Date(this.rehearsal.clock.now()).toISOString(),
      newId: () => `${this.name}${ids++ || ""}`,
      owner: `${this.name}@laptop`,
      process: this.name,
      isAlive: (process) => this.knows(process),
      runHere: (...given) => (this.state.dead ? new Promise(() => {}) : this.rehearsal.runHere(...given)),
      signal: this.signal,
    };
    const killed = new Promise<never>((_resolve, reject) => (this.#killed = reject));
    const run = upgradeCluster(spec, machines, context).then((result) => {
      this.rehearsal.ends.push(`${this.name}: ${result.failure?.error.message ?? "well"}`);
      return result;
    });
    return Promise.race([run, killed]).finally(() => this.living.delete(this.name));
  }

  /** From now on every call of this client waits, and its clock stands still; gives what wakes it up. */
  fallAsleep(): () => void {
    const wakeUp = fallAsleep(this.state);
    const since = (this.#asleepSince ??= this.rehearsal.clock.now());
    return () => {
      this.#asleepSince = null;
      this.#stoodStill += this.rehearsal.clock.now() - since;
      wakeUp();
    };
  }

  #now(): number {
    return (this.#asleepSince ?? this.rehearsal.clock.now()) - this.#stoodStill;
  }

  /** kill -9: from now on nothing of this client happens any more; its jobs on the nodes go on. */
  kill(): void {
    this.state.dead = true;
    this.living.delete(this.name);
    this.#killed(new Error("killed") as never);
  }
}
