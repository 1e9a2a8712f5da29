import {
  defaultFailoverGuard,
  defaultTimeouts,
  type DrainSpec,
  type FrontendsSpec,
  type PackageSource,
  type UpgradeSpec,
} from "../plan/spec";
import { defaultPort } from "../commands/askServer";
import { machineNames } from "./names";
import { type LocalFiles, packageSource } from "./packageSource";
import type { ClusterInputs } from "./schema";

/** What a cluster was when it was adopted; nothing before. */
export interface Adopted {
  readonly guids: readonly string[];
  /** Machine ids by GUID. */
  readonly machines: Readonly<Record<string, string>>;
}

/** Fills in the defaults: what the core works with. `local` is null when no file was looked at: no `source` then. */
export function toSpec(
  inputs: ClusterInputs,
  local: LocalFiles | null,
  adopted: Adopted = { guids: [], machines: {} },
): UpgradeSpec {
  const names = machineNames(inputs);
  const { backupTimeout } = inputs;
  return {
    version: inputs.version,
    nodes: inputs.nodes.map(({ host }, index) => ({ name: names[index]!, host })),
    packages: packages(inputs, local),
    takeOverFailover: inputs.takeOverFailover ?? false,
    failoverGuard: inputs.failoverGuard ?? defaultFailoverGuard,
    breakLock: inputs.breakLock ?? null,
    goneMachines: inputs.goneMachines ?? [],
    allowDowntime: inputs.allowDowntime ?? null,
    acceptFailedScripts: inputs.acceptFailedScripts ?? null,
    backup: inputs.backup ?? true,
    rebuildIndex: inputs.rebuildIndex ?? null,
    reindexTestOrg: inputs.reindexTestOrg ?? null,
    acceptPartialIndex: inputs.acceptPartialIndex ?? [],
    frontends: frontends(inputs, names.slice(inputs.nodes.length), local),
    timeouts: {
      ...defaultTimeouts,
      ...inputs.timeouts,
      ...(backupTimeout === undefined ? {} : { backup: backupTimeout }),
    },
    knownGuids: adopted.guids,
    knownMachines: adopted.machines,
  };
}

function packages(inputs: ClusterInputs, local: LocalFiles | null): Record<string, PackageSource> {
  const given = { ...inputs.packageFiles };
  if (inputs.packageFile) given[inputs.version] = inputs.packageFile;
  return Object.fromEntries(
    Object.entries(given).map(([version, file]) => {
      const field = file === inputs.packageFile ? "packageFile" : `packageFiles["${version}"]`;
      return [version, packageSource(field, file, local)];
    }),
  );
}

function frontends(
  inputs: ClusterInputs,
  names: readonly string[],
  local: LocalFiles | null,
): FrontendsSpec | null {
  const given = inputs.frontends;
  if (!given) return null;
  return {
    nodes: given.nodes.map(({ host }, index) => ({ name: names[index]!, host })),
    version: given.version ?? null,
    packageFile: given.packageFile ? packageSource("frontends.packageFile", given.packageFile, local) : null,
    acceptLicense: given.acceptLicense ?? false,
    cleanup: given.cleanup ?? null,
    skipReindex: given.skipReindex ?? null,
    acceptFailedScripts: given.acceptFailedScripts ?? null,
    loadBalancer: given.loadBalancer
      ? { host: given.loadBalancer.host, port: given.loadBalancer.port ?? defaultPort }
      : null,
    smokeTest: given.smokeTest ?? false,
    drain: given.drain ? drain(given.drain) : null,
    reconfigureAddons: given.addons === "reconfigure",
  };
}

function drain({
  command,
  undo,
  wait,
}: NonNullable<NonNullable<ClusterInputs["frontends"]>["drain"]>): DrainSpec {
  return { command: command ?? null, undo: undo ?? null, wait: wait ?? 0 };
}
