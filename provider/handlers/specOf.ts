import type { ClusterInputs, PackageFileInputs } from "../inputs/schema";
import { type LocalFile, toSpec } from "../inputs/toSpec";
import type { InputFailure } from "../inputs/validate";
import type { UpgradeSpec } from "../plan/spec";
import type { HandlerContext } from "./types";

/** Package files on this machine that are missing, or are not those that `sha256` names. */
export class LocalFilesError extends Error {
  override readonly name = "LocalFilesError";
  constructor(readonly failures: readonly InputFailure[]) {
    super(failures.map(({ reason }) => reason).join("\n"));
  }
}

/**
 * The spec that the inputs ask for; looks at the local package files where there are any to be uploaded.
 * @throws LocalFilesError with a complete sentence for each that is missing or another than `sha256` says.
 */
export async function specOf(
  inputs: ClusterInputs,
  knownGuids: readonly string[],
  context: Pick<HandlerContext, "localFile">,
): Promise<UpgradeSpec> {
  const local = new Map<string, LocalFile>();
  const failures: InputFailure[] = [];
  for (const [field, { source, sha256 }] of packageFields(inputs)) {
    if (source === undefined) continue;
    try {
      const found = local.get(source) ?? (await context.localFile(source));
      local.set(source, found);
      if (sha256 !== undefined && found.sha256 !== sha256.toLowerCase())
        throw new Error(
          `${source}: its SHA-256 is ${found.sha256}, ${field}.sha256 says ${sha256.toLowerCase()}`,
        );
    } catch (error) {
      failures.push({ property: `${field}.source`, reason: (error as Error).message });
    }
  }
  if (failures.length > 0) throw new LocalFilesError(failures);
  return toSpec(inputs, local, knownGuids);
}

/** The same without any package: what is there can be read though no package is at hand. */
export function withoutPackages(inputs: ClusterInputs): ClusterInputs {
  const { packageFile: _package, packageFiles: _packages, frontends, ...rest } = inputs;
  return frontends ? { ...rest, frontends: { ...frontends, packageFile: undefined } } : rest;
}

/** Every package file of the inputs with the name of its field. */
function packageFields(inputs: ClusterInputs): [string, PackageFileInputs][] {
  const all: [string, PackageFileInputs | undefined][] = [
    ["packageFile", inputs.packageFile],
    ...Object.entries(inputs.packageFiles ?? {}).map(([version, file]): [string, PackageFileInputs] => [
      `packageFiles["${version}"]`,
      file,
    ]),
    ["frontends.packageFile", inputs.frontends?.packageFile],
  ];
  return all.filter((each): each is [string, PackageFileInputs] => each[1] !== undefined);
}
