import type { FactRequest } from "../machine/machine";

const keepalivedStatus = "/var/opt/opscode/keepalived/current_cluster_status";

/** What tells how a backend of a pair with DRBD and keepalived stands. */
export function drbdFacts(): FactRequest[] {
  return [
    // `master` or `backup`.
    { name: "keepalived", argv: ["cat", keepalivedStatus] },
    { name: "procDrbd", argv: ["cat", "/proc/drbd"] },
    { name: "drbdConnection", argv: ["drbdadm", "cstate", "all"] },
    { name: "drbdRole", argv: ["drbdadm", "role", "all"] },
    { name: "drbdDisk", argv: ["drbdadm", "dstate", "all"] },
  ];
}
