import type { JobSummary, LockState } from "../machine/machine";
import type { RunRecord } from "./record";

/** One row of `chef-backend-ctl cluster-status`, by its documented columns; further ones under `extra`. */
export interface ClusterRow {
  readonly name: string;
  readonly ip: string;
  readonly guid: string;
  /** `leader`, `follower`, `waiting_for_leader`, … */
  readonly role: string;
  readonly pg: string;
  readonly es: string;
  /** Columns beyond the documented ones, by their lower-cased header. */
  readonly extra: Readonly<Record<string, string>>;
}

/** One row of `chef-backend-ctl status`: a local service and the cluster's view of it. */
export interface ServiceRow {
  readonly service: string;
  readonly local: string;
  /** `state: green; nodes online: 3/3` as `{ state: "green", "nodes online": "3/3" }`. */
  readonly distributed: Readonly<Record<string, string>>;
}

/** One line of `status --simple`. */
export interface RunitService {
  readonly service: string;
  readonly up: boolean;
  /** Seconds since the service's state last changed. */
  readonly seconds: number;
}

/** The package as the node's package manager has it. */
export interface InstalledPackage {
  readonly state: "installed" | "interrupted" | "absent";
  /** Interrupted while it was unpacked: configuring does not mend it, only installing again does. */
  readonly reinstall?: boolean;
  /** Version with iteration, for example `2.3.16-1`; null when absent. */
  readonly version: string | null;
  /** What the package manager said, for people. */
  readonly detail: string;
  /** Unix seconds of the last installation by the node's own clock; null when it cannot be known. */
  readonly installedAt: number | null;
}

/** Which build a node's services run: promise 7, and why we think so. */
export interface Running {
  readonly kind: "installed" | "older" | "unknown";
  readonly because: string;
}

/** The package file of the next install as it lies on the node. */
export interface PackageFile {
  readonly path: string;
  readonly problem: string | null;
  /** The file is not there (yet): staging would bring it. */
  readonly missing: boolean;
  /** Installed size in KiB, to be unpacked; 0 when unknown. */
  readonly unpackedKiB: number;
}

export interface Disk {
  readonly path: string;
  readonly mount: string;
  readonly availableKiB: number;
}

/** What one backend said of itself and of the cluster. Plain data. */
export interface NodeState {
  readonly name: string;
  readonly host: string;
  /** Why the node could not be read; null when it could. */
  readonly unreachable: string | null;
  readonly root: boolean;
  readonly family: "deb" | "rpm" | null;
  readonly os: string;
  readonly osId: string;
  readonly osVersion: string;
  readonly bootId: string;
  /** Node's clock minus ours, in seconds. */
  readonly clockOffset: number;
  /** The most by which `clockOffset` can be wrong, in seconds. */
  readonly clockUncertainty: number;
  /** The node's own clock at the reading, Unix seconds. */
  readonly now: number;
  readonly uptime: number | null;
  /** Addresses that the machine itself carries. */
  readonly addresses: readonly string[];
  readonly package: InstalledPackage;
  readonly running: Running;
  /** The build that our last good `upgrade` on this node ended with; empty when there was none. */
  readonly upgradedTo: string;
  readonly services: readonly RunitService[];
  readonly clusterStatus: readonly ClusterRow[] | string;
  readonly status: readonly ServiceRow[] | string;
  /** Lines of chef-backend.rb that bear on an upgrade: `postgresql.shmmax`, `vip`, … */
  readonly config: readonly string[];
  /** Who holds the package manager's lock; null when nobody does. */
  readonly packageLock: string | null;
  readonly disks: readonly Disk[];
  /** Version of Elasticsearch that made the search index, where it could be read; else null. */
  readonly indexVersion: string | null;
  /** Null where the reading did not look at it. */
  readonly packageFile: PackageFile | null;
  /** Where the provider keeps its own files on the node. */
  readonly stateDir: string;
  readonly lock: LockState | null;
  readonly jobs: readonly JobSummary[];
  readonly record: RunRecord | null;
}

/** A reading of the whole cluster at one time. Plain data: no clock, no socket. */
export interface ClusterState {
  /** Our clock when the reading began, in milliseconds. */
  readonly startedAt: number;
  /** Our clock when the reading was complete, in milliseconds. */
  readonly endedAt: number;
  /** In the order of the inputs. */
  readonly nodes: readonly NodeState[];
}
