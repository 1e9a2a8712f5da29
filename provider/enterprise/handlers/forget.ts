import { reporter } from "../../handlers/reporter";
import type { HandlerContext } from "../../handlers/types";
import { systemProblems } from "../wellness";
import { lookAgain } from "./lookAgain";
import type { EnterpriseProperties } from "./types";

/** Says how the system stands that Pulumi forgets. Changes nothing on it (promise 9), and never fails: nothing depends on it. */
export async function forget(properties: EnterpriseProperties, context: HandlerContext): Promise<void> {
  const { warn, note } = reporter(context);
  const forgets = "Pulumi forgets this system and changes nothing on it";
  const seen = await lookAgain(properties, context).catch((error: Error) => void warn(error.message));
  if (!seen) return warn(`${forgets}. How it stands could not be read`);
  const wrong = [...seen.plan.owed, ...systemProblems(seen.state)];
  if (wrong.length === 0) return note(`${forgets}. It is healthy`);
  warn(`${forgets}. It stays as it is: ${wrong.join("; ")}`);
}
