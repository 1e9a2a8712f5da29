import type { ClusterInputs } from "../inputs/schema";
import { type Adopted, toSpec } from "../inputs/toSpec";
import type { UpgradeSpec } from "../plan/spec";
import { localPackages } from "./localPackages";
import type { HandlerContext } from "./types";

/** The spec that the inputs ask for; looks at the local package files where there are any to be uploaded. */
export async function specOf(
  inputs: ClusterInputs,
  known: Adopted | undefined,
  context: Pick<HandlerContext, "localFile">,
): Promise<UpgradeSpec> {
  const { packageFile, packageFiles = {}, frontends } = inputs;
  const files = [packageFile, ...Object.values(packageFiles), frontends?.packageFile];
  return toSpec(inputs, await localPackages(files, context), known);
}

/** The same without any package: what is there can be read though no package is at hand. */
export function withoutPackages(inputs: ClusterInputs): ClusterInputs {
  const { packageFile: _package, packageFiles: _packages, frontends, ...rest } = inputs;
  return frontends ? { ...rest, frontends: { ...frontends, packageFile: undefined } } : rest;
}
