/** What the nodes themselves say, by no parser and no connection of the provider. */
import type { Machine } from "./machine";

/** What Patroni tells of its own PostgreSQL. */
export interface Told {
  readonly role?: string;
  readonly state?: string;
  readonly timeline?: number;
  /** Nobody holds the leader's lock. */
  readonly cluster_unlocked?: boolean;
  /** Who receives from it. */
  readonly replication?: readonly { readonly application_name: string; readonly state: string }[];
}

export const askPatroni = ({ ip }: Machine) => `curl -s -m 5 http://${ip}:8008/patroni`;

/** Nothing is told where it did not answer. */
export function parseTold(answer: string | undefined): Told {
  return JSON.parse(answer || "{}") as Told;
}

export const isPrimary = ({ role }: Told) => /master|primary/.test(role ?? "");

/** Whether the leader may change by itself: Patroni's own word. */
export async function failoverIsOn(backends: readonly Machine[]): Promise<boolean> {
  const { stdout } = await backends[0]!.attempt(`curl -sf -m 10 http://${backends[0]!.ip}:8008/config`);
  return !(JSON.parse(stdout) as { pause?: boolean }).pause;
}

/**
 * How often a version was installed, and its `upgrade` started, on a machine: by dpkg's log and the command's own. The
 * beginning of an installation is no sign: dpkg logs that of a dry run as well.
 */
export async function startsOn(
  machine: Machine,
  version: string,
): Promise<{ install: number; upgrade: number }> {
  const installs = (await machine.run("cat /var/log/dpkg.log")).split("\n");
  const upgrades = await changesOn(machine);
  return {
    install: installs.filter(
      (line) => / configure chef-backend:/.test(line) && line.includes(` ${version}-1 `),
    ).length,
    upgrade: upgrades.filter((line) => line.startsWith(`${version} upgrade`)).length,
  };
}

/** Every command that changes something, as `2.3.16 upgrade --failover`: the installed version, and what was started. */
export async function changesOn(machine: Machine): Promise<string[]> {
  const log = await machine.run("cat /var/log/chef-backend/commands");
  return log
    .trimEnd()
    .split("\n")
    .map((line) => line.replace(/^\S+ /, ""));
}

/** For a failed test: the last changing commands, and how the cluster stands; a machine that stands still is not waited for. */
export async function lastChangesOn(machine: Machine): Promise<string[]> {
  if (!machine.isOn) return ["(it is off)"];
  const asked = changesOn(machine).then(async (changes) => {
    const status = await machine.attempt("timeout 5 chef-backend-ctl cluster-status");
    return [...changes.slice(-12), ...`${status.stdout}${status.stderr}`.split("\n")];
  });
  const late = new Promise<string[]>((resolve) =>
    setTimeout(resolve, 10_000, ["(it did not answer)"]).unref(),
  );
  return Promise.race([asked, late]).catch((error: Error) => [`(not read: ${error.message})`]);
}
