import { localPackages } from "../../handlers/localPackages";
import type { HandlerContext } from "../../handlers/types";
import type { MigrationInputs } from "../inputs";
import { type MigrationSpec, toMigrationSpec } from "../spec";

/** The spec that the inputs ask for; looks at the local package files where there are any to be uploaded. */
export async function migrationSpecOf(
  inputs: MigrationInputs,
  context: Pick<HandlerContext, "localFile">,
): Promise<MigrationSpec> {
  const files = [inputs.packageFile, inputs.frontends.packageFile];
  return toMigrationSpec(inputs, await localPackages(files, context));
}
