import type { FactResult } from "../machine/machine";
import { short } from "../values/short";

/** One DRBD device or resource as its own side sees it. */
export interface DrbdResource {
  readonly name: string;
  /** `Connected`, `WFConnection`, `SyncTarget`, … */
  readonly connection: string;
  /** Own and the peer's: `Primary/Secondary`. */
  readonly roles: string;
  /** Own and the peer's: `UpToDate/UpToDate`. */
  readonly disks: string;
}

/**
 * The devices of `/proc/drbd` (8.x); where it shows none (9.x, or no such file), what `drbdadm` says of all resources.
 * @returns a sentence when neither tells.
 */
export function parseDrbd(
  proc: FactResult,
  adm: Readonly<Record<"cstate" | "role" | "dstate", FactResult>>,
): DrbdResource[] | string {
  const devices = parseProcDrbd(proc.stdout);
  if (devices.length > 0) return devices;
  const lines = (result: FactResult) => result.stdout.split("\n").filter((line) => line.trim() !== "");
  const [connections, roles, disks] = [lines(adm.cstate), lines(adm.role), lines(adm.dstate)];
  const said = [adm.cstate, adm.role, adm.dstate].find((each) => each.code !== 0) ?? proc;
  if (connections.length === 0 || connections.length !== disks.length || connections.length !== roles.length)
    return `neither /proc/drbd nor drbdadm shows a resource: ${short(said.stderr || said.stdout)}`;
  return connections.map((connection, at) => ({
    ...{ name: String(at), connection: connection.trim() },
    ...{ roles: roles[at]!.trim(), disks: disks[at]!.trim() },
  }));
}

/** ` 0: cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C r-----` (`st:` before 8.3). */
export function parseProcDrbd(text: string): DrbdResource[] {
  return text.split("\n").flatMap((line) => {
    const [, name, fields] = /^\s*(\d+):\s+(cs:.*)$/.exec(line) ?? [];
    // 8.3 lists every number below the highest that was once used: one that is not configured is nobody's.
    if (name === undefined || /^cs:Unconfigured\b/.test(fields!)) return [];
    const field = (...keys: string[]) =>
      keys.map((key) => new RegExp(`\\b${key}:(\\S+)`).exec(fields!)?.[1]).find((each) => each) ?? "unknown";
    return [{ name, connection: field("cs"), roles: field("ro", "st"), disks: field("ds") }];
  });
}

/** `Connected Primary/Secondary UpToDate/UpToDate`, for people. */
export function drbdText(drbd: readonly DrbdResource[] | string): string {
  if (typeof drbd === "string") return drbd;
  return drbd.map(({ connection, roles, disks }) => `${connection} ${roles} ${disks}`).join(", ");
}

/** Both sides have the same data: nothing is lost when the other one takes over. */
export function isInStep(drbd: readonly DrbdResource[] | string): boolean {
  return (
    typeof drbd !== "string" &&
    drbd.every(({ connection, disks }) => connection === "Connected" && disks === "UpToDate/UpToDate")
  );
}

/** It synchronizes at the moment: that passes by itself. */
export function isSyncing(drbd: readonly DrbdResource[] | string): boolean {
  return typeof drbd !== "string" && drbd.some(({ connection }) => /sync|verify|wfbitmap/i.test(connection));
}
