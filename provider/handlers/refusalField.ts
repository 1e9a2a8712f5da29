import type { Refusal } from "../plan/plan";

/** The input by which a refusal can be mended, by its code; the others are about the cluster itself. */
const fields: Record<string, string> = {
  downgrade: "version",
  path: "version",
  packageFile: "packageFile",
  packageFiles: "packageFiles",
  root: "connection",
  statusInterval: "timeouts",
  failover: "takeOverFailover",
  downtime: "allowDowntime",
  frontends: "frontends",
  frontendPath: "frontends.version",
  frontendPackage: "frontends.packageFile",
  license: "frontends.acceptLicense",
  cleanup: "frontends.cleanup",
};

/** Name of the input that a refusal is about. */
export function refusalField(refusal: Refusal): string {
  return fields[refusal.code] ?? "nodes";
}
