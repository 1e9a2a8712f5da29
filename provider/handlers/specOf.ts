import type { ClusterInputs } from "../inputs/schema";
import { toSpec } from "../inputs/toSpec";
import type { UpgradeSpec } from "../plan/spec";
import type { HandlerContext } from "./types";

/**
 * The spec that the inputs ask for; looks at the local package file where there is one to be uploaded.
 * @throws Error with a complete sentence when that file is missing or not the one that `sha256` names.
 */
export async function specOf(
  inputs: ClusterInputs,
  knownGuids: readonly string[],
  context: Pick<HandlerContext, "localFile">,
): Promise<UpgradeSpec> {
  const source = inputs.packageFile?.source;
  const local = source === undefined ? null : await context.localFile(source);
  const wanted = inputs.packageFile?.sha256?.toLowerCase();
  if (local && wanted && local.sha256 !== wanted)
    throw new Error(`${source}: its SHA-256 is ${local.sha256}, packageFile.sha256 says ${wanted}`);
  return toSpec(inputs, local, knownGuids);
}
