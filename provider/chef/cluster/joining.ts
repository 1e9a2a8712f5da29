import { compareVersions, release } from "../../versions/version";

/** A release whose `join-cluster` is known to fail, or may fail, and the release to take. */
export interface JoinFault {
  /** `always`: no backend joins. `perhaps`: the release after it fixed a fault that it may have. */
  readonly fails: "always" | "perhaps";
  readonly what: string;
  readonly take: string;
}

/** What the release notes of chef-backend say of `join-cluster`, from each release on. */
const faults: readonly (JoinFault & { readonly since: string; readonly below: string })[] = [
  {
    ...{ since: "3.0.0", below: "3.0.1", fails: "always", take: "3.1.1 or later" },
    what: "nodes cannot join a cluster that was installed with 3.0.0 (release notes of chef-backend 3.1.1)",
  },
  {
    ...{ since: "2.1.0", below: "2.2.0", fails: "perhaps", take: "2.2.0 or later" },
    what: "a validator can keep `join-cluster` from finishing (fixed in 2.2.0, release notes)",
  },
];

/** What is known to go wrong where further nodes join a cluster of this release; null where nothing is. */
export function joinFault(version: string): JoinFault | null {
  const at = (other: string) => compareVersions(release(version), other);
  return faults.find(({ since, below }) => at(since) >= 0 && at(below) < 0) ?? null;
}
