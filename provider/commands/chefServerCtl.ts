import { askService } from "./localService";
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

/**
 * Asks the API as a client would, for what it tells everybody. Maintenance shows there alone: `/_status` is answered all the
 * same, and so is whoever sends no version of Chef (chef-server, nginx_chef_api_lb.conf.erb and dispatch.lua.erb).
 * @param address the frontend's own, but not 127.0.0.1: that one is let in
 * @returns a command that prints the status of HTTP
 */
export function askApi(address: string): string[] {
  const client = ["-H", "X-Chef-Version: 18.0.0", "-H", "X-Ops-Userid: pivotal"];
  const host = address.includes(":") ? `[${address}]` : address;
  const url = `https://${host}/server_api_version`;
  return askService(url, 10, "-k", "-o", "/dev/null", "-w", "%{http_code}", ...client);
}

/** Builds the search index anew from the database: of one organization, or of all. */
export function reindex(organization: string | null): string[] {
  return [ctl, "reindex", organization ?? "-a"];
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

const licensed = (accepted: boolean, command: string) =>
  accepted ? ["env", "CHEF_LICENSE=accept", ctl, command] : [ctl, command];

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
