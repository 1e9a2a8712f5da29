import type { Platform } from "../types";

/** dpkg's states of a package that can occur here. */
export type DebState = "installed" | "unpacked" | "half-configured" | "half-installed";

/** A package as the package manager has it recorded. */
export interface InstalledPackage {
  readonly name: string;
  /** With iteration: `2.1.0-1`. */
  version: string;
  arch: string;
  /** KiB. */
  installedSize: number;
  /** Simulated time of the install, milliseconds. */
  installedAt: number;
  /** Always `installed` for rpm. */
  state: DebState;
  /** The package ships a new version of a configuration file that has not been dealt with yet. */
  pendingConffile?: boolean;
  /** What the postinst of this version does, kept for `dpkg --configure`. */
  script?: string;
}

/** The packages of one machine. An rpm database can hold two versions of one name: a killed upgrade. */
export class PackageDatabase {
  readonly entries: InstalledPackage[] = [];
  /** Process id of a package manager of ours that runs now. */
  busy: { pid: number; program: string } | null = null;

  constructor(readonly platform: Platform) {}

  /** The newest entry of that name. */
  find(name: string): InstalledPackage | undefined {
    return this.entries.filter((entry) => entry.name === name).at(-1);
  }

  all(name: string): InstalledPackage[] {
    return this.entries.filter((entry) => entry.name === name);
  }

  /** Records a version in place of every other one. */
  replace(entry: InstalledPackage): InstalledPackage {
    this.remove(entry.name);
    this.entries.push(entry);
    return entry;
  }

  remove(name: string): void {
    const kept = this.entries.filter((entry) => entry.name !== name);
    this.entries.splice(0, this.entries.length, ...kept);
  }
}
