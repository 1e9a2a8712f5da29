import { defaultTimeouts, type PackageSource, type UpgradeSpec } from "../plan/spec";
import type { ClusterInputs } from "./schema";

/** A package file on this machine, looked at: only `source` needs it. */
export interface LocalFile {
  readonly sha256: string;
  readonly sizeKiB: number;
}

/** Fills in the defaults: what the core works with. */
export function toSpec(
  inputs: ClusterInputs,
  local: LocalFile | null,
  knownGuids: readonly string[],
): UpgradeSpec {
  return {
    version: inputs.version,
    nodes: nodeNames(inputs).map((name, index) => ({ name, host: inputs.nodes[index]!.host })),
    packageFile: packageSource(inputs, local),
    takeOverFailover: inputs.takeOverFailover ?? false,
    timeouts: { ...defaultTimeouts, ...inputs.timeouts },
    knownGuids,
  };
}

/** A node is called by its `name`, else by its host, with the port where hosts alone are not different. */
export function nodeNames(inputs: Pick<ClusterInputs, "nodes">): string[] {
  return inputs.nodes.map(
    (node) =>
      node.name ??
      (inputs.nodes.filter((other) => other.host === node.host).length > 1
        ? `${node.host}:${node.port ?? 22}`
        : node.host),
  );
}

function packageSource(inputs: ClusterInputs, local: LocalFile | null): PackageSource | null {
  const file = inputs.packageFile;
  if (!file) return null;
  const sha256 = (file.sha256 ?? local?.sha256)?.toLowerCase();
  if (file.path !== undefined) return { path: file.path, sha256, staging: null, stagedKiB: 0 };
  // The checksum in the name keeps different files of one name apart.
  const name = `${sha256!.slice(0, 12)}-${baseName(file.source ?? new URL(file.url!).pathname)}`;
  const staging =
    file.source !== undefined
      ? { kind: "upload" as const, source: file.source, sha256: sha256!, file: name }
      : { kind: "download" as const, url: file.url!, sha256: sha256!, file: name };
  return { path: name, sha256, staging, stagedKiB: local?.sizeKiB ?? 0 };
}

function baseName(path: string): string {
  return path
    .split("/")
    .at(-1)!
    .replace(/[^A-Za-z0-9._+~-]/g, "_");
}
