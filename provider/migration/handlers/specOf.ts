import { localPackages } from "../../handlers/localPackages";
import type { HandlerContext } from "../../handlers/types";
import type { MigrationInputs } from "../inputs";
import { type MigrationSpec, toMigrationSpec } from "../spec";

/**
 * The spec that the inputs ask for; looks at the local package files where there are any to be uploaded.
 * @throws LocalFilesError as `localPackages`.
 */
export async function migrationSpecOf(
  inputs: MigrationInputs,
  context: Pick<HandlerContext, "localFile">,
): Promise<MigrationSpec> {
  const fields = [
    ["packageFile", inputs.packageFile],
    ["frontends.packageFile", inputs.frontends.packageFile],
  ] as const;
  return toMigrationSpec(inputs, await localPackages(fields, context));
}
