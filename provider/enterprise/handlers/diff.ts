import { nothing } from "../../handlers/backendPlans";
import type { CheckedEnterprise, EnterpriseProperties } from "./types";

/**
 * Whether an update has anything to do: something happens to a machine, an earlier run left something to be
 * finished, the machines are others, or the backup is another. A changed credential is no reason. Nothing replaces.
 */
export function diff(olds: Partial<EnterpriseProperties>, news: CheckedEnterprise): { changes: boolean } {
  const plans = Object.values(news.machines ?? {});
  const acts = plans.length === 0 || plans.some(({ step }) => step !== nothing);
  const left = (news.unfinished ?? []).length > 0;
  const names = ({ machines = {} }: Partial<CheckedEnterprise>) => Object.keys(machines).sort().join("\n");
  const others = names(olds) !== names(news) || olds.backupReference !== news.backupReference;
  return { changes: acts || left || others };
}
