import type { NodeState } from "../../cluster/state";
import { parseVersion } from "../../versions/version";
import type { Refusal } from "../plan";
import type { UpgradeSpec } from "../spec";
import type { View } from "../view";

/** One thing that forbids changing a cluster: none, or one refusal for each place where it stands in the way. */
export type Rule = (spec: UpgradeSpec, view: View) => Refusal[];

/** @param waitable seconds for which it is worth waiting that it passes by itself. */
export const refuse = (code: string, message: string, wayOut: string, waitable = 0): Refusal => ({
  code,
  message,
  wayOut,
  waitable,
});

/** The same judgement of every node by itself. */
export function each(view: View, judge: (node: NodeState) => Refusal[]): Refusal[] {
  return view.state.nodes.flatMap(judge);
}

/** A version that can be compared with others; null for none, or one that says nothing to us. */
export function comparable(node: NodeState): string | null {
  const { version } = node.package;
  return version !== null && parseVersion(version) ? version : null;
}

/** A backend that cannot be read: nothing begins, whoever it is. */
export const unreachableNodes: Rule = (spec, view) =>
  view.state.nodes
    .filter((node) => node.unreachable !== null)
    .map((node) =>
      refuse(
        "unreachable",
        `${node.name}: ${node.unreachable}`,
        "Every backend must be reachable before one of them is changed",
        spec.timeouts.healthy,
      ),
    );
