import type { ClusterInputs, PackageFileInputs } from "../inputs/schema";
import { type Adopted, toSpec } from "../inputs/toSpec";
import type { UpgradeSpec } from "../plan/spec";
import { localPackages } from "./localPackages";
import type { HandlerContext } from "./types";

/**
 * The spec that the inputs ask for; looks at the local package files where there are any to be uploaded.
 * @throws LocalFilesError as `localPackages`.
 */
export async function specOf(
  inputs: ClusterInputs,
  known: Adopted | undefined,
  context: Pick<HandlerContext, "localFile">,
): Promise<UpgradeSpec> {
  return toSpec(inputs, await localPackages(packageFields(inputs), context), known);
}

/** The same without any package: what is there can be read though no package is at hand. */
export function withoutPackages(inputs: ClusterInputs): ClusterInputs {
  const { packageFile: _package, packageFiles: _packages, frontends, ...rest } = inputs;
  return frontends ? { ...rest, frontends: { ...frontends, packageFile: undefined } } : rest;
}

/** Every package file of the inputs with the name of its field. */
function packageFields(inputs: ClusterInputs): [string, PackageFileInputs | undefined][] {
  const byVersion = Object.entries(inputs.packageFiles ?? {});
  return [
    ["packageFile", inputs.packageFile],
    ...byVersion.map(([version, file]): [string, PackageFileInputs] => [`packageFiles["${version}"]`, file]),
    ["frontends.packageFile", inputs.frontends?.packageFile],
  ];
}
