import { isSince } from "../version";
import type { Part } from "./enterpriseNode";

/** A service of a machine under runit. */
export interface EnterpriseService {
  readonly name: string;
  /** Nobody has stopped it. */
  wanted: boolean;
  /** Whether it ran when the simulation last looked; null before the first time. */
  ran: boolean | null;
  pid: number;
  readonly logPid: number;
  /** Simulated time of the last start or stop, milliseconds. */
  since: number;
}

export const KEEPALIVED = "keepalived";
export const COUCHDB = "couchdb";
/** Comes with Enterprise Chef 11, works during migrations only, and is down otherwise. */
export const MOVER = "opscode-chef-mover";

const everywhere = ["nginx", "opscode-account", "opscode-certificate", "opscode-erchef", "opscode-webui"];
const ofBackends = [KEEPALIVED, "opscode-expander", "opscode-solr", "postgresql", "rabbitmq"];

/** Services of a machine whose `upgrade` last did its work for that version. */
export function servicesOf(part: Part, version: string, oldData: boolean): string[] {
  const is11 = isSince(version, "11.0.0");
  const names = [...everywhere, is11 ? "oc_bifrost" : "opscode-authz"];
  if (part !== "frontend") {
    names.push(...ofBackends);
    if (oldData) names.push(COUCHDB);
    if (is11) names.push(MOVER, "redis_lb");
  }
  return names.sort();
}
