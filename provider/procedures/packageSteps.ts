import type { MachineState } from "../cluster/state";
import type { Step } from "../plan/plan";
import type { UpgradeSpec } from "../plan/spec";
import { type NodeView, packageFileOf } from "../plan/view";

/** Every package that is still missing on a node comes there first: of this hop, and of the later ones. */
export function stage(spec: UpgradeSpec, order: readonly NodeView[]): Step[] {
  const waiting = order.filter((node) => node.needsInstall && missingPackages(spec, node.state).length > 0);
  return waiting.length === 0
    ? []
    : [
        stageStep(
          spec,
          waiting.map((node) => node.name),
        ),
      ];
}

export function stageStep(spec: UpgradeSpec, names: readonly string[]): Step {
  return {
    id: "cluster/stage",
    kind: "stage",
    node: null,
    title: `bringing the package to ${names.join(", ")}`,
    reason: "the package must be on every node before anything else changes",
    commands: [],
    guard: "the preflight passes",
    verify: "name, version, architecture and SHA-256 are right on every node",
    timeout: spec.timeouts.stage,
  };
}

/** Versions whose package is to be brought to a machine, and is not there yet. */
export function missingPackages(spec: UpgradeSpec, state: MachineState): string[] {
  return Object.keys(spec.packages).filter(
    (version) => spec.packages[version]!.staging !== null && packageFileOf(state, version)?.missing,
  );
}
