import { createHash } from "node:crypto";
import { backupFolder, type BackupFile } from "./backups";
import type { Clock } from "./clock";
import { PackageDatabase, type InstalledPackage } from "./packages/database";
import type { Random } from "./random";
import { watchedSwitches, type NodeSwitches } from "./switches";
import type { Platform } from "./types";

/** What a machine needs to know of the simulation around it. */
export interface Surroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly platform: Platform;
  /** A switch or a state of the machine changed. */
  changed(): void;
}

/** These belong to the simulation, and everything below those with a `/`, whether there is a file or not. */
const owned = [
  "/etc/os-release",
  "/etc/chef-backend/",
  "/etc/opscode/",
  "/etc/chef/accepted_licenses/",
  "/var/lib/dpkg/",
  "/var/lib/rpm/",
  "/usr/lib/sysimage/rpm/",
  "/opt/chef-backend/",
  "/opt/opscode/",
  "/var/opt/chef-backend/",
  "/var/opt/opscode/",
  `${backupFolder}/`,
  "/proc/drbd",
  "/proc/uptime",
  "/proc/locks",
  "/proc/net/",
  "/proc/sys/kernel/random/boot_id",
  "/etc/machine-id",
  "/var/lib/dbus/machine-id",
];

/** A simulated machine: identity, boot, clock, disks, package database, running programs. */
export abstract class Machine {
  /** The product's package. */
  abstract readonly product: string;
  /** Where the package puts its files. */
  readonly productFolder: string = "/opt/opscode";
  up = true;
  bootId: string;
  /** `/etc/machine-id`: clones of one disk have the same. */
  machineId: string;
  bootedAt: number;
  readonly switches: NodeSwitches;
  readonly packages: PackageDatabase;
  /** What lies in `/var/opt/chef-backup`, the oldest first. */
  readonly backups: BackupFile[] = [];
  /** Inode numbers of files that the simulation shows, so that /proc/locks can name them. */
  readonly #inodes = new Map<string, number>();
  readonly #programs = new Set<AbortController>();

  constructor(
    readonly name: string,
    /** Addresses that the machine carries; the first is its main one. */
    readonly addresses: readonly string[],
    protected readonly around: Surroundings,
  ) {
    this.bootId = around.random.uuid();
    this.machineId = createHash("sha256").update(name).digest("hex").slice(0, 32);
    // Before the package was installed (see Backend): what runs can be told from the services' ages.
    this.bootedAt = around.clock.now() - 40 * 24 * 3_600_000;
    this.switches = watchedSwitches(() => around.changed());
    this.packages = new PackageDatabase(around.platform);
  }

  /** Whether a path is the simulation's business, whatever is there. */
  owns(path: string): boolean {
    const { dataFolderLink: link, searchData } = this.switches;
    const inside = (prefix: string) =>
      path === prefix || (prefix.endsWith("/") && (path.startsWith(prefix) || path === prefix.slice(0, -1)));
    return owned.some(inside) || [link, searchData].some((each) => each !== null && inside(`${each}/`));
  }

  /** The package of the product; undefined when it is gone. */
  get package(): InstalledPackage | undefined {
    return this.packages.find(this.product);
  }

  /** The installed version of the product; empty when the package is gone. */
  get installed(): string {
    return this.package?.version ?? "";
  }

  get ip(): string {
    return this.addresses[0]!;
  }

  /** What is aborted when `outer` is or when the machine goes down; call `done` at the program's end. */
  program(outer?: AbortSignal): { killed: AbortController; done: () => void } {
    const controller = new AbortController();
    const abort = () => controller.abort(new Error("killed"));
    if (outer?.aborted) abort();
    outer?.addEventListener("abort", abort, { once: true });
    this.#programs.add(controller);
    const done = () => {
      outer?.removeEventListener("abort", abort);
      this.#programs.delete(controller);
    };
    return { killed: controller, done };
  }

  /** The machine stops: whatever runs on it dies. */
  down(): void {
    this.up = false;
    for (const program of [...this.#programs]) program.abort(new Error(`${this.name} went down`));
  }

  /** The machine boots. */
  boot(): void {
    this.up = true;
    this.bootId = this.around.random.uuid();
    this.bootedAt = this.around.clock.now();
  }

  /** What `date` shows for a moment of simulated time, milliseconds; now when none is given. */
  wall(at = this.around.clock.now()): number {
    return (this.around.clock.wall?.(at) ?? at) + this.switches.clockDrift * 1000;
  }

  /** Seconds since a moment of simulated time, as the machine shows them. */
  age(since: number): number {
    return Math.max(0, (this.wall() - this.wall(since)) / 1000);
  }

  inode(path: string): number {
    let inode = this.#inodes.get(path);
    if (inode === undefined)
      this.#inodes.set(path, (inode = 10_000_000 + this.around.random.int(0, 9_999_999)));
    return inode;
  }

  /** Free KiB on the file system of a path, and where that is mounted. */
  disk(path: string): { mount: string; free: number } {
    const mounts = Object.keys(this.switches.diskFree).filter(
      (mount) => mount === "/" || path === mount || path.startsWith(`${mount}/`),
    );
    const mount = mounts.sort((a, b) => b.length - a.length)[0] ?? "/";
    return { mount, free: this.switches.diskFree[mount] ?? 0 };
  }
}
