import type { MachineState } from "../cluster/state";
import type { Step } from "../plan/plan";
import { StepFailedError } from "./errors";
import { type HeededResult, jobProblem, mustBeGood } from "./jobs";

/** What is not as it is to be after a command, for people; null where everything is. */
export type Sight = (result: HeededResult) => Promise<string | null>;

/**
 * `start` and `stop` of Chef's products end with the sum of what runit said of each service (omnibus-ctl): one that needs longer
 * than `sv` waits is enough. What runs then decides, and the command is given once more before it has failed.
 * @throws StepFailedError where it is not as it is to be after the second time
 */
export async function bySight(
  step: Step<string>,
  node: string,
  attempt: () => Promise<HeededResult>,
  look: Sight,
): Promise<void> {
  for (let last = false; ; last = true) {
    const result = await attempt();
    if (result.state !== "ended") mustBeGood(step, node, result);
    const missing = await look(result);
    if (missing === null) return;
    if (!last) continue;
    const how = result.code === 0 ? "it ended with 0, but" : `${jobProblem(step, node, result)}, and`;
    throw new StepFailedError(step, `${how} ${missing}`, result);
  }
}

type Seen = Pick<MachineState, "name" | "services">;

/** After a `stop`: nothing runs. Where no status tells, its exit status does. */
export function stillUp({ name, services }: Seen, { code }: HeededResult): string | null {
  const up = services.filter((each) => each.up).map(({ service }) => service);
  if (up.length > 0) return `${up.join(", ")} on ${name} still runs`;
  return code === 0 || services.length > 0 ? null : unseen(name);
}

/**
 * After a `start` that did not end with 0: everything runs; after another one something does: an earlier run may have given it, and
 * somebody stopped the services since. @param down what its status shows down, external services too
 */
export function stillDown(
  { name, services }: Seen,
  down: readonly string[],
  { code }: HeededResult,
): string | null {
  if (code === 0)
    return services.length > 0 && services.every(({ up }) => !up) ? `no service runs on ${name}` : null;
  if (services.length === 0) return unseen(name);
  const own = services
    .filter(({ service, up }) => !up && down.includes(service))
    .map(({ service }) => service);
  return own.length > 0 ? `${own.join(", ")} on ${name} is down` : null;
}

const unseen = (name: string) => `no status of ${name} names a service`;
