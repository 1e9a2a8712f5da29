import type { MachineState, RunitService } from "../cluster/state";
import type { DrbdResource } from "../drbd/drbd";
import type { EnterpriseRecord } from "./record";

/** What `private-chef-ctl status` said. */
export interface ControlStatus {
  readonly services: readonly RunitService[];
  /** Services that do not run though they shall, by name. */
  readonly down: readonly string[];
  /** Whatever else it complained of, in its own words. */
  readonly errors: readonly string[];
}

/** What any machine of the system said of itself. Plain data. */
export interface EnterpriseMachine extends MachineState {
  readonly status: ControlStatus;
  readonly hasTar: boolean;
}

/** What one backend said of itself. Plain data. */
export interface EnterpriseBackend extends EnterpriseMachine {
  /** Whether its private-chef.rb makes it the bootstrap backend; a sentence where that cannot be told. */
  readonly bootstrap: boolean | string;
  /** `master`, `backup`, or what stands there else; empty when it could not be read. */
  readonly keepalived: string;
  /** A sentence where it could not be read. */
  readonly drbd: readonly DrbdResource[] | string;
  readonly record: EnterpriseRecord | null;
}

/** A reading of the whole system at one time. Plain data. */
export interface EnterpriseState {
  /** Our clock when the reading began, and when it was complete, in milliseconds. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** In the order of the inputs. */
  readonly nodes: readonly EnterpriseBackend[];
  readonly frontends: readonly EnterpriseMachine[];
}

/** The bootstrap backend, which is the primary one, and the other. */
export interface Pair {
  readonly primary: EnterpriseBackend;
  readonly secondary: EnterpriseBackend;
}

/**
 * Which backend is which: by what the record of an upgrade says, since copying `/etc/opscode` may make both look alike,
 * else by both files. Null where both or none of them is marked.
 */
export function pairOf(nodes: readonly EnterpriseBackend[], known: string | undefined): Pair | null {
  const byRecord = nodes.filter((node) => node.name === known);
  const marked = byRecord.length === 1 ? byRecord : nodes.filter((node) => node.bootstrap === true);
  const secondary = nodes.find((node) => node !== marked[0]);
  const told = byRecord.length === 1 || nodes.every((node) => typeof node.bootstrap === "boolean");
  return told && marked.length === 1 && secondary ? { primary: marked[0]!, secondary } : null;
}

/** All machines, the backends first. */
export function machinesOf({
  nodes,
  frontends,
}: Pick<EnterpriseState, "nodes" | "frontends">): EnterpriseMachine[] {
  return [...nodes, ...frontends];
}
