import { RefusedError, untouchedText } from "../execute/errors";
import { release } from "../versions/version";
import { machinesOf } from "./state";
import type { EnterpriseResult } from "./upgradeEnterprise";

/** The error of a run that did not end well: what is down stands first, then what failed, and what comes next. */
export function enterpriseFailureText({ failure, touched, state }: EnterpriseResult): string {
  const { error, left } = failure!;
  const { stopped, forward, notes } = left;
  const down =
    stopped.length > 0 ? `CLIENTS ARE NOT ANSWERED: ${stopped.join(", ")} are stopped by the upgrade` : "";
  const past = forward ? "THE UPGRADE IS PAST THE POINT OF NO RETURN" : "";
  const first = [down, past].filter((text) => text !== "").join(". ");
  const refused = !touched && error instanceof RefusedError;
  const lines = [
    ...(first ? [`${first}. The next \`pulumi up\` goes on from here`] : []),
    refused ? untouchedText(error) : error.message,
    ...notes.map((note) => `${note}.`),
  ];
  if (refused) return lines.join("\n");
  const versions = machinesOf(state).map(
    ({ name, package: { version } }) => `${name} ${release(version ?? "unknown")}`,
  );
  lines.push(`Installed now: ${versions.join(", ")}.`);
  if (touched) lines.push("The next `pulumi up` goes on with what is left.");
  return lines.join("\n");
}
