import type { RunRecord } from "../../provider/cluster/record";
import type { ShardHealth } from "../../provider/chef/cluster/searchHealth";
import type { SearchIndex } from "../../provider/chef/cluster/searchIndices";
import type {
  ClusterRow,
  ClusterState,
  FrontendState,
  InstalledPackage,
  MachineState,
  NodeState,
  PackageFile,
  ServiceRow,
} from "../../provider/cluster/state";
import { parseBackendConfig } from "../../provider/chef/cluster/backendConfig";
import { compareVersions } from "../../provider/versions/version";
import { documentedPlaces } from "../../provider/chef/cluster/places";
import { backendDisks, licenseMarkers } from "../../provider/commands/facts";
import {
  defaultFailoverGuard,
  defaultTimeouts,
  type FrontendsSpec,
  type UpgradeSpec,
} from "../../provider/plan/spec";

/** Names of the services of one backend, as `status` lists them. */
const services = ["elasticsearch", "epmd", "etcd", "leaderl", "postgresql"];

const frontendServices = ["nginx", "oc_bifrost", "opscode-erchef"];

/** The node's clock in every reading; packages were installed a day before, services started since. */
export const now = 1_700_000_000;
const day = 86_400;

interface Draft {
  name: string;
  role: "leader" | "follower" | "waiting_for_leader" | "missing";
  change: Partial<NodeState>;
}

/** A healthy cluster of 2.1.0 with the first `leader` and `follower`s that are named. */
export function aCluster(): ClusterBuilder {
  return new ClusterBuilder();
}

/** The usual three: backend-1 leads. */
export function threeBackends(): ClusterBuilder {
  return aCluster().leader("backend-1").follower("backend-2").follower("backend-3");
}

/** Builds what a reading of a cluster gave. Every method changes one fact and returns the builder. */
export class ClusterBuilder {
  readonly #nodes: Draft[] = [];
  readonly #frontends: { name: string; change: Partial<FrontendState> }[] = [];
  #version = "2.1.0-1";
  #family: "deb" | "rpm" = "deb";
  #searchMaster = "";
  #failover: "on" | "off" | null = null;
  #record: RunRecord | null = null;
  #lock: string | null = null;
  #indexVersion: string | null = "5.6.16";
  #searchVersion: string | null = "5.6.16";
  #indices: readonly SearchIndex[] | null = [{ name: "chef", health: "green", open: true }];

  leader(name: string): this {
    return this.#add(name, "leader");
  }

  follower(name: string): this {
    return this.#add(name, "follower");
  }

  /** Reachable, but its services are down: no longer in the table. */
  missing(name: string): this {
    return this.#add(name, "missing");
  }

  waiting(name: string): this {
    return this.#add(name, "waiting_for_leader");
  }

  /** What every node has installed and runs, unless told otherwise. */
  at(version: string): this {
    this.#version = withIteration(version);
    return this;
  }

  rpm(): this {
    this.#family = "rpm";
    return this;
  }

  searchMaster(name: string): this {
    this.#searchMaster = name;
    return this;
  }

  /** What the columns on blocked leaders say; without this there are none (before 2.0.30). */
  failoverShown(as: "on" | "off"): this {
    this.#failover = as;
    return this;
  }

  /** A run record on every node; by default of an unfinished run that has turned failover off. */
  record(change: Partial<RunRecord> = {}): this {
    this.#record = {
      ...{ seq: 3, run: "run-1", from: "2.1.0-1", to: "2.3.16", leaderAtStart: "backend-1" },
      ...{ failover: "off", inside: null, insideGuid: null, finished: false },
      ...{ hop: null, begun: [], done: [], cleanedUp: null, times: {} },
      ...change,
    };
    return this;
  }

  /** The record of a run that broke off while it was on this node. */
  inside(name: string, change: Partial<RunRecord> = {}): this {
    return this.record({ inside: name, insideGuid: guidOf(name), ...change });
  }

  lockedBy(run: string): this {
    this.#lock = run;
    return this;
  }

  /** Installed by us and upgraded to the end. */
  upgraded(name: string, version = "2.3.16"): this {
    return this.with(name, {
      package: installed(version),
      upgradedTo: withIteration(version),
      running: { kind: "installed", because: "our upgrade ended well" },
    });
  }

  /** The package is there, the services still run the build before it. */
  installedOnly(name: string, version = "2.3.16"): this {
    return this.with(name, {
      package: installed(version),
      running: { kind: "older", because: "every service was started before the package was installed" },
    });
  }

  unknownRunning(name: string): this {
    return this.with(name, { running: { kind: "unknown", because: "the node was rebooted" } });
  }

  interrupted(name: string, version = "2.3.16", change: Partial<InstalledPackage> = {}): this {
    const detail =
      this.#family === "deb"
        ? `dpkg: install ok half-configured ${withIteration(version)}`
        : `rpm: 2.1.0-1 and ${withIteration(version)}`;
    return this.with(name, {
      package: { ...installed(version), state: "interrupted", detail, ...change },
    });
  }

  unreachable(name: string, why = "no connection"): this {
    return this.with(name, {
      ...{ unreachable: why, root: false, family: null, addresses: [], services: [], disks: [] },
      ...{ clusterStatus: why, status: why, packageFiles: {}, record: null },
      ...{ printed: { clusterStatus: null, status: null }, unread: [], runitUnknown: null },
      ...{ dataEntries: null, dataPath: null },
      ...{ indexVersion: null, indices: null, searchVersion: null, shards: null },
      ...{ watermark: null, dataFolder: null, dataDisk: null },
      ...{ licenses: [], drbd: "" },
      package: { state: "absent", version: null, detail: "not reachable", installedAt: null },
      running: { kind: "unknown", because: "the node is not reachable" },
    });
  }

  /** The node's package file of one version; others are as they were. */
  packageFile(name: string, change: Partial<PackageFile>, version = "2.3.16"): this {
    const { packageFiles = { "2.3.16": goodFile } } = this.#draft(name).change;
    return this.with(name, { packageFiles: { ...packageFiles, [version]: { ...goodFile, ...change } } });
  }

  /** The release of Elasticsearch that made the index, as every node tells; null: it could not be read. */
  indexMadeBy(version: string | null): this {
    this.#indexVersion = version;
    return this;
  }

  /** Every index, as every node lists them; null: they could not be read. */
  withIndices(indices: readonly SearchIndex[] | null): this {
    this.#indices = indices;
    return this;
  }

  /** The release of Elasticsearch that runs on every node; null: none answers. */
  searchRuns(version: string | null): this {
    this.#searchVersion = version;
    return this;
  }

  /** Reachable, but all its services are down, as after `down-for-upgrade`: nothing local answers. */
  allDown(name: string): this {
    this.#draft(name);
    return this.missing(name).with(name, {
      ...{ indexVersion: null, indices: null, searchVersion: null, shards: null },
    });
  }

  /** A healthy frontend. */
  frontend(name: string, change: Partial<FrontendState> = {}): this {
    this.#frontends.push({ name, change: { ...change } });
    return this;
  }

  /** Any other fact of one frontend. */
  withFrontend(name: string, change: Partial<FrontendState>): this {
    const frontend = this.#frontends.find((each) => each.name === name);
    if (!frontend) throw new Error(`the builder has no frontend ${name}`);
    Object.assign(frontend.change, change);
    return this;
  }

  /** Any other fact of one node. */
  with(name: string, change: Partial<NodeState>): this {
    Object.assign(this.#draft(name).change, change);
    return this;
  }

  state(): ClusterState {
    const rows = this.#rows();
    const nodes = this.#nodes.map((draft, index) => this.#node(draft, index, rows));
    const frontends = this.#frontends.map(({ name, change }, index) => ({
      ...this.#frontend(name, index),
      ...change,
    }));
    return { startedAt: 0, endedAt: 500, nodes, frontends };
  }

  #draft(name: string): Draft {
    const node = this.#nodes.find((each) => each.name === name);
    if (!node) throw new Error(`the builder has no node ${name}`);
    return node;
  }

  #add(name: string, role: Draft["role"]): this {
    const known = this.#nodes.find((each) => each.name === name);
    if (known) known.role = role;
    else this.#nodes.push({ name, role, change: {} });
    return this;
  }

  #rows(): ClusterRow[] {
    const master = this.#searchMaster || this.#nodes.at(-1)?.name;
    const shown = this.#failover === "off" ? "blocked" : "not_blocked";
    return this.#nodes.flatMap(({ name, role }, index) =>
      role === "missing"
        ? []
        : [
            {
              ...{ name, role, ip: ipOf(index), guid: guidOf(name) },
              pg: role === "waiting_for_leader" ? "syncing" : role,
              es: name === master ? "master" : "not_master",
              extra: (this.#failover === null ? {} : { blocked: shown }) as Record<string, string>,
            },
          ],
    );
  }

  #node({ name, role, change }: Draft, index: number, rows: ClusterRow[]): NodeState {
    const out = role === "missing";
    const node: NodeState = {
      ...this.#machine(name, `boot-${index}`, ipOf(index)),
      package: installed(this.#version),
      disks: backendDisks(documentedPlaces).map(roomy),
      running: { kind: "installed", because: "every service was started after the package was installed" },
      services: services.map((service) => ({ service, up: !out, seconds: 3600 })),
      clusterStatus: out ? "chef-backend-ctl cluster-status ended with 1: no etcd" : rows,
      status: out ? "chef-backend-ctl status ended with 1: no etcd" : this.#status(),
      ...{
        printed: { clusterStatus: out ? null : "", status: out ? null : "" },
        unread: [],
        runitUnknown: null,
      },
      ...{ config: parseBackendConfig("vip '192.168.33.214'"), record: this.#record, drbd: "" },
      ...{ dataEntries: null, dataPath: null },
      ...{ indexVersion: this.#indexVersion, searchVersion: this.#searchVersion },
      ...{ indices: this.#indices, shards: settledShards(this.#nodes.length) },
      dataFolder: documentedPlaces.searchData,
      ...{ watermark: { low: "85%", from: "its default" }, dataDisk: roomy(documentedPlaces.searchData) },
      licenses: [...licenseMarkers.backend],
      ...{ isFrontend: false, claim: null, taken: null, dataUsedKiB: 9_000_000 },
      postgres: "9.5",
      packageFiles: { "2.3.16": goodFile },
    };
    return { ...node, ...change };
  }

  #frontend(name: string, index: number): FrontendState {
    return {
      ...this.#machine(name, `boot-frontend-${index}`, frontendIpOf(index)),
      package: installed("15.9.38-1"),
      services: frontendServices.map((service) => ({ service, up: true, seconds: 3600 })),
      packageFiles: { "15.10.12": goodFrontendFile },
      licenses: [...licenseMarkers.frontend],
      addons: [],
      ...{ isBackend: false, openSource: false, hasRsync: true },
      ...{ address: frontendIpOf(index), port: 443, failing: [], api: "200" },
      asksPostgres: false,
      ...{ answer: "pong", down: [], migrationLevel: '{"major":1,"minor":34}' },
      migrations: { at: "1.34", last: "1.34", pending: false },
    };
  }

  /** What backends and frontends have in common. */
  #machine(name: string, bootId: string, address: string): Omit<MachineState, "package" | "packageFiles"> {
    return {
      ...{ name, host: name, unreachable: null, root: true, family: this.#family, bootId },
      ...{ machineId: `machine-${name}`, reachedAt: address, otherMachine: null, interfaces: [[address]] },
      ...{ os: "Ubuntu 18.04", osId: "ubuntu", osVersion: "18.04", stateDir: "/var/lib/pulumi-chef-backend" },
      ...{ clockOffset: 0, clockUncertainty: 0.01, now, uptime: 30 * day, addresses: [address] },
      disks: ["/opt", "/var/opt", "/var/log", "/var/lib"].map(roomy),
      lock: this.#lock ? { run: this.#lock, owner: "me@laptop", process: "p", age: 10, silent: 1 } : null,
      ...{ osLike: [], fips: false },
      ...{ upgradedTo: "", services: [], unwatched: [], packageLock: null, diversions: [], jobs: [] },
    };
  }

  #status(): ServiceRow[] {
    const size = this.#nodes.length;
    const count = (role: Draft["role"]) => String(this.#nodes.filter((node) => node.role === role).length);
    const up = size - Number(count("missing"));
    const colour = up === size ? "green" : "yellow";
    const [leader, follower, waiting] = [count("leader"), count("follower"), count("waiting_for_leader")];
    const distributed: Record<string, Record<string, string>> = {
      elasticsearch: { state: colour, "nodes online": `${up}/${size}` },
      epmd: { status: "local-only" },
      etcd: { health: colour, "healthy nodes": `${up}/${size}` },
      leaderl: { leader, waiting, follower, total: String(up) },
      postgresql: { leader, offline: count("missing"), syncing: waiting, synced: follower },
    };
    const row = (service: string, local: string, figures: Record<string, string>): ServiceRow => {
      const view = Object.entries(figures).map(([key, value]) => `${key}: ${value}`);
      return { service, local, view: view.join("; "), distributed: figures };
    };
    const disks = "/var/log/chef-backend: OK; /var/opt/chef-backend: OK";
    return [
      ...services.map((service, pid) => row(service, `running (pid ${1000 + pid})`, distributed[service]!)),
      ...(compareVersions(this.#version, "1.4.6") >= 0 ? [row("disks", disks, distributed.etcd!)] : []),
    ];
  }
}

const roomy = (path: string) => ({
  path,
  mount: "/",
  sizeKiB: 40 * 1024 * 1024,
  availableKiB: 10 * 1024 * 1024,
});

export const guidOf = (name: string): string => Buffer.from(name).toString("hex").padStart(32, "0");
export const ipOf = (index: number): string => `192.168.33.${215 + index}`;
export const frontendIpOf = (index: number): string => `192.168.33.${21 + index}`;
export const withIteration = (version: string): string => (/-/.test(version) ? version : `${version}-1`);

/** The package file, right as it is. */
export const goodFile: PackageFile = {
  path: "/srv/chef-backend_2.3.16-1_amd64.deb",
  problem: null,
  missing: false,
  unpackedKiB: 500_000,
};

/** A frontend's package file, right as it is; a healthy frontend has it for 15.10.12. */
export const goodFrontendFile: PackageFile = {
  ...{
    path: "/srv/chef-server-core_15.10.12-1_amd64.deb",
    problem: null,
    missing: false,
    unpackedKiB: 900_000,
  },
};

export function installed(version: string): InstalledPackage {
  const full = withIteration(version);
  return {
    state: "installed",
    version: full,
    detail: `install ok installed ${full}`,
    installedAt: now - day,
  };
}

/** Every node is there, every shard in its place. */
export const settledShards = (nodes: number): ShardHealth => ({
  ...{ status: "green", nodes, relocating: 0, initializing: 0, unassigned: 0, delayed: 0 },
  primariesActive: true,
});

/** What a program asks for: 2.3.16 on these three backends, the package already there. */
export function aSpec(change: Partial<UpgradeSpec> = {}): UpgradeSpec {
  return {
    version: "2.3.16",
    nodes: ["backend-1", "backend-2", "backend-3"].map((name) => ({ name, host: name })),
    packages: { "2.3.16": { path: goodFile.path, staging: null, stagedKiB: 0 } },
    takeOverFailover: false,
    failoverGuard: defaultFailoverGuard,
    breakLock: null,
    ...{
      allowDowntime: null,
      acceptFailedScripts: null,
      backup: true,
      rebuildIndex: null,
      reindexTestOrg: null,
      frontends: null,
    },
    timeouts: defaultTimeouts,
    knownGuids: [],
    knownMachines: {},
    ...change,
  };
}

/** Two frontends, frontend-1 and frontend-2, which are to stay as they are. */
export function aFrontends(change: Partial<FrontendsSpec> = {}): FrontendsSpec {
  return {
    nodes: ["frontend-1", "frontend-2"].map((name) => ({ name, host: name })),
    ...{ version: null, packageFile: null, acceptLicense: false, cleanup: null, acceptFailedScripts: null },
    ...{ loadBalancer: null, smokeTest: false },
    ...{ drain: null, reconfigureAddons: false },
    ...change,
  };
}

/** Freezes a value through and through: whoever changes it throws. */
export function frozen<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(frozen);
  }
  return value;
}
