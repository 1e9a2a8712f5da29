import { installDeed } from "./installTool";
import type { NodePlan } from "./plan";
import type { UpgradeSpec } from "./spec";
import type { NodeView, View } from "./view";
import { release } from "../versions/version";

/**
 * What will happen to each node, in words that stand alone in `pulumi preview --diff`.
 * @param deeds what the procedure does to one of them.
 */
export function describeNodes(
  spec: UpgradeSpec,
  view: View,
  order: readonly NodeView[],
  deeds: (node: NodeView) => readonly string[] = rollingDeeds,
): NodePlan[] {
  return view.nodes.map((node) => {
    const at = order.indexOf(node);
    return {
      name: node.name,
      role: node.role,
      installed: installedText(node, spec),
      running: runningVersion(node),
      desired: spec.version,
      order: at < 0 ? null : at + 1,
      does:
        at < 0
          ? "nothing"
          : deeds(node)
              .map((deed) => (deed === "install" ? installDeed(spec, node.state) : deed))
              .join(", "),
      because: at < 0 ? "already there" : why(node, spec),
    };
  });
}

/** What is installed: `unknown` where the package manager could not tell. */
function installedText({ state: { package: pkg } }: NodeView, spec: UpgradeSpec): string {
  if (pkg.version !== null) return shortest(pkg.version, spec);
  return pkg.state === "unreadable" ? "unknown" : "nothing";
}

/** The release, or the whole version where the package's iteration is what matters. */
function shortest(installed: string, spec: UpgradeSpec): string {
  return release(spec.version) === spec.version ? release(installed) : installed;
}

/** `2.3.16`, `before 2.3.16` or `unknown`. */
export function runningVersion(node: Pick<NodeView, "state">): string {
  const { package: pkg, running, upgradedTo } = node.state;
  if (running.kind === "installed" && pkg.version !== null) return release(pkg.version);
  if (running.kind === "older" && pkg.version !== null)
    return upgradedTo && upgradedTo !== pkg.version ? release(upgradedTo) : `before ${release(pkg.version)}`;
  return "unknown";
}

function rollingDeeds(node: NodeView): string[] {
  const upgrade = node.role === "leader" ? ["failover on", "upgrade --failover"] : ["upgrade"];
  const once = node.again ? upgrade.map((each) => each.replace(/^upgrade/, "$& again")) : upgrade;
  return [...(node.needsInstall ? ["install"] : []), ...(node.needsUpgrade ? once : []), "verify rejoin"];
}

function why(node: NodeView, spec: UpgradeSpec): string {
  if (node.inside) return "begun and not finished";
  if (node.needsInstall) return `${installedText(node, spec)} => ${spec.version}`;
  if (node.again) return "`upgrade` ended with 0, but its services still run the old build";
  return `${spec.version} is installed, but its services run an older build`;
}
