import type { RunRecord } from "../cluster/record";
import type { Step, StepKind } from "../plan/plan";
import { drainedFrontends } from "../plan/progress";
import type { UpgradeSpec } from "../plan/spec";
import { onFrontend } from "./frontendSteps";

/** From one of these on its clients are cut off; after one of those it serves them again, verified. */
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
  const gives = (step: Step) => givesBack.includes(step.kind);
  const drained = new Set([...owed, ...steps.filter(out).map(({ node }) => node!)]);
  const back = (name: string) => (drain.undo === null ? [] : [undrainStep(spec, name)]);
  /** The next step from there on that bears on whether it serves. */
  const next = (name: string | null, from: number) =>
    steps.slice(from).find((step) => step.node === name && (out(step) || gives(step)));
  const around = (step: Step, at: number): Step[] => {
    const after = next(step.node, at + 1);
    const serves = drained.has(step.node!) && gives(step) && (after === undefined || out(after));
    return [...(out(step) ? [drainStep(spec, step.node!)] : []), step, ...(serves ? back(step.node!) : [])];
  };
  const nextOut = steps.find(out)?.node;
  /** It serves by now: nothing gives it back any more, and what takes it out again has not begun, or another one comes first. */
  const servesNow = (name: string) => {
    const first = next(name, 0);
    if (first === undefined) return true;
    const again = wasTakenOut(record!, name) || name !== nextOut;
    return out(first) && again && !record!.begun.includes(first.id);
  };
  return [...owed.filter(servesNow).flatMap(back), ...steps.flatMap(around)];
}

/** Since it was drained, as the order in the record tells. */
function wasTakenOut({ begun }: RunRecord, name: string): boolean {
  const since = begun.slice(begun.indexOf(`${name}/drain`));
  return since.some((id) => id === `${name}/stop` || id === `${name}/close`);
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
