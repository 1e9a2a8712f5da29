import type { FactResult } from "../../machine/machine";

/** What the server's services run by, as `reconfigure` last wrote it. Of old releases it has passwords in it: never read as a whole. */
export const runningConfig = "/etc/opscode/chef-server-running.json";

/** Of it, by `grep -oE`: where its section `nginx` begins, and each port that is called `ssl_port`. */
export const portPattern = '"nginx": ?[{]|"ssl_port": ?"?[0-9]+';

/** The port on which nginx answers clients; null where that could not be read. */
export function parsePort({ stdout }: FactResult): number | null {
  const [, port] = /"nginx": ?\{\s+"ssl_port": ?"?(\d+)/.exec(stdout) ?? [];
  return port === undefined ? null : Number(port);
}

/** The address at which other machines reach it: 127.0.0.1 is let in whatever is closed. */
export const ownAddress = (addresses: readonly string[]): string | null =>
  addresses.find((each) => !/^(127\.|::1$|fe80:)/.test(each)) ?? null;
