import { askService } from "../../commands/localService";
import type { FactRequest, FactResult } from "../../machine/machine";
import { jsonObject } from "../../values/jsonObject";

/** Where etcd keeps the block of failover: seen on real clusters, by etcd's v2 keys on its documented client port. */
const name = "/cb/control/blocked_leaders";

/** @param etcd address of a backend's own etcd */
export function blockedLeadersFact(etcd: string): FactRequest {
  return { name: "blockedLeaders", argv: askService(`${etcd}v2/keys${name}?recursive=true`, 5), limit: 10 };
}

/**
 * What etcd has at the key, as one text; null where its keys do not answer. What stands there is not documented, so it
 * only tells whether a command has changed it: each write changes `modifiedIndex` at least.
 */
export function parseBlockedLeaders({ code, stdout }: FactResult): string | null {
  const answer = code === 0 ? jsonObject(stdout) : null;
  const node = answer?.node as { key?: unknown } | null | undefined;
  if (node?.key === name) return JSON.stringify(node);
  // "Key not found", with the part of its path that is missing. `index` is the whole store's, and changes all the time.
  const missing = answer?.errorCode === 100 && typeof answer.cause === "string" && isAbove(answer.cause);
  return missing ? "none" : null;
}

const isAbove = (path: string) =>
  path.startsWith("/") && `${name}/`.startsWith(`${path.replace(/\/$/, "")}/`);
