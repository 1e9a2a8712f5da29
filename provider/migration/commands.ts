import { asksForLicense } from "../paths/frontendPaths";

const backendCtl = "chef-backend-ctl";
const accepted = ["--accept-license", "--yes"];

/** Where things lie on the machines (vendor's page on the installation of a Chef Backend cluster). */
export const places = {
  backendConfig: "/etc/chef-backend/chef-backend.rb",
  backendSecrets: "/etc/chef-backend/chef-backend-secrets.json",
  backendData: "/var/opt/chef-backend",
  serverConfig: "/etc/opscode/chef-server.rb",
  serverSecrets: "/etc/opscode/private-chef-secrets.json",
  bootstrapped: "/var/opt/opscode/bootstrapped",
} as const;

/** Nothing is written over without a copy: what is there stays beside it, as `FILE.~1~`. */
export const replace = (from: string, to: string): string[] => ["cp", "--backup=numbered", from, to];

export const createCluster = (): string[] => [backendCtl, "create-cluster", ...accepted];

export const joinCluster = (leader: string, secrets: string): string[] => [
  ...[backendCtl, "join-cluster", leader, "-s", secrets],
  ...accepted,
];

/** Its file holds passwords: it is written by the command, and never printed. */
export const genServerConfig = (fqdn: string, file: string): string[] => [
  ...[backendCtl, "gen-server-config", fqdn, "-f", file],
];

/** From 13 on the license must have been accepted. */
export const reconfigure = (version: string): string[] => [
  ...(asksForLicense(version) ? ["env", "CHEF_LICENSE=accept"] : []),
  ...["chef-server-ctl", "reconfigure"],
];

/** A Chef server's knife, and whom it asks. */
export interface Knife {
  readonly program: string;
  /** The API. */
  readonly url: string;
  /** Where the database is, for a knife that takes it for its own machine's; null: there. */
  readonly sqlHost: string | null;
  /** Our configuration file for it. */
  readonly config: string;
}

const at = ({ url, config }: Knife) => ["-s", url, "-c", config];
const database = ({ sqlHost }: Knife) => (sqlHost === null ? [] : ["--sql-host", sqlHost]);
const fromSql = ["--with-user-sql", "--with-key-sql"];

export const ecBackup = (knife: Knife, folder: string): string[] => [
  ...[knife.program, "ec", "backup", folder, ...fromSql, ...database(knife), ...at(knife)],
];

/**
 * @param purge what the backup does not have is deleted from its organizations, and users: where an earlier copy was restored.
 * @param yes to its question whether an organization may have clients that are not in its group of clients
 */
export const ecRestore = (
  knife: Knife,
  folder: string,
  { purge, yes }: { readonly purge: boolean; readonly yes: boolean },
): string[] => [
  ...[knife.program, "ec", "restore", folder, ...fromSql, ...database(knife)],
  ...(purge ? ["--purge"] : []),
  ...(yes ? ["--yes"] : []),
  ...at(knife),
];

/** Writes into `reports` in its working folder. */
export const tidyReport = (knife: Knife): string[] => [
  knife.program,
  "tidy",
  "server",
  "report",
  ...at(knife),
];

/** What knife knows by a plugin: whether that is there `--help` tells, which changes nothing. */
export type KnifeCommand = "ec backup" | "tidy server report";
export const knifeHelp = (program: string, command: KnifeCommand): string[] => [
  ...[program, ...command.split(" "), "--help"],
];

/**
 * As the superuser of the Chef server itself, from its own machine. The certificate is most often made by the server for
 * its public name, so that no verification could succeed: the API is the machine's own, or the old pair's.
 */
export const knifeConfig = `node_name "pivotal"
client_key "/etc/opscode/pivotal.pem"
ssl_verify_mode :verify_none
`;
