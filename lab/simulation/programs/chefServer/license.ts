import { LICENSED } from "../../frontend";
import { isSince } from "../../version";
import type { Run } from "../program";

/** Chef's exit status for a license that was not accepted. */
const NOT_ACCEPTED = 172;

/** `CHEF_LICENSE` as Chef's products read it: `accept` is kept, `accept-no-persist` holds for this once. */
export function acceptsLicense({ io, frontend }: Run): boolean {
  const given = io.env?.["CHEF_LICENSE"] ?? "";
  if (given === "accept" || given === "accept-silent") frontend.licenseAccepted = true;
  return !isSince(frontend.installed, LICENSED) || frontend.licenseAccepted || given === "accept-no-persist";
}

export function notAccepted(run: Run): number {
  return run.fail(NOT_ACCEPTED, "Chef Infra Server cannot execute without accepting the license");
}
