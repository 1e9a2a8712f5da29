import { readPackage, type LabPackage, type PackageFault } from "../packages/packageFile";
import type { Program } from "./program";
import type { System } from "../system";

/** dpkg-deb's own words (dpkg 1.21) on a file that it cannot read. */
export function debFault(fault: PackageFault, path: string, size: number): string {
  const stream = "unexpected end of file or stream";
  const words: Record<PackageFault, string> = {
    missing: `dpkg-deb: error: failed to read archive '${path}': No such file or directory`,
    empty: `dpkg-deb: error: unexpected end of file in archive magic version number in ${path}`,
    foreign: `dpkg-deb: error: '${path}' is not a Debian format archive`,
    truncated: `dpkg-deb (subprocess): cannot copy archive member from '${path}' to decompressor pipe: ${stream}
dpkg-deb (subprocess): decompressing archive '${path}' (size=${size}) member 'control.tar': lzma error: internal error (bug)
tar: This does not look like a tar archive
tar: Exiting with failure status due to previous errors
dpkg-deb: error: tar subprocess returned error exit status 2`,
  };
  return words[fault];
}

/** Reads a .deb; a string is dpkg-deb's complaint. */
export function readDeb(bytes: Uint8Array | undefined, path: string): LabPackage | string {
  const read = readPackage(bytes);
  if (typeof read === "string") return debFault(read, path, bytes?.length ?? 0);
  return read.format === "deb" ? read : debFault("foreign", path, 0);
}

/** `dpkg-deb -f FILE [FIELDS]`, `dpkg-deb -I FILE`, `dpkg-deb --fsys-tarfile FILE` (with nothing in it). */
export const dpkgDeb: Program<System> = async (run) => {
  const [option, path = "", ...wanted] = run.args;
  if (!["-f", "--field", "-I", "--info", "--fsys-tarfile"].includes(option ?? ""))
    return run.fail(2, `dpkg-deb: error: unknown option ${option ?? ""}`);
  const read = readDeb(await run.read(path), path);
  if (typeof read === "string") return run.fail(2, read);
  if (option === "--fsys-tarfile")
    return read.corrupt
      ? run.fail(2, "dpkg-deb: error: <decompress> subprocess returned error exit status 2")
      : 0;
  const all: Record<string, string> = {
    Package: read.name,
    Version: read.version,
    Architecture: read.arch,
    Maintainer: "Chef Software, Inc. <maintainers@chef.io>",
    "Installed-Size": String(read.installedSize),
    Section: "misc",
    Priority: "extra",
    Description: "The full stack of chef-backend",
  };
  const shown = wanted.length > 0 ? wanted.filter((name) => name in all) : Object.keys(all);
  // One field alone is printed without its name.
  for (const name of shown) run.say(wanted.length === 1 ? all[name]! : `${name}: ${all[name]}`);
  return 0;
};
