import { type Refusal, refuse } from "../refusal";

/** What goes down, and for which version that may happen. */
export interface Downtime {
  readonly where: string | readonly string[];
  /** The version that `allowDowntime` names; null: none. */
  readonly given: string | null;
  /** The version that it has to name. */
  readonly wanted: string;
  /** What is out of service, a line each. */
  readonly parts: readonly string[];
  /** What else may be done first, a line each. */
  readonly hints?: readonly string[];
}

/** Of any system: nothing goes down without approval that names the version. */
export function notApproved({ where, given, wanted, parts, hints = [] }: Downtime): Refusal {
  const was = given === null ? "`allowDowntime` not set" : `\`allowDowntime\` is ${given}, another version`;
  return refuse({
    code: "downtime",
    what: "Downtime not approved",
    where,
    seen: [was, ...parts].join("\n"),
    next: [`in your maintenance window, set \`allowDowntime: "${wanted}"\``, ...hints].join("\n"),
  });
}
