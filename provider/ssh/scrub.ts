import { REDACTED, type Secret } from "../secrets/secret";
import type { ConnectionSettings } from "./settings";

const LONGEST = 300;

/** Every secret of a connection, the bastion's included. */
function secretsOf(settings: ConnectionSettings): string[] {
  const { proxy } = settings;
  const all: (Secret | undefined)[] = [
    settings.password,
    settings.privateKey,
    settings.privateKeyPassword,
    settings.sudoPassword,
    proxy?.password,
    proxy?.privateKey,
    proxy?.privateKeyPassword,
  ];
  return all.flatMap((secret) => secret?.reveal() || []);
}

/**
 * Text that a server sent, made fit for a message: no secrets (a server may echo what it was given), no
 * control characters (they can rewrite a terminal), one line, at most 300 characters.
 */
export function scrub(text: string, settings: ConnectionSettings): string {
  let clean = text;
  for (const secret of secretsOf(settings)) clean = clean.replaceAll(secret, REDACTED);
  clean = clean.replace(/[\u0000-\u001f\u007f-\u009f]+/g, " ").trim();
  return clean.length > LONGEST ? `${clean.slice(0, LONGEST)}…` : clean;
}
