import { machineNames } from "../inputs/names";
import { type LocalFiles, packageSource } from "../inputs/packageSource";
import type { EnterpriseInputs } from "./inputs";
import { defaultEnterpriseTimeouts, defaultUpgradeAttempts, type EnterpriseSpec } from "./spec";

/**
 * Fills in the defaults: what the core works with.
 * @param local null when no file was looked at: no `source` then.
 * @param known what the state says; null when the resource is new.
 */
export function toEnterpriseSpec(
  inputs: EnterpriseInputs,
  local: LocalFiles | null,
  known: { readonly cleanedUp: string } | null,
): EnterpriseSpec {
  const names = machineNames(inputs);
  const { nodes, frontends, packageFile } = inputs;
  return {
    version: inputs.version,
    nodes: nodes.map(({ host }, at) => ({ name: names[at]!, host })),
    frontends: (frontends?.nodes ?? []).map(({ host }, at) => ({ name: names[nodes.length + at]!, host })),
    packageFile: packageFile ? packageSource("packageFile", packageFile, local) : null,
    allowDowntime: inputs.allowDowntime ?? null,
    acceptFailedScripts: inputs.acceptFailedScripts ?? null,
    upgradeAttempts: inputs.upgradeAttempts ?? defaultUpgradeAttempts,
    cleanup: inputs.cleanup ?? false,
    adopted: known !== null,
    cleanedUp: known?.cleanedUp || null,
    breakLock: inputs.breakLock ?? null,
    goneMachines: inputs.goneMachines ?? [],
    timeouts: { ...defaultEnterpriseTimeouts, ...inputs.timeouts },
  };
}
