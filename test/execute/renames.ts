import type { UpgradeSpec } from "../../provider/plan/spec";
import type { Rehearsal } from "../support/rehearsal";

/** What the program calls a machine; null: it does not list it any more. */
export type Called = (name: string) => string | null;

export const byAddress =
  (r: Rehearsal): Called =>
  (name) =>
    r.sim.machine(name).ip;
/** Each has the name that another one had. */
export const turned: Called = (name) =>
  ({ "backend-1": "backend-2", "backend-2": "backend-3", "backend-3": "backend-1" })[name] ??
  { "frontend-1": "frontend-2", "frontend-2": "frontend-1" }[name] ??
  name;

/** The same program with other names. */
export function called(r: Rehearsal, change: Partial<UpgradeSpec>, by: Called): Partial<UpgradeSpec> {
  const { nodes, frontends } = { ...r.spec(), ...change };
  const named = (hosts: UpgradeSpec["nodes"]) =>
    hosts.flatMap(({ host }) => {
      const name = by(host);
      return name === null ? [] : [{ name, host }];
    });
  return {
    ...{ ...change, nodes: named(nodes) },
    frontends: frontends && { ...frontends, nodes: named(frontends.nodes) },
  };
}
