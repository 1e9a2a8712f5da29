import type { MaintainerScript } from "../switches";
import type { Platform } from "../types";

const MAGIC = "chef-backend-lab-package";

/** What a package of the lab says of itself. */
export interface LabPackage {
  name: string;
  /** With iteration: `2.3.16-1`. */
  version: string;
  /** The format's own word: `amd64` for deb, `x86_64` for rpm. */
  arch: string;
  format: Platform;
  /** KiB. */
  installedSize: number;
  postinst: MaintainerScript;
  /** Whether an rpm carries a signature. */
  signed: boolean;
  /** What an rpm needs, and no machine has installed; its repositories have it. */
  requires?: string;
  /** Bits have flipped: the fields can be read, the contents cannot. */
  corrupt?: boolean;
}

const archOf = (format: Platform) => (format === "deb" ? "amd64" : "x86_64");

/**
 * The text of a lab package: no software in it, only what the simulated package managers read. It ends with a
 * line that tells a truncated copy.
 */
export function packageFile(fields: Partial<LabPackage> & { version: string }): string {
  const format = fields.format ?? "deb";
  const version = packageVersion(fields.version, format, fields.name);
  const lines = [
    MAGIC,
    `Package: ${fields.name ?? "chef-backend"}`,
    `Version: ${version}`,
    `Architecture: ${fields.arch ?? archOf(format)}`,
    `Installed-Size: ${fields.installedSize ?? 812345}`,
    `Format: ${format}`,
    `Postinst: ${fields.postinst ?? "none"}`,
    `Signed: ${(fields.signed ?? true) ? "yes" : "no"}`,
    ...(fields.requires === undefined ? [] : [`Requires: ${fields.requires}`]),
    "This file is a stand-in of the embedded lab; it installs nothing on a real machine.",
  ];
  const body = `${lines.join("\n")}\n`;
  return `${body}Checksum: ${checksum(body)}\nEnd\n`;
}

/** `chef-backend_2.3.16-1_amd64.deb`, `chef-backend-2.3.16-1.el7.x86_64.rpm`. */
export function packageFileName(fields: Partial<LabPackage> & { version: string }): string {
  const format = fields.format ?? "deb";
  const name = fields.name ?? "chef-backend";
  const arch = fields.arch ?? archOf(format);
  const version = packageVersion(fields.version, format, fields.name);
  return format === "deb" ? `${name}_${version}_${arch}.deb` : `${name}-${version}.${arch}.rpm`;
}

/** `2.3.16` as the vendor's packages carry it: `2.3.16-1`, with the distribution's tag in an rpm: `2.3.16-1.el7`. */
export function packageVersion(version: string, format: Platform, name = "chef-backend"): string {
  const whole = version.includes("-") ? version : `${version}-1`;
  return format === "rpm" && !whole.includes(".el")
    ? `${whole}.${name === "private-chef" ? "el6" : "el7"}`
    : whole;
}

/** Why a file is no package: the simulated tools word it their own way. */
export type PackageFault = "missing" | "empty" | "foreign" | "truncated";

/** Reads a lab package; a string says what is wrong with it. */
export function readPackage(bytes: Uint8Array | undefined): LabPackage | PackageFault {
  if (bytes === undefined) return "missing";
  if (bytes.length === 0) return "empty";
  const text = Buffer.from(bytes).toString("latin1");
  if (!text.startsWith(`${MAGIC}\n`)) return "foreign";
  if (!text.endsWith("\nEnd\n")) return "truncated";
  const [, body = text, sum] = /^([^]*\n)Checksum: (\w+)\nEnd\n$/.exec(text) ?? [];
  const field = (key: string) => new RegExp(`^${key}: (.*)$`, "m").exec(body)?.[1] ?? "";
  return {
    name: field("Package"),
    version: field("Version"),
    arch: field("Architecture"),
    format: field("Format") === "rpm" ? "rpm" : "deb",
    installedSize: Number(field("Installed-Size")) || 0,
    postinst: (field("Postinst") || "none") as MaintainerScript,
    signed: field("Signed") !== "no",
    ...(field("Requires") === "" ? {} : { requires: field("Requires") }),
    corrupt: sum !== checksum(body),
  };
}

/** FNV-1a, 32 bits: enough to notice a flipped bit. */
function checksum(text: string): string {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193) >>> 0;
  return hash.toString(16).padStart(8, "0");
}
