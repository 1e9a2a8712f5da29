import type { ClusterState, NodeState } from "../../cluster/state";
import { parseVersion } from "../../versions/version";
import { type Refusal, refuse } from "../refusal";
import type { UpgradeSpec } from "../spec";
import type { View } from "../view";
import { whyUnreachable } from "./anyMachine";

export { refuse } from "../refusal";

/** One thing that forbids changing a cluster: none, or one refusal for each place where it stands in the way. */
export type Rule = (spec: UpgradeSpec, view: View) => Refusal[];

/** The same judgment of every node by itself. */
export function each(view: View, judge: (node: NodeState) => Refusal[]): Refusal[] {
  return view.state.nodes.flatMap(judge);
}

/** A version that can be compared with others; null for none, or one that says nothing to us. */
export function comparable(node: NodeState): string | null {
  const { version } = node.package;
  return version !== null && parseVersion(version) ? version : null;
}

/**
 * The backends that cannot be read.
 * @param why what needs them, for people
 * @param waitable seconds after which waiting for them is given up; 0 where it is no use
 */
export function unreachableBackends({ nodes }: ClusterState, why: string, waitable = 0): Refusal[] {
  return nodes
    .filter((node) => node.unreachable !== null)
    .map((node) =>
      refuse({
        code: "unreachable",
        what: "Backend cannot be reached",
        where: node.name,
        seen: whyUnreachable(node),
        next: `restore the SSH connection; ${why}`,
        waitable,
      }),
    );
}

/** Nothing begins without every backend, whoever it is. */
export const unreachableNodes: Rule = (spec, { state }) =>
  unreachableBackends(state, "no backend is changed until all of them can be reached", spec.timeouts.healthy);
