import type { Method } from "../cluster/hop";
import type { HopPlan } from "../plan/plan";
import { release } from "../versions/version";

const how: Record<Method, (from: string, to: string) => string> = {
  rolling: (from, to) => `${from} => ${to}, rolling`,
  downtime: (from, to) => `${from} => ${to}`,
  reindex: (from, to) => `${from} => ${to}`,
  frontends: (from, to) => `frontends ${from} => ${to}, one after another`,
  cleanup: (_from, to) => `cleanup of what the upgrade of the frontends to ${to} has left`,
};

/** One part of the way in one line: how it is gone, what is out of service meanwhile, and why. */
export function hopText({ from, to, method, downtime, because }: HopPlan): string {
  // The package's iteration is told where it is what matters.
  const way = how[method](release(from) === release(to) ? from : release(from), to);
  return downtime === null
    ? `${way}, no downtime: ${because}`
    : `${way}, with downtime: ${downtime}; ${because}`;
}
