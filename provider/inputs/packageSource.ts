import type { PackageSource } from "../plan/spec";
import type { PackageFileInputs } from "./schema";

/** A package file on this machine, looked at: only `source` needs it. */
export interface LocalFile {
  readonly sha256: string;
  readonly sizeKiB: number;
}

/** The package files on this machine that the inputs name, by their `source`. */
export type LocalFiles = ReadonlyMap<string, LocalFile>;

/** Where a package comes from; `local` is null when no file was looked at: no `source` then. */
export function packageSource(file: PackageFileInputs, local: LocalFiles | null): PackageSource {
  const found = file.source === undefined ? undefined : local?.get(file.source);
  const sha256 = (file.sha256 ?? found?.sha256)?.toLowerCase();
  if (file.path !== undefined) return { path: file.path, sha256, staging: null, stagedKiB: 0 };
  // The checksum in the name keeps different files of one name apart.
  const name = `${sha256!.slice(0, 12)}-${baseName(file.source ?? new URL(file.url!).pathname)}`;
  const staging =
    file.source !== undefined
      ? { kind: "upload" as const, source: file.source, sha256: sha256!, file: name }
      : { kind: "download" as const, url: file.url!, sha256: sha256!, file: name };
  return { path: name, sha256, staging, stagedKiB: found?.sizeKiB ?? 0 };
}

/** Fit for any file system, with the checksum in front and `.part` behind. */
function baseName(path: string): string {
  return path
    .split("/")
    .at(-1)!
    .replace(/[^A-Za-z0-9._+~-]/g, "_")
    .slice(-200);
}
