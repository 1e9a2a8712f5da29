import type { RunRecord } from "../cluster/record";
import type { Step, StepKind } from "../plan/plan";
import { drainedFrontends } from "../plan/progress";
import type { UpgradeSpec } from "../plan/spec";
import { onFrontend } from "./frontendSteps";

/** From one of these on its clients are cut off; after the last one of those it serves them again, verified. */
const takesOut: readonly StepKind[] = ["stop-frontend", "close-frontend"];
const givesBack: readonly StepKind[] = ["verify-frontend", "open-frontend", "reconfigure-addon"];

/**
 * Steps of any procedure, with the load balancer told before a frontend is taken out of service and after it serves again. What an
 * earlier run has drained is put back before anything else, unless it is out of service, or the next to be: with two drained at once
 * nobody might be left.
 */
export function withDraining(
  spec: UpgradeSpec,
  record: RunRecord | null,
  steps: readonly Step[],
): readonly Step[] {
  const drain = spec.frontends?.drain;
  if (!drain) return steps;
  const out = (step: Step) => takesOut.includes(step.kind);
  const owed = drainable(spec, record);
  const drained = new Set([...owed, ...steps.filter(out).map(({ node }) => node!)]);
  const last = (name: string) =>
    steps.findLast(({ node, kind }) => node === name && givesBack.includes(kind));
  const back = (name: string) => (drain.undo === null ? [] : [undrainStep(spec, name)]);
  const around = (step: Step): Step[] => [
    ...(out(step) ? [drainStep(spec, step.node!)] : []),
    step,
    ...(step.node !== null && drained.has(step.node) && step === last(step.node) ? back(step.node) : []),
  ];
  const next = steps.find(out)?.node;
  const waits = (name: string) => name !== next && steps.some((step) => out(step) && step.node === name);
  const first = owed.filter((name) => !last(name) || waits(name));
  return [...first.flatMap(back), ...steps.flatMap(around)];
}

/** What is drained by us, and listed: who is not is refused for it. */
export function drainable(spec: UpgradeSpec, record: RunRecord | null): string[] {
  const listed = spec.frontends?.nodes.map(({ name }) => name) ?? [];
  return drainedFrontends(record).filter((name) => listed.includes(name));
}

function drainStep(spec: UpgradeSpec, name: string): Step {
  const { command, wait } = spec.frontends!.drain!;
  return onFrontend(
    spec,
    { name },
    {
      kind: "drain-frontend",
      title:
        command === null
          ? `waiting ${wait} s for it to be taken out of the load balancer`
          : "taking it out of the load balancer",
      reason: "clients that were sent to it would be cut off",
      commands: [],
      verify: "frontends.drain.command ends with 0",
    },
  );
}

/** A frontend is put back into the load balancer. */
export function undrainStep(spec: UpgradeSpec, name: string): Step {
  return onFrontend(
    spec,
    { name },
    {
      kind: "undrain-frontend",
      title: "putting it back into the load balancer",
      reason: "it serves again",
      commands: [],
      verify: "frontends.drain.undo ends with 0",
    },
  );
}

/** What an earlier run has left drained. */
export function drainOwed(record: RunRecord | null): string[] {
  const names = drainedFrontends(record);
  return names.length === 0
    ? []
    : [`${names.join(", ")} ${names.length === 1 ? "is" : "are"} out of the load balancer`];
}

/** Nobody puts it back any more: the program says no longer how. */
export function drainWarnings(spec: UpgradeSpec, record: RunRecord | null): string[] {
  const undo = spec.frontends?.drain?.undo ?? null;
  const names = undo === null ? drainedFrontends(record) : [];
  return names.length === 0
    ? []
    : [
        `An earlier run took ${names.join(", ")} out of the load balancer, and \`frontends.drain.undo\` is not set: put it back yourself, or set it again`,
      ];
}
