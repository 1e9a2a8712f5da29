import { backupFolder } from "../backups";
import { Backend } from "../cluster/backend";
import { Frontend } from "../frontend";
import type { Machine } from "../machine";

/** Where a backend's Elasticsearch keeps its data. */
export const searchDataFolder = ({ switches }: Machine): string =>
  switches.searchData ?? "/var/opt/chef-backend/elasticsearch/data";

const ofBackend = ["/var/opt/chef-backend", "/var/opt/chef-backend/elasticsearch"];
/** Of Open Source Chef 11. */
const openSourceServer = "/opt/chef-server";
const ofFrontend = ["/var/opt/opscode", "/var/opt/opscode/upgrades"];

/** What is at a path of a simulated machine that is no file; undefined when there is nothing of that kind. */
export function nodeFolder(machine: Machine, path: string): "directory" | "symbolic link" | undefined {
  const plain = path.replace(/(?<=.)\/+$/, "");
  const { dataFolderLink: link, hiddenFiles } = machine.switches;
  if (hiddenFiles.includes(plain)) return undefined;
  if (machine instanceof Backend && machine.joined && plain === searchDataFolder(machine))
    return link !== null && plain === path ? "symbolic link" : "directory";
  const known =
    machine instanceof Backend && machine.joined
      ? [...ofBackend, link]
      : machine instanceof Frontend && machine.configured
        ? [...ofFrontend, ...(machine.switches.openSourceServer ? [openSourceServer] : [])]
        : [];
  // The first backup makes the folder.
  if (known.includes(plain) || (plain === backupFolder && machine.backups.length > 0)) return "directory";
  return undefined;
}

/** Where a path leads when links are followed. */
export function resolveLink(machine: Machine, path: string): string {
  const { dataFolderLink } = machine.switches;
  const data = searchDataFolder(machine);
  const below = path === data || path.startsWith(`${data}/`);
  const whole = below && dataFolderLink !== null ? dataFolderLink + path.slice(data.length) : path;
  return whole.replace(/(?<=.)\/+$/, "");
}

/** Whether that is where Elasticsearch keeps its data, links followed. */
export function isSearchData(machine: Machine, path: string): boolean {
  return (
    machine instanceof Backend &&
    resolveLink(machine, path) === resolveLink(machine, searchDataFolder(machine))
  );
}
