/** Which machine a server is, as far as anybody who may log in can tell. */
export interface HostIdentity {
  /** `/etc/machine-id`; empty where there is none. It outlives boots, and clones may share it. */
  readonly machineId: string;
  /** Of the kernel's present boot. */
  readonly bootId: string;
  /** Seconds since that boot; null where it is not known. */
  readonly uptime: number | null;
  /** What it calls itself, for people. */
  readonly name: string;
  /** Our wall clock when it said so, in milliseconds: it goes on while this machine sleeps. */
  readonly at: number;
}

const mark = "pulumi-chef-backend-identity";
const files = "/etc/machine-id /var/lib/dbus/machine-id";
const bootId = "/proc/sys/kernel/random/boot_id";

/** Prints one line; by `cat` and not by the shell, and without anything that a login shell reads in its own way. */
export const identityCommand = `sh -c 'for one in ${files}; do id=$(cat "$one" 2>/dev/null) && [ -n "$id" ] && break; done; echo "${mark}|$id|$(cat ${bootId} 2>/dev/null)|$(cat /proc/uptime 2>/dev/null)|$(uname -n)|"'`;

/** @param at as in `HostIdentity` */
export function parseIdentity(stdout: string, at: number): HostIdentity | null {
  // A profile may have printed something in front, with or without the end of a line.
  const line = stdout.slice(stdout.lastIndexOf(`${mark}|`));
  const [, machineId, boot, uptime, name] = line.startsWith(mark) ? line.split("|") : [];
  if (!machineId && !boot) return null;
  const seconds = Number(uptime?.split(" ")[0] || NaN);
  return {
    ...{ machineId: machineId!.trim(), bootId: boot!.trim(), name: name!.trim(), at },
    uptime: Number.isFinite(seconds) ? seconds : null,
  };
}

/** Seconds by which the two clocks may have gone differently since the machine was last heard of. */
const tolerance = 30;

/**
 * Whether it can be the same machine. Another machine id is another machine. So is a clone, with the same id and another
 * boot and name, that was up already when the first one was last heard of: else it was rebooted. (A container has the
 * uptime of its host.)
 */
export function isSameMachine(was: HostIdentity, is: HostIdentity): boolean {
  if (was.machineId !== is.machineId && was.machineId !== "" && is.machineId !== "") return false;
  if (was.bootId === is.bootId || was.name === is.name || is.uptime === null) return true;
  return is.uptime <= (is.at - was.at) / 1000 + tolerance;
}

/** For people: what it calls itself, and what tells it apart. */
export function identityText({ name, machineId, bootId: boot }: HostIdentity): string {
  return `${name || "a machine without a name"} (${machineId ? `machine id ${machineId.slice(0, 12)}` : `boot id ${boot.slice(0, 13)}`})`;
}
