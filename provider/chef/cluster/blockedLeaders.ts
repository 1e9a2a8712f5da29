import { askService } from "../../commands/localService";
import type { FactRequest, FactResult } from "../../machine/machine";
import { jsonObject } from "../../values/jsonObject";

/** Where etcd keeps the block of failover: seen on real clusters, by etcd's v2 keys on its documented client port. */
const key = "v2/keys/cb/control/blocked_leaders?recursive=true";

/** @param etcd address of a backend's own etcd */
export function blockedLeadersFact(etcd: string): FactRequest {
  return { name: "blockedLeaders", argv: askService(etcd + key, 5), limit: 10 };
}

/**
 * What etcd has at the key, as one text; null where its keys do not answer. What stands there is not documented, so it
 * only tells whether a command has changed it: each write changes `modifiedIndex` at least.
 */
export function parseBlockedLeaders({ code, stdout }: FactResult): string | null {
  const answer = code === 0 ? jsonObject(stdout) : null;
  if (typeof answer?.node === "object") return JSON.stringify(answer.node);
  // "Key not found": its `index` is the whole store's, and changes all the time.
  return answer?.errorCode === 100 ? "none" : null;
}
