import type { LocalFile, LocalFiles } from "../inputs/packageSource";
import type { PackageFileInputs } from "../inputs/schema";
import type { HandlerContext } from "./types";

/**
 * Looks at the package files that are to be uploaded, by their `source`. One that cannot be read is kept with the reason: it stands
 * in the way only where it would be installed.
 */
export async function localPackages(
  files: readonly (PackageFileInputs | undefined)[],
  context: Pick<HandlerContext, "localFile">,
): Promise<LocalFiles> {
  const local = new Map<string, LocalFile | Error>();
  for (const { source } of files.filter((file) => file !== undefined))
    if (source !== undefined && !local.has(source))
      local.set(source, await context.localFile(source).catch((error: Error) => error));
  return local;
}
