import {
  MigrationSimulation,
  type MigrationOptions,
} from "../../lab/simulation/migration/migrationSimulation";
import { packageFile, packageFileName } from "../../lab/simulation/packages/packageFile";
import { VirtualClock } from "../../lab/simulation/virtualClock";
import type { Context } from "../../provider/execute/context";
import { migrate, type MigrationResult } from "../../provider/migration/migrate";
import { observeMigration } from "../../provider/migration/observeMigration";
import { planMigration } from "../../provider/migration/planMigration";
import { defaultMigrationTimeouts, embeddedKnife, type MigrationSpec } from "../../provider/migration/spec";
import { isOurs } from "../../provider/migration/plan";
import { defaultTimeouts } from "../../provider/plan/spec";
import type { RunEvent } from "../../provider/report/events";
import { showRig } from "../support/labLog";
import { type ClientState, MemoryMachine } from "../support/memoryMachine";
import { MemoryNode, type StartedJob } from "../support/memoryNode";
import { said } from "../support/said";

export const newBackends = ["backend-1", "backend-2", "backend-3"] as const;
export const newFrontends = ["frontend-1", "frontend-2"] as const;
export const oldBackends = ["old-backend-1", "old-backend-2"] as const;
export const oldFrontends = ["old-frontend-1", "old-frontend-2"] as const;

export const backendConfig = 'vip "192.168.33.230"\nvip_interface "eth0"\n';

/** Small, so that many are tried in a moment. */
const small = {
  ...{ nodes: 2, cookbooks: 1, versions: 1, roles: 2, environments: 1, dataBags: 1 },
  ...{ items: 1, policies: 1, members: 1 },
};
export const smallOrganizations = { acme: small, lab: small };

/** Both systems in memory, machines without SSH, and time that passes when all wait. */
export class MigrationRig {
  readonly clock = new VirtualClock();
  readonly sim: MigrationSimulation;
  readonly nodes: readonly MemoryNode[];
  readonly jobs: StartedJob[] = [];
  readonly events: RunEvent[] = [];
  readonly living = new Set<string>();
  /** Called with each event of every client, at once. */
  onEvent?: (event: RunEvent) => void;
  #runs = 0;

  constructor(options: Partial<MigrationOptions> = {}) {
    this.sim = new MigrationSimulation({ ...options, clock: this.clock });
    // The order in which the provider connects them.
    this.nodes = [...newBackends, ...oldBackends, ...newFrontends, ...oldFrontends].map(
      (name) => new MemoryNode(this.sim.sideOf(name), name, this.jobs),
    );
    const format = options.platform ?? "deb";
    const lay = (nodes: readonly string[], name: string, version: string) => {
      for (const node of nodes)
        this.node(node).files.set(
          this.packagePath(name, version),
          Buffer.from(packageFile({ name, version, format })),
        );
    };
    lay(newBackends, "chef-backend", "2.3.16");
    lay(newFrontends, "chef-server-core", "15.9.38");
    showRig(this);
  }

  packagePath(name: string, version: string): string {
    return `/srv/${packageFileName({ name, version, format: this.sim.source.platform })}`;
  }

  spec(change: Partial<MigrationSpec> = {}): MigrationSpec {
    const named = (hosts: readonly string[]) =>
      hosts.map((host) => ({ name: this.node(host).givenName, host }));
    const at = (name: string, version: string) => ({
      path: this.packagePath(name, version),
      staging: null,
      stagedKiB: 0,
    });
    return {
      cluster: {
        version: "2.3.16",
        nodes: named(newBackends),
        packages: { "2.3.16": at("chef-backend", "2.3.16") },
        frontends: {
          nodes: named(newFrontends),
          ...{
            version: "15.9.38",
            packageFile: at("chef-server-core", "15.9.38"),
            acceptLicense: true,
            cleanup: null,
            drain: null,
            reconfigureAddons: false,
            acceptFailedScripts: null,
            loadBalancer: null,
            smokeTest: false,
          },
        },
        ...{ takeOverFailover: false, failoverGuard: 0, breakLock: null, allowDowntime: null },
        ...{ backup: false, rebuildIndex: null, reindexTestOrg: null, acceptFailedScripts: null },
        ...{ timeouts: defaultTimeouts, knownGuids: [], knownMachines: {} },
      },
      source: { backends: named(oldBackends), frontends: named(oldFrontends), knife: embeddedKnife },
      newKnife: embeddedKnife,
      ...{ backendConfig, allowDowntime: "2.3.16", rehearse: false, tidy: true, breakLock: null },
      timeouts: defaultMigrationTimeouts,
      ...change,
    };
  }

  client(signal?: AbortSignal): MigrationClient {
    this.#runs += 1;
    return new MigrationClient(this, `run${this.#runs}`, signal);
  }

  /** One `pulumi up`, start to end. */
  up(change: Partial<MigrationSpec> = {}, client = this.client()): Promise<MigrationResult> {
    return this.clock.run(client.up(this.spec(change)));
  }

  node(name: string): MemoryNode {
    return this.nodes.find((node) => node.name === name)!;
  }

  /** Those that a program lists, by their hosts, under its names. */
  machines({ cluster, source }: MigrationSpec, state: ClientState): MemoryMachine[] {
    const all = [cluster.nodes, source.backends, cluster.frontends.nodes, source.frontends];
    return all.flat().map(({ name, host }) => new MemoryMachine(this.node(host), state, name));
  }

  /** Changing commands so far, as `backend-2 join-cluster`. */
  commands(): string[] {
    return this.sim.history.map(({ node, argv }) => `${node} ${essence(argv)}`);
  }

  texts(type: RunEvent["type"]): string[] {
    return this.events.flatMap((event) => (event.type === type ? [event.text] : []));
  }

  /** What a preview would fail for now. */
  async refusals(change: Partial<MigrationSpec> = {}): Promise<string[]> {
    const spec = this.spec(change);
    const machines = this.machines(spec, this.client().state);
    const state = await this.clock.run(observeMigration(spec, machines, this.clock, "full"));
    const { refusals, owed } = planMigration(spec, state);
    return refusals.filter((each) => !isOurs(each, owed)).map(said);
  }

  /** Files of ours that hold secrets and shall not lie anywhere, by node. */
  get secretsLeft(): string[] {
    return this.nodes.flatMap(({ name, files }) =>
      [...files.keys()].filter((path) => path.includes("/secret-")).map((path) => `${name} ${path}`),
    );
  }

  /** Copies of the server's data that lie on any machine: an archive by its name, a folder's by the folder's. */
  copies(): string[] {
    const found = this.nodes.flatMap(({ name, files }) =>
      [...files.keys()].flatMap((path) => {
        const copy = /\/files\/(migration(?:\.tar\.gz|-backup|-check))/.exec(path)?.[1];
        return copy ? [`${name} ${copy}`] : [];
      }),
    );
    return [...new Set(found)];
  }
}

/** A changing command in a few words. */
function essence(argv: readonly string[]): string {
  const words = argv.filter((word) => !/^(env$|\w+=)/.test(word));
  const [program = "", ...rest] = words;
  if (/knife$/.test(program)) return rest.slice(0, 2).join(" ");
  if (program.endsWith("-ctl")) return rest[0] ?? "";
  return ["dpkg", "yum", "rpm"].includes(program) ? "install" : program;
}

/** One run of the provider: what a process of it would be. */
export class MigrationClient {
  readonly state: ClientState = { dead: false, unreachable: new Set() };
  #killed: (value: never) => void = () => undefined;

  constructor(
    private readonly rig: MigrationRig,
    private readonly name: string,
    private readonly signal?: AbortSignal,
  ) {}

  up(spec: MigrationSpec): Promise<MigrationResult> {
    const { rig } = this;
    let ids = 0;
    rig.living.add(this.name);
    const context: Context = {
      clock: rig.clock,
      report: (event) => {
        rig.events.push(event);
        rig.onEvent?.(event);
      },
      timestamp: () => new Date(rig.clock.now()).toISOString(),
      newId: () => `${this.name}${ids++ || ""}`,
      owner: `${this.name}@laptop`,
      process: this.name,
      isAlive: (process) => rig.living.has(process),
      signal: this.signal,
    };
    const machines = rig.machines(spec, this.state);
    const killed = new Promise<never>((_resolve, reject) => (this.#killed = reject));
    return Promise.race([migrate(spec, machines, context), killed]).finally(() =>
      rig.living.delete(this.name),
    );
  }

  /** kill -9: from now on nothing of this client happens any more; its jobs on the nodes go on. */
  kill(): void {
    this.state.dead = true;
    this.rig.living.delete(this.name);
    this.#killed(new Error("killed") as never);
  }
}
