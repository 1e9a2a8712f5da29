import { failoverState } from "../cluster/failover";
import { healthProblems } from "../cluster/health";
import { lookAgain } from "./lookAgain";
import { reporter } from "./reporter";
import type { ClusterProperties, HandlerContext } from "./types";

/** Says how the cluster stands that Pulumi forgets. Changes nothing on it (promise 9), and never fails: nothing depends on it. */
export async function forget(properties: ClusterProperties, context: HandlerContext): Promise<void> {
  const { warn, note } = reporter(context);
  const forgets = "Pulumi forgets this cluster and changes nothing on it";
  const seen = await lookAgain(properties, context).catch((error: Error) => void warn(error.message));
  if (!seen) return warn(`${forgets}. How it stands could not be read`);
  const { state, plan } = seen;
  const failover = failoverState(state);
  const wrong = [
    ...(failover === "on" || plan.owed.length > 0 ? [] : [`failover is ${failover}`]),
    ...plan.owed,
    ...healthProblems(state),
  ];
  if (wrong.length === 0) return note(`${forgets}. It is healthy, and failover is on`);
  warn(`${forgets}. It stays as it is: ${[...new Set(wrong)].join("; ")}`);
}
