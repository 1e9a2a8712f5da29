import { countObjects } from "../chef/server/organizations";
import type { Family } from "./facts";

const ctl = "chef-server-ctl";

/** From 13 on the license must have been accepted: otherwise it ends with 172. */
export function reconfigure(acceptLicense: boolean): string[] {
  return licensed(acceptLicense, "reconfigure");
}

export function stop(): string[] {
  return [ctl, "stop"];
}

export function start(): string[] {
  return [ctl, "start"];
}

/** Nobody but administrators is answered while it is on; since 14.6.32. */
export function maintenance(state: "on" | "off"): string[] {
  return [ctl, "maintenance", state];
}

/** The addresses of clients that are answered all the same. */
export function allowedInMaintenance(): string[] {
  return [ctl, "maintenance", "--list-ips"];
}

/** Builds the search index anew from the database: of these organizations, or of all. */
export function reindex(organizations: readonly string[] | null): string[] {
  return [ctl, "reindex", ...(organizations ?? ["-a"])];
}

/** Asks the server's own database how many objects each organization has, as a user who may only read (Chef's reference, `psql`). */
export function listObjects(): string[] {
  return [ctl, "psql", "opscode_chef", "--options", `-XAtc "${countObjects}"`];
}

/**
 * The frontends' part of a backup.
 * @param timeout seconds that each of its own commands may take: 600 where nothing is said (chef_backup, Mixlib::ShellOut)
 */
export function backupConfig(timeout: number): string[] {
  return [ctl, "backup", "--config-only", "--timeout", String(timeout)];
}

/** After the package is installed, the services stopped. The license as for `reconfigure`. */
export function upgrade(acceptLicense: boolean): string[] {
  return licensed(acceptLicense, "upgrade");
}

/**
 * One of its add-ons. They know no CHEF_LICENSE, and ask for their license as long as nobody has accepted it (chef/omnibus-ctl).
 * @param addon its own control command
 */
export function reconfigureAddon(addon: string, acceptLicense: boolean): string[] {
  return [addon, "reconfigure", ...(acceptLicense ? ["--accept-license"] : [])];
}

const licensed = (accepted: boolean, command: string) =>
  accepted ? ["env", "CHEF_LICENSE=accept", ctl, command] : [ctl, command];

/** Runs the tests of the API that are meant for any server: about a minute, in an organization of their own that they delete. */
export function smokeTest(): string[] {
  return [ctl, "test"];
}

/** Destroys what the upgrade has left of the release before. The Chef Infra Client that does it asks for its license, too. */
export function cleanup(acceptLicense: boolean): string[] {
  return licensed(acceptLicense, "cleanup");
}

/** What it would destroy now. Changes nothing: a license that the program accepts is not kept there by that. */
export function wouldCleanUp(acceptLicense: boolean): string[] {
  const command = [ctl, "cleanup", "--no-op"];
  return acceptLicense ? ["env", "CHEF_LICENSE=accept-no-persist", ...command] : command;
}

/** The commands that install a frontend's package (vendor's upgrade page). */
export function installFrontend(family: Family, path: string): string[][] {
  return family === "deb"
    ? [["env", "DEBIAN_FRONTEND=noninteractive", "dpkg", "--force-confdef", "--force-confold", "-iEG", path]]
    : [["rpm", "-Uvh", "--nopostun", path]];
}
