import type { Staging } from "../machine/machine";

/** Limits and intervals, in seconds. */
export interface Timeouts {
  /** A package installation on one node. */
  readonly install: number;
  /** One `chef-backend-ctl upgrade`. */
  readonly upgrade: number;
  /** From the end of `upgrade` to the verified rejoin. */
  readonly rejoin: number;
  /** Switching failover, and seeing it switched. */
  readonly failover: number;
  /** Bringing the package file onto one node. */
  readonly stage: number;
  /** A package manager that is busy with something else. */
  readonly packageLock: number;
  /** A cluster that is not healthy between two nodes, though it was. */
  readonly healthy: number;
  /**
   * How old leaderl's view of other nodes can be: `status_internal_update_interval_seconds` +
   * `status_post_update_interval_seconds` of chef-backend.rb.
   */
  readonly statusInterval: number;
}

/** Sensible for real machines; vendor's reference for the status intervals (5 s + 10 s). */
export const defaultTimeouts: Timeouts = {
  install: 900,
  upgrade: 1800,
  rejoin: 900,
  failover: 120,
  stage: 3600,
  packageLock: 300,
  healthy: 300,
  statusInterval: 15,
};

/** Where the package of the wanted version is, on each node, once it has been staged. */
export interface PackageSource {
  /** Absolute path on the node; for what we stage, the file's name. */
  readonly path: string;
  readonly sha256?: string;
  /** How it comes there; null when the operator has put it there. */
  readonly staging: Staging | null;
  /** Size to be staged, in KiB; 0 when unknown or nothing is staged. */
  readonly stagedKiB: number;
}

/** What the program asks for, checked and with its defaults filled in. Plain data. */
export interface UpgradeSpec {
  readonly version: string;
  readonly nodes: readonly { readonly name: string; readonly host: string }[];
  readonly packageFile: PackageSource | null;
  readonly takeOverFailover: boolean;
  readonly timeouts: Timeouts;
  /** GUIDs seen when the cluster was adopted; empty before. */
  readonly knownGuids: readonly string[];
}

/** Absolute path of the package on a node which keeps our files in `stateDir`. */
export function packagePath(source: PackageSource, stateDir: string): string {
  return source.staging ? `${stateDir}/packages/${source.path}` : source.path;
}
