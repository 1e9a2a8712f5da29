import {
  defaultFailoverGuard,
  defaultTimeouts,
  type FrontendsSpec,
  type PackageSource,
  type UpgradeSpec,
} from "../plan/spec";
import { machineNames } from "./names";
import type { ClusterInputs, PackageFileInputs } from "./schema";

/** A package file on this machine, looked at: only `source` needs it. */
export interface LocalFile {
  readonly sha256: string;
  readonly sizeKiB: number;
}

/** The package files on this machine that the inputs name, by their `source`. */
export type LocalFiles = ReadonlyMap<string, LocalFile>;

/** Fills in the defaults: what the core works with. `local` is null when no file was looked at: no `source` then. */
export function toSpec(
  inputs: ClusterInputs,
  local: LocalFiles | null,
  knownGuids: readonly string[],
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
    allowDowntime: inputs.allowDowntime ?? null,
    backup: inputs.backup ?? true,
    reindexTestOrg: inputs.reindexTestOrg ?? null,
    frontends: frontends(inputs, names.slice(inputs.nodes.length), local),
    timeouts: {
      ...defaultTimeouts,
      ...inputs.timeouts,
      ...(backupTimeout === undefined ? {} : { backup: backupTimeout }),
    },
    knownGuids,
  };
}

function packages(inputs: ClusterInputs, local: LocalFiles | null): Record<string, PackageSource> {
  const given = { ...inputs.packageFiles };
  if (inputs.packageFile) given[inputs.version] = inputs.packageFile;
  return Object.fromEntries(
    Object.entries(given).map(([version, file]) => [version, packageSource(file, local)]),
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
    packageFile: given.packageFile ? packageSource(given.packageFile, local) : null,
    acceptLicense: given.acceptLicense ?? false,
    cleanup: given.cleanup ?? null,
  };
}

function packageSource(file: PackageFileInputs, local: LocalFiles | null): PackageSource {
  const found = file.source === undefined ? undefined : local?.get(file.source);
  const sha256 = (file.sha256 ?? found?.sha256)?.toLowerCase();
  if (file.path !== undefined) return { path: file.path, sha256, staging: null, stagedKiB: 0 };
  // The checksum in the name keeps different files of one name apart.
  const name = `${sha256!.slice(0, 12)}-${baseName(file.source ?? new URL(file.url!).pathname)}`;
  const staging =
    file.source !== undefined
      ? { kind: "upload" as const, source: file.source, sha256: sha256!, file: name }
      : { kind: "download" as const, url: file.url!, sha256: sha256!, file: name };
  return { path: name, sha256, staging, stagedKiB: found?.sizeKiB ?? 0 };
}

/** Fit for any file system, with the checksum in front and `.part` behind. */
function baseName(path: string): string {
  return path
    .split("/")
    .at(-1)!
    .replace(/[^A-Za-z0-9._+~-]/g, "_")
    .slice(-200);
}
