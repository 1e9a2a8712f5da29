import { backupFolder } from "../backups";
import { Backend } from "../cluster/backend";
import { Frontend } from "../frontend";
import type { Machine } from "../machine";
import { migrationLevelPath } from "../schema";
import type { Simulation } from "../simulation";
import { chefBackendRb, osRelease, versionManifest } from "./config";
import { ifInet6, fibTrie } from "./network";
import { lockFiles, lockHolder, procLocks } from "./locks";

/** A file that the simulation shows. */
export interface NodeFile {
  readonly content: string;
  /** Simulated time, milliseconds. */
  readonly mtime: number;
  /** Where the content stands for a larger file. */
  readonly bytes?: number;
}

/** Everything below these belongs to the simulation, whether there is a file or not. */
const owned = [
  "/etc/os-release",
  "/etc/chef-backend/",
  "/etc/opscode/",
  "/var/lib/dpkg/",
  "/var/lib/rpm/",
  "/usr/lib/sysimage/rpm/",
  "/opt/chef-backend/",
  "/opt/opscode/",
  "/var/opt/chef-backend/",
  "/var/opt/opscode/",
  `${backupFolder}/`,
  "/proc/uptime",
  "/proc/locks",
  "/proc/net/",
  "/proc/sys/kernel/random/boot_id",
];

/** Whether a path is the simulation's business, whatever is there. */
export function isOwned(machine: Machine, path: string): boolean {
  const { dataFolderLink: link } = machine.switches;
  const inside = (prefix: string) =>
    path === prefix || (prefix.endsWith("/") && (path.startsWith(prefix) || path === prefix.slice(0, -1)));
  return owned.some(inside) || (link !== null && inside(`${link}/`));
}

/**
 * Looks a path up on a simulated machine.
 * @returns the file; null when there is none; undefined when the path is not the simulation's business
 */
export function nodeFile(sim: Simulation, machine: Machine, path: string): NodeFile | null | undefined {
  if (machine.switches.hiddenFiles.includes(path)) return null;
  const file = lookUp(sim, machine, path);
  if (file !== undefined) return { mtime: machine.bootedAt, ...file };
  return isOwned(machine, path) ? null : undefined;
}

function lookUp(
  sim: Simulation,
  machine: Machine,
  path: string,
): { content: string; mtime?: number; bytes?: number } | undefined {
  const backend = machine instanceof Backend ? machine : undefined;
  const frontend = machine instanceof Frontend ? machine : undefined;
  const installed = machine.packages.find(backend ? "chef-backend" : "chef-server-core");
  switch (path) {
    case "/etc/os-release":
      return { content: osRelease(sim) };
    case "/proc/uptime": {
      const up = machine.age(machine.bootedAt).toFixed(2);
      return { content: `${up} ${up}\n` };
    }
    case "/proc/sys/kernel/random/boot_id":
      return { content: `${machine.bootId}\n` };
    case "/proc/net/fib_trie":
      return { content: fibTrie(sim.addressesOf(machine)) };
    case "/proc/net/if_inet6":
      return { content: ifInet6(sim.addressesOf(machine)) };
    case "/proc/locks":
      return { content: procLocks(machine) };
    case "/etc/chef-backend/chef-backend.rb":
      return backend && { content: chefBackendRb(sim, backend) };
    case "/opt/chef-backend/version-manifest.json":
      return (
        backend && installed && { content: versionManifest(installed.version), mtime: installed.installedAt }
      );
    case "/opt/opscode/version-manifest.json":
      return (
        frontend && installed && { content: versionManifest(installed.version), mtime: installed.installedAt }
      );
    case migrationLevelPath:
      return frontend && { content: frontend.migrationLevel };
    case `/var/lib/dpkg/info/${installed?.name}.list`:
      return machine.packages.platform === "deb" && installed
        ? { content: `/.\n/opt\n/opt/${installed.name}\n`, mtime: installed.installedAt }
        : undefined;
    case "/var/opt/chef-backend/leaderl/data/unsynced":
      return backend?.switches.rejoinFails === "partially_synced" ? { content: "" } : undefined;
    case "/var/opt/chef-backend/leaderl/data/no-start-pgsql":
      return backend?.switches.rejoinFails === "waiting_for_leader" ? { content: "" } : undefined;
  }
  const backup = machine.backups.find((each) => each.path === path);
  if (backup) return { content: "a backup of the embedded lab\n", mtime: backup.at, bytes: backup.bytes };
  if (lockFiles(machine).includes(path)) return { content: "" };
  const holder = lockHolder(machine);
  if (holder && path === `/proc/${holder.pid}/comm`) return { content: `${holder.program}\n` };
  if (holder && path === `/proc/${holder.pid}/cmdline`) return { content: `${holder.program}\0` };
  return undefined;
}
