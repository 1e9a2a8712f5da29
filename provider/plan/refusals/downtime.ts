import { healthProblems } from "../../cluster/health";
import { tieHosts } from "../../cluster/membership";
import type { Refusal } from "../plan";
import type { UpgradeSpec } from "../spec";
import type { NodeView, View } from "../view";
import { clusterRules, unhealthyParts } from "./cluster";
import { frontendRules } from "./frontends";
import { identityRules } from "./membership";
import { midwayRules } from "./midway";
import { nodeRules } from "./nodes";
import { packageRules } from "./packages";
import { refuse, unreachableNodes } from "./rule";

/** How far a procedure with full downtime is: what must hold hangs on it. */
export type Phase = "before" | "installing" | "down" | "forward";

/**
 * What forbids the next step of a procedure with full downtime. Before anything changes that is everything that
 * forbids a rolling update. Later less can be asked of a cluster that we took down ourselves, by and by.
 * @param backendsLeft once the point of no return is passed they come up again, whatever becomes of the frontends.
 */
export function refusalsWithDowntime(
  spec: UpgradeSpec,
  view: View,
  phase: Phase,
  backendsLeft: boolean,
  installBegun: (node: string) => boolean,
): Refusal[] {
  const unreachable = unreachableNodes(spec, view);
  // An install that was interrupted in ours is finished by us.
  const reachable = view.nodes
    .filter((node) => node.state.unreachable === null)
    .map((node) => ({ ...node, inside: installBegun(node.name) }));
  const ofNodes = {
    ...view,
    nodes: reachable,
    state: { ...view.state, nodes: reachable.map((node) => node.state) },
  };
  const apply = (rules: typeof nodeRules, to: View) => rules.flatMap((rule) => rule(spec, to));
  return [
    ...unreachable,
    ...apply([...nodeRules, ...packageRules, ...(phase === "before" ? midwayRules : [])], ofNodes),
    ...(phase === "forward" && backendsLeft ? [] : apply(frontendRules, view)),
    ...(unreachable.length > 0 ? [] : ofCluster()),
  ];

  function ofCluster(): Refusal[] {
    if (phase === "before") return apply(clusterRules, view);
    const mayBeMissing = phase === "installing" ? installBegun : () => true;
    return [
      ...apply(identityRules, withoutMissing(view, mayBeMissing)),
      ...(phase === "installing" ? unhealthyByItself(spec, view, installBegun) : []),
    ];
  }
}

/** What is out of the table by our doing was tied to its row before. */
function withoutMissing(view: View, mayBeMissing: (node: string) => boolean): View {
  const { state, tied } = view;
  const there = state.nodes.filter((node) => tied.rows.has(node.name) || !mayBeMissing(node.name));
  return { ...view, tied: tieHosts({ ...state, nodes: there }) };
}

/**
 * Installations may stop services; that is part of the downtime. What runs no longer by itself is not: then not even
 * more is taken down.
 */
function unhealthyByItself(
  spec: UpgradeSpec,
  view: View,
  installBegun: (node: string) => boolean,
): Refusal[] {
  const problems = healthProblems(view.state);
  const stopped = view.nodes.filter((node) => !runsEverything(node));
  if (problems.length === 0 || (stopped.length > 0 && stopped.every((node) => installBegun(node.name))))
    return [];
  return [
    refuse({
      code: "unhealthy",
      what: "Cluster became unhealthy between two installations",
      ...unhealthyParts(view, problems),
      waitable: spec.timeouts.healthy,
    }),
  ];
}

/** By its own services: what `status` says needs a quorum of the others. */
function runsEverything({ state }: NodeView): boolean {
  return state.services.length > 0 && state.services.every((service) => service.up);
}
