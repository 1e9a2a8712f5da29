import type { Refusal } from "./plan";
import { clusterRules } from "./refusals/cluster";
import { midwayRules } from "./refusals/midway";
import { nodeRules } from "./refusals/nodes";
import { packageRules } from "./refusals/packages";
import { unreachableNodes } from "./refusals/rule";
import type { UpgradeSpec } from "./spec";
import type { View } from "./view";

/** Everything that forbids changing this cluster now, all at once (promise 2). */
export function refusals(spec: UpgradeSpec, view: View): Refusal[] {
  const unreachable = unreachableNodes(spec, view);
  const ofNodes = [...nodeRules, ...packageRules, ...midwayRules];
  if (unreachable.length === 0)
    return withoutMisplaced([...ofNodes, ...clusterRules].flatMap((rule) => rule(spec, view)));
  // What the others say of themselves holds all the same; what they say of the cluster does not tell more.
  const reachable = withoutUnreachable(view);
  return [...unreachable, ...ofNodes.flatMap((rule) => rule(spec, reachable))];
}

/** Of a machine that is no backend the rest says nothing, and following it would do harm. */
function withoutMisplaced(all: readonly Refusal[]): Refusal[] {
  const misplaced = new Set(all.filter(({ code }) => code === "package").flatMap(({ where }) => where));
  const ofIt = new Set(["packageFile", "licenseMarker", "command", "membership", "runit", "unreadable"]);
  return all.filter(({ code, where }) => !ofIt.has(code) || !where.every((name) => misplaced.has(name)));
}

const essential = new Set(["unreachable", "root", "package", "packageDatabase", "membership"]);

/** Without this not even what is there can be told: it forbids adopting a cluster, too. */
export function isEssential(refusal: Refusal): boolean {
  return essential.has(refusal.code);
}

/** Leaves out what only follows from something else: for a version that cannot be, no package fits either. */
export function withoutConsequences(all: readonly Refusal[]): Refusal[] {
  const has = (code: string) => all.some((each) => each.code === code);
  if (has("downgrade") || has("path")) return all.filter((each) => each.code !== "packageFile");
  return [...all];
}

function withoutUnreachable(view: View): View {
  const nodes = view.nodes.filter((node) => node.state.unreachable === null);
  return { ...view, nodes, state: { ...view.state, nodes: nodes.map((node) => node.state) } };
}
