import { isRebuild, type Method } from "../cluster/hop";
import type { HopPlan } from "../plan/plan";
import { release, satisfies } from "../versions/version";

const how: Record<Method, (versions: string, to: string) => string> = {
  rolling: (versions) => `${versions}, rolling`,
  downtime: (versions) => versions,
  reindex: (versions) => versions,
  frontends: (versions) => `frontends ${versions}, one after another`,
  cleanup: (_versions, to) => `cleanup of what the upgrade of the frontends to ${to} has left`,
};

/** One part of the way in one line: how it is gone, what is out of service meanwhile, and why. */
export function hopText(hop: HopPlan): string {
  const { from, to, method, downtime, because } = hop;
  const way = isRebuild(hop) ? `search index on ${to}` : how[method](versionsText(from, to), to);
  return downtime === null
    ? `${way}, no downtime: ${because}`
    : `${way}, with downtime: ${downtime}; ${because}`;
}

/** The package's iteration is told where it is what matters; one version where the package is there already. */
function versionsText(from: string, to: string): string {
  if (satisfies(from, to)) return to;
  return `${release(from) === release(to) ? from : release(from)} => ${to}`;
}
