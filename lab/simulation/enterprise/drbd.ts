import type { DrbdFault } from "../switches";
import type { Machine } from "../machine";

/** What one backend sees of the disk that the pair replicates. */
export interface DrbdView {
  /** `Connected`, `WFConnection`, … */
  readonly connection: string;
  /** Own role and the peer's. */
  readonly roles: string;
  /** Own disk and the peer's. */
  readonly disks: string;
}

/** @param master who has the disk mounted; undefined on both when nobody has */
export function drbdView(self: Machine, peer: Machine, master?: Machine): DrbdView {
  const role = (node: Machine) => (node === master ? "Primary" : "Secondary");
  const alone = (fault: DrbdFault | null) => fault === "WFConnection" || fault === "StandAlone";
  const fault = self.switches.drbd;
  const theirs = peer.switches.drbd;
  if (alone(fault) || !peer.up || alone(theirs) || theirs === "missing")
    return {
      connection: alone(fault) ? fault! : "WFConnection",
      roles: `${role(self)}/Unknown`,
      disks: "UpToDate/DUnknown",
    };
  const roles = `${role(self)}/${role(peer)}`;
  const behind = (one: DrbdFault | null) => one === "SyncTarget" || one === "Inconsistent";
  const own = behind(fault) || theirs === "SyncSource" ? "Inconsistent" : "UpToDate";
  const its =
    fault === "DUnknown"
      ? "DUnknown"
      : behind(theirs) || fault === "SyncSource"
        ? "Inconsistent"
        : "UpToDate";
  const connection =
    fault === "SyncTarget" || theirs === "SyncSource"
      ? "SyncTarget"
      : fault === "SyncSource" || theirs === "SyncTarget"
        ? "SyncSource"
        : "Connected";
  return { connection, roles, disks: `${own}/${its}` };
}

/** Both have everything, and each knows it of the other. */
export function inStep({ connection, disks }: DrbdView): boolean {
  return connection === "Connected" && disks === "UpToDate/UpToDate";
}

/** /proc/drbd in the format of DRBD 8.3. */
export function procDrbd({ connection, roles, disks }: DrbdView): string {
  const syncing = connection.startsWith("Sync")
    ? "\t[=>..................] sync'ed: 12.3% (9216/10508)M\n\tfinish: 0:04:11 speed: 36,704 (36,704) K/sec\n"
    : "";
  return `version: 8.3.11 (api:88/proto:86-96)
srcversion: 41C52C8CD882E47FB5AF767
 0: cs:${connection} ro:${roles} ds:${disks} C r-----
    ns:1048508 nr:0 dw:1048508 dr:1060 al:257 bm:64 lo:0 pe:0 ua:0 ap:0 ep:1 wo:f oos:${syncing ? 9437184 : 0}
${syncing}`;
}
