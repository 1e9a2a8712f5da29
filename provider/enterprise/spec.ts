import type { PackageSource } from "../plan/spec";

/** Limits, in seconds. */
export interface EnterpriseTimeouts {
  /** Bringing the package onto one machine. */
  readonly stage: number;
  /** A package manager that is busy with something else. */
  readonly packageLock: number;
  /** A package installation on one machine. */
  readonly install: number;
  /** One `private-chef-ctl upgrade`. */
  readonly upgrade: number;
  /** `reconfigure`, `start`, `stop` or `cleanup` on one machine, and the services' answer after it. */
  readonly services: number;
  /** Keepalived that settles; DRBD that synchronizes. */
  readonly keepalived: number;
  /** `/etc/opscode`, from one machine to another. */
  readonly copy: number;
}

/** Sensible for real machines; keepalived's is what the vendor's own test allowed, 40 × 15 s. */
export const defaultEnterpriseTimeouts: EnterpriseTimeouts = {
  stage: 3600,
  packageLock: 300,
  install: 900,
  upgrade: 7200,
  services: 900,
  keepalived: 600,
  copy: 300,
};

/** The vendor's page names no number: "re-run the command until it finishes successfully". */
export const defaultUpgradeAttempts = 5;

interface Named {
  readonly name: string;
  readonly host: string;
}

/** What the program asks for, checked and with its defaults filled in. Plain data. */
export interface EnterpriseSpec {
  readonly version: string;
  /** The two backends. */
  readonly nodes: readonly Named[];
  readonly frontends: readonly Named[];
  readonly packageFile: PackageSource | null;
  /** The target version for which downtime is allowed; null: for none. */
  readonly allowDowntime: string | null;
  /** The build of private-chef whose failed scripts are accepted; null: none. */
  readonly acceptFailedScripts: string | null;
  readonly upgradeAttempts: number;
  /** Whether the old data may be destroyed. */
  readonly cleanup: boolean;
  /** Whether the resource was there before this run. */
  readonly adopted: boolean;
  /** The version whose old data the state says to be destroyed; null: none. */
  readonly cleanedUp: string | null;
  /** The run whose lock is broken, by its id; null: none. */
  readonly breakLock: string | null;
  /** As in `UpgradeSpec`. */
  readonly goneMachines?: readonly string[];
  readonly timeouts: EnterpriseTimeouts;
}
