import { finishInstall } from "../commands/install";
import { installing } from "../plan/spec";
import { packageFileOf } from "../plan/view";
import { release, satisfies } from "../versions/version";
import * as ctl from "./commands";
import type { EnterpriseKind, EnterpriseStep } from "./plan";
import type { EnterpriseMachine } from "./state";
import type { EnterpriseView } from "./view";

export type Steps = (
  kind: EnterpriseKind,
  /** Side by side; `cluster` for what only looks. */
  machines: readonly EnterpriseMachine[] | "cluster",
  title: string,
  commands: EnterpriseStep["commands"],
  more: Partial<EnterpriseStep>,
) => EnterpriseStep[];

/** One step, or none where there is no machine for it. */
export function stepsOf({ spec }: EnterpriseView): Steps {
  return (kind, machines, title, commands, more) => {
    if (machines.length === 0) return [];
    const nodes = machines === "cluster" ? [] : machines.map(({ name }) => name);
    const [only, another] = nodes;
    const node = only !== undefined && another === undefined ? only : null;
    return [
      {
        id: `${node ?? (nodes.length > 0 ? "frontends" : "cluster")}/${kind}`,
        ...{ kind, node, nodes, commands },
        title: nodes.length > 1 ? `${nodes.join(", ")}: ${title}` : title,
        reason: "",
        guard: "the steps before it are done",
        verify: "the command ends with 0",
        timeout: spec.timeouts.services,
        ...more,
      },
    ];
  };
}

export function stage(
  { spec }: EnterpriseView,
  needs: readonly EnterpriseMachine[],
  step: Steps,
): EnterpriseStep[] {
  const waiting = needs.filter((machine) => packageFileOf(machine, spec.version)?.missing);
  const names = waiting.map(({ name }) => name).join(", ");
  return spec.packageFile?.staging
    ? step("stage", waiting, `bringing the package to ${names}`, [], {
        ...{ id: "cluster/stage", node: null, title: `bringing the package to ${names}` },
        reason: "the package must be on every machine before anything else changes",
        verify: "name, version, architecture and SHA-256 are right",
        timeout: spec.timeouts.stage,
      })
    : [];
}

/** On all of them at once; each has its own commands, of which the plan shows the first one's. */
export function install(
  view: EnterpriseView,
  machines: readonly EnterpriseMachine[],
  step: Steps,
): EnterpriseStep[] {
  const { spec, from } = view;
  const commands = machines.slice(0, 1).flatMap((machine) => installOn(view, machine));
  return step("install", machines, `installing private-chef ${spec.version}`, commands, {
    reason: `${release(from)} => ${spec.version}`,
    verify: `private-chef ${spec.version} is installed`,
    timeout: spec.timeouts.install,
  });
}

/** What installs the package on a machine, or finishes our installation that was interrupted; none without a package. */
export function installOn(view: EnterpriseView, machine: EnterpriseMachine): string[][] {
  if (canBeConfigured(view, machine)) return finishInstall();
  const { packageFile } = view.spec;
  if (!packageFile || !machine.family) return [];
  const { family } = machine;
  return installing(packageFile, machine.stateDir, (path) => ctl.install(family, path));
}

/** Ours was interrupted after it was unpacked. */
export function canBeConfigured({ spec, begun }: EnterpriseView, machine: EnterpriseMachine): boolean {
  const { state, version, reinstall } = machine.package;
  return (
    state === "interrupted" &&
    machine.family === "deb" &&
    !reinstall &&
    begun(`${machine.name}/install`) &&
    satisfies(version ?? "", spec.version)
  );
}
