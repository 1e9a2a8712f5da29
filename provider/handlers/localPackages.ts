import type { LocalFile, LocalFiles } from "../inputs/packageSource";
import type { PackageFileInputs } from "../inputs/schema";
import type { InputFailure } from "../inputs/validate";
import type { HandlerContext } from "./types";

/** Package files on this machine that are missing, or are not those that `sha256` names. */
export class LocalFilesError extends Error {
  override readonly name = "LocalFilesError";
  constructor(readonly failures: readonly InputFailure[]) {
    super(failures.map(({ reason }) => reason).join("\n"));
  }
}

/**
 * Looks at the package files that are to be uploaded, by their `source`.
 * @param fields every package file of the inputs with the name of its field; undefined where none is given.
 * @throws LocalFilesError with a complete sentence for each that is missing or another than `sha256` says.
 */
export async function localPackages(
  fields: readonly (readonly [string, PackageFileInputs | undefined])[],
  context: Pick<HandlerContext, "localFile">,
): Promise<LocalFiles> {
  const local = new Map<string, LocalFile>();
  const failures: InputFailure[] = [];
  for (const [field, file] of fields) {
    if (file?.source === undefined) continue;
    const { source, sha256 } = file;
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
  return local;
}
