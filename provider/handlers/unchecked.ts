import type { Validated } from "../inputs/validate";
import type { CheckOutcome } from "./types";
import type { reporter } from "./reporter";
import { nextTurn, type Turn } from "./turn";

/**
 * What `check` answers while inputs are wrong, or not known yet: no machine is looked at.
 * @param later what the state tells, with what stands in place of each step
 */
export function unchecked<O extends Turn>(
  given: object,
  { failures, unknown }: Pick<Validated<unknown>, "failures" | "unknown">,
  olds: O,
  report: ReturnType<typeof reporter>,
  later: (when: string, olds: O) => object,
): CheckOutcome {
  const expansion = failures.length > 0 ? {} : later(report.unknown(unknown), olds);
  return { inputs: { ...given, ...expansion, ...nextTurn(olds, false) }, failures };
}
