import { localPackages } from "../../handlers/localPackages";
import type { HandlerContext } from "../../handlers/types";
import type { EnterpriseInputs } from "../inputs";
import type { EnterpriseSpec } from "../spec";
import { toEnterpriseSpec } from "../toSpec";

/** The spec that the inputs ask for; looks at the local package file where there is one to be uploaded. */
export async function specOf(
  inputs: EnterpriseInputs,
  olds: { readonly machines?: object | undefined; readonly cleanedUp?: string | undefined },
  context: Pick<HandlerContext, "localFile">,
): Promise<EnterpriseSpec> {
  const local = await localPackages([inputs.packageFile], context);
  return toEnterpriseSpec(inputs, local, olds.machines ? { cleanedUp: olds.cleanedUp ?? "" } : null);
}
