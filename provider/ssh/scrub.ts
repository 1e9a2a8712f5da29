import { REDACTED, type Secret } from "../secrets/secret";
import { plainText } from "../values/plainText";
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

/** Text that a server sent, without what acts on a terminal and without secrets: a server may echo what it was given. */
export function withoutSecrets(text: string, settings: ConnectionSettings): string {
  const secrets = secretsOf(settings);
  const redacted = (words: string) =>
    secrets.reduce((clean, secret) => clean.replaceAll(secret, REDACTED), words);
  // Before, since a secret may hold what is taken out; after, since that may have parted one.
  return redacted(plainText(redacted(text)));
}

/** The same made fit for a message: one line, at most 300 characters. */
export function scrub(text: string, settings: ConnectionSettings): string {
  const clean = withoutSecrets(text, settings)
    .replace(/[\t\n]+/g, " ")
    .trim();
  return clean.length > LONGEST ? `${clean.slice(0, LONGEST)}…` : clean;
}
