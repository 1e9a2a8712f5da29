import type { SearchHealth } from "../cluster/health";
import type { Hop } from "../cluster/hop";
import type { ClusterState } from "../cluster/state";
import { type Staging, verifiedCopy } from "../machine/machine";
import { mixesElasticsearch, runsMixed } from "../paths/searchIndex";
import { satisfies } from "../versions/version";

/** Limits and intervals, in seconds. */
export interface Timeouts {
  /** A package installation on one node. */
  readonly install: number;
  /** One `chef-backend-ctl upgrade`. */
  readonly upgrade: number;
  /** From the end of `upgrade` to the verified rejoin. */
  readonly rejoin: number;
  /** The longest that a rejoin, or an `upgrade` that waits for one, is waited for as long as the data there grow. */
  readonly resync: number;
  /** Switching failover, and seeing it switched. */
  readonly failover: number;
  /** Bringing the package file onto one node. */
  readonly stage: number;
  /** A package manager that is busy with something else. */
  readonly packageLock: number;
  /** A cluster that is not healthy between two nodes, though it was. */
  readonly healthy: number;
  /** One backup on one machine. */
  readonly backup: number;
  /** `reconfigure`, `start` or `stop` of one frontend's or backend's services, until they answer. */
  readonly services: number;
  /** `chef-server-ctl reindex`, of everything. */
  readonly reindex: number;
  /**
   * How old leaderl's view of other nodes can be, at least: `status_internal_update_interval_seconds` +
   * `status_post_update_interval_seconds` of each backend's chef-backend.rb count where they are more. 0: they alone.
   */
  readonly statusInterval: number;
}

/**
 * Sensible for real machines; vendor's reference for the backup (600 s). About
 * two minutes of reindexing for 1,000 nodes (vendor's upgrade page): the default is enough for 100,000.
 */
export const defaultTimeouts: Timeouts = {
  install: 900,
  upgrade: 1800,
  rejoin: 900,
  resync: 86_400,
  failover: 120,
  stage: 3600,
  packageLock: 300,
  healthy: 300,
  backup: 600,
  services: 900,
  reindex: 14_400,
  statusInterval: 0,
};

/** Seconds (issue on real machines). Long enough for a laptop that is carried to the next room. */
export const defaultFailoverGuard = 300;

/** Where the package of the wanted version is, on each node, once it has been staged. */
export interface PackageSource {
  /** Absolute path on the node; for what we stage, the file's name. */
  readonly path: string;
  readonly sha256?: string;
  /** How it comes there; null when the operator has put it there. */
  readonly staging: Staging | null;
  /** Size to be staged, in KiB; 0 when unknown or nothing is staged. */
  readonly stagedKiB: number;
  /** Why the file on this machine is not the one to be uploaded, and the input that names it; missing where it is. */
  readonly unusable?: { readonly field: string; readonly seen: string };
}

/** How a frontend is taken out of the load balancer before it is taken out of service, and put back; lines of shell. */
export interface DrainSpec {
  /** Run on the machine that runs Pulumi; null: nothing is run, only `wait`ed. */
  readonly command: string | null;
  /** There if and only if `command` is. */
  readonly undo: string | null;
  /** Seconds for the requests in flight. */
  readonly wait: number;
}

/** The frontends that use the cluster, and what they shall be. */
export interface FrontendsSpec {
  readonly nodes: readonly { readonly name: string; readonly host: string }[];
  /** Of `chef-server-core`; null: they are only reconfigured, closed and reindexed where a procedure asks. */
  readonly version: string | null;
  readonly packageFile: PackageSource | null;
  /** The product's license, required from 13 on and never assumed. */
  readonly acceptLicense: boolean;
  /** The version whose old data may be destroyed by `cleanup`; null: never. */
  readonly cleanup: string | null;
  /** The version whose upgrade leaves the search index as it is; null: none. */
  readonly skipReindex?: string | null;
  /** The build of chef-server-core whose failed scripts are accepted; null: none. */
  readonly acceptFailedScripts: string | null;
  /** What stands in front of them: looked at before the search index is deleted; null: nothing is known. */
  readonly loadBalancer: { readonly host: string; readonly port: number } | null;
  /** Whether `chef-server-ctl test` has to pass on each that was upgraded. */
  readonly smokeTest: boolean;
  /** Null: clients are cut off where a frontend stops. */
  readonly drain: DrainSpec | null;
  /** Add-ons are reconfigured after the upgrade of their frontend; otherwise only told of. */
  readonly reconfigureAddons: boolean;
}

/** What the program asks for, checked and with its defaults filled in. Plain data. */
export interface UpgradeSpec {
  readonly version: string;
  readonly nodes: readonly { readonly name: string; readonly host: string }[];
  /** Of chef-backend, by version: one for each hop. */
  readonly packages: Readonly<Record<string, PackageSource>>;
  readonly takeOverFailover: boolean;
  /** Seconds without a heartbeat of ours after which a backend turns failover on by itself; 0: never. */
  readonly failoverGuard: number;
  /** The run whose lock is broken, by its id; null: none. */
  readonly breakLock: string | null;
  /** The target version for which downtime is allowed; null: for none. */
  readonly allowDowntime: string | null;
  /** The build of chef-backend whose failed scripts are accepted; null: none. */
  readonly acceptFailedScripts: string | null;
  /** Whether a backup is made before a procedure with downtime takes anything down. */
  readonly backup: boolean;
  /** The version for which the search index is rebuilt where an older Elasticsearch has made it; null: not asked for. */
  readonly rebuildIndex: string | null;
  /** Organization that is reindexed alone before all others; null: none. */
  readonly reindexTestOrg: string | null;
  /** Organizations of which a part in the search index is enough, each with the version of the hop: `acme@2.3.16`. */
  readonly acceptPartialIndex?: readonly string[];
  readonly frontends: FrontendsSpec | null;
  readonly timeouts: Timeouts;
  /** GUIDs seen when the cluster was adopted; empty before. */
  readonly knownGuids: readonly string[];
  /** By GUID: the machine id that the backend had when it was adopted, as far as known. */
  readonly knownMachines: Readonly<Record<string, string>>;
  /** Machines that an unfinished run has changed, and that do not exist any more: as `idOf` of machine/who.ts gives them. */
  readonly goneMachines?: readonly string[];
  /** How a hop judges Elasticsearch: until an index is new, and while two major releases of it are mixed. Default `counts`. */
  readonly search?: SearchHealth;
}

/** What a hop asks for: the same with its own version. @param state as it was read last */
export function hopSpec(spec: UpgradeSpec, hop: Hop, state: Pick<ClusterState, "nodes">): UpgradeSpec {
  if (hop.method === "cleanup") return spec;
  // Another version may be asked for by now than the one whose reindex is not complete.
  if (hop.method === "frontends")
    return { ...spec, frontends: spec.frontends && { ...spec.frontends, version: hop.to } };
  const mixed = hop.method === "rolling" && (mixesElasticsearch(hop) || runsMixed(state.nodes));
  const search = hop.method === "reindex" ? "ignored" : mixed ? "mixed" : "counts";
  return { ...spec, version: hop.to, search };
}

/** Absolute path of the package on a node which keeps our files in `stateDir`. */
export function packagePath(source: PackageSource, stateDir: string): string {
  return source.staging ? `${stateDir}/packages/${source.path}` : source.path;
}

/**
 * The commands that install a package. With its checksum given, what is installed is a copy that nobody but root can change, verified
 * by the same job: between preflight and installation whoever may write to `path` could put something else there.
 * @param source null where none is given yet: a plan that is refused for it
 */
export function installing(
  source: PackageSource | null,
  stateDir: string,
  commands: (path: string) => string[][],
): string[][] {
  if (source === null) return commands("");
  const path = packagePath(source, stateDir);
  if (!isCopied(source)) return commands(path);
  const name = path.slice(path.lastIndexOf("/") + 1);
  const copy = `${stateDir}/packages/${source.sha256.slice(0, 12)}-${name}`;
  return [[verifiedCopy, path, copy, source.sha256], ...commands(copy)];
}

/** Whether a file of the node is copied before it is installed. */
export const isCopied = (source: PackageSource): source is PackageSource & { sha256: string } =>
  source.staging === null && source.sha256 !== undefined;

/** The package that makes a backend `version`: given for it, or for another way to write the same build. */
export function packageFor(spec: Pick<UpgradeSpec, "packages">, version: string): PackageSource | null {
  const exact = spec.packages[version];
  if (exact) return exact;
  const key = Object.keys(spec.packages).find((each) => satisfies(each, version));
  return key === undefined ? null : spec.packages[key]!;
}
