import type { Machine } from "../machine";
import type { ProductFile, System } from "../system";
import { osRelease, versionManifest } from "./config";
import { ifInet6, fibTrie } from "./network";
import { lockFiles, lockHolder, procLocks } from "./locks";

/** A file that the simulation shows. */
export interface NodeFile extends ProductFile {
  /** Simulated time, milliseconds. */
  readonly mtime: number;
}

/**
 * Looks a path up on a simulated machine.
 * @returns the file; null when there is none; undefined when the path is not the simulation's business
 */
export function nodeFile(sim: System, machine: Machine, path: string): NodeFile | null | undefined {
  if (machine.switches.hiddenFiles.includes(path)) return null;
  const file = lookUp(sim, machine, path) ?? sim.productFile(machine, path);
  if (file !== undefined) return { ...file, mtime: file.mtime ?? machine.bootedAt };
  return machine.owns(path) ? null : undefined;
}

function lookUp(sim: System, machine: Machine, path: string): ProductFile | undefined {
  const installed = machine.package;
  switch (path) {
    case "/etc/os-release":
      return { content: osRelease(sim) };
    case "/proc/uptime": {
      const up = machine.age(machine.bootedAt).toFixed(2);
      return { content: `${up} ${up}\n` };
    }
    case "/proc/sys/kernel/random/boot_id":
      return { content: `${machine.bootId}\n` };
    case "/etc/machine-id":
      return { content: `${machine.machineId}\n` };
    case "/proc/net/fib_trie":
      return { content: fibTrie(sim.addressesOf(machine)) };
    case "/proc/net/if_inet6":
      return { content: ifInet6(sim.addressesOf(machine)) };
    case "/proc/locks":
      return { content: procLocks(machine) };
    case `${machine.productFolder}/version-manifest.json`:
      return installed && { content: versionManifest(installed.version), mtime: installed.installedAt };
    case `/var/lib/dpkg/info/${machine.product}.list`:
      return machine.packages.platform === "deb" && installed
        ? { content: `/.\n/opt\n${machine.productFolder}\n`, mtime: installed.installedAt }
        : undefined;
  }
  const backup = machine.backups.find((each) => each.path === path);
  if (backup) return { content: "a backup of the embedded lab\n", mtime: backup.at, bytes: backup.bytes };
  if (lockFiles(machine).includes(path)) return { content: "" };
  const holder = lockHolder(machine);
  if (holder && path === `/proc/${holder.pid}/comm`) return { content: `${holder.program}\n` };
  if (holder && path === `/proc/${holder.pid}/cmdline`) return { content: `${holder.program}\0` };
  return undefined;
}
