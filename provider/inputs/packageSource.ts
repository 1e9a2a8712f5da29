import type { PackageSource } from "../plan/spec";
import type { PackageFileInputs } from "./schema";

/** A package file on this machine, looked at: only `source` needs it. */
export interface LocalFile {
  readonly sha256: string;
  readonly sizeKiB: number;
}

/** The package files on this machine that the inputs name, by their `source`; why, where one cannot be read. */
export type LocalFiles = ReadonlyMap<string, LocalFile | Error>;

/**
 * Where a package comes from.
 * @param field the input's name
 * @param local null when no file was looked at: no `source` then
 */
export function packageSource(
  field: string,
  file: PackageFileInputs,
  local: LocalFiles | null,
): PackageSource {
  const looked = file.source === undefined ? undefined : local?.get(file.source);
  const found = looked instanceof Error ? undefined : looked;
  const sha256 = (file.sha256 ?? found?.sha256)?.toLowerCase();
  if (file.path !== undefined) return { path: file.path, sha256, staging: null, stagedKiB: 0 };
  // The checksum in the name keeps different files of one name apart.
  const name = `${sha256?.slice(0, 12) ?? "unread"}-${baseName(file.source ?? new URL(file.url!).pathname)}`;
  const staging =
    file.source !== undefined
      ? { kind: "upload" as const, source: file.source, sha256: sha256 ?? "", file: name }
      : { kind: "download" as const, url: file.url!, sha256: sha256!, file: name };
  const seen = looked instanceof Error ? looked.message : otherThan(field, file, found);
  return {
    ...{ path: name, sha256, staging, stagedKiB: found?.sizeKiB ?? 0 },
    ...(seen === null ? {} : { unusable: { field: `${field}.source`, seen } }),
  };
}

function otherThan(
  field: string,
  { source, sha256 }: PackageFileInputs,
  found: LocalFile | undefined,
): string | null {
  return !found || sha256 === undefined || found.sha256 === sha256.toLowerCase()
    ? null
    : `${source}: its SHA-256 is ${found.sha256}, ${field}.sha256 says ${sha256.toLowerCase()}`;
}

/** Fit for any file system, with the checksum in front and `.part` behind. */
function baseName(path: string): string {
  return path
    .split("/")
    .at(-1)!
    .replace(/[^A-Za-z0-9._+~-]/g, "_")
    .slice(-200);
}
