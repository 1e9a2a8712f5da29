import type { ClusterState } from "../cluster/state";
import { describeNodes } from "../plan/describe";
import type { NodePlan } from "../plan/plan";
import type { Progress } from "../plan/progress";
import type { UpgradeSpec } from "../plan/spec";
import type { NodeView, View } from "../plan/view";
import { compareVersions, parseVersion, release } from "../versions/version";

// A hop that rebuilds the search index and upgrades nothing, whatever builds of a release the backends have.

/** No build is asked for: the newest that is there is right, and so is every older one beside it. */
export function asTheyAre(spec: UpgradeSpec, { nodes }: ClusterState): UpgradeSpec {
  const versions = nodes.map((node) => node.package.version).filter((each) => each && parseVersion(each));
  return { ...spec, version: release((versions as string[]).sort(compareVersions).at(-1) ?? spec.version) };
}

/** Whatever they run, but for one that a step of ours has left unfinished. */
export function withoutUpgrades(view: View): View {
  const as = (node: NodeView) => (node.inside ? node : { ...node, needsInstall: false, needsUpgrade: false });
  return { ...view, nodes: view.nodes.map(as) };
}

/** What happens to a backend that is not upgraded. */
export function rebuilt(spec: UpgradeSpec, view: View, progress: Progress): NodePlan[] {
  const left = view.nodes.filter(({ name }) => !progress.done(`${name}/start-search`));
  const deeds = ["stop Elasticsearch", "delete the search index", "start Elasticsearch"];
  return describeNodes(spec, view, left, () => deeds).map((node) =>
    node.order === null ? node : { ...node, because: "the search index is rebuilt" },
  );
}
