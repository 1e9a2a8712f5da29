import { askService } from "./localService";

/** Where the control commands of backends and frontends write their backups. */
export const backupFolder = "/var/opt/chef-backup";

/**
 * Deletes what is in a data folder, and only there: `find` without `-L` follows no link, not even where the
 * folder itself is one, and `-xdev` stays on its file system.
 */
export function deleteData(folder: string): string[] {
  return ["find", folder, "-xdev", "-mindepth", "1", "-delete"];
}

/** The backups (`.tar.gz` of backends, `.tgz` of frontends): `TIME SIZE PATH` for each, in bytes. */
export function listBackups(): string[] {
  return ["find", backupFolder, "-maxdepth", "1", "-name", "*.t*gz", "-printf", "%T@ %s %p\\n"];
}

/** How many documents the search index holds. @param search address of a backend's own Elasticsearch */
export function countDocuments(search: string): string[] {
  return askService(`${search}chef/_count`, 10);
}

/**
 * The same by organization and kind of object: each organization has a database of its own, whose name stands in every document
 * (chef-server, the index's mapping). So many at most are counted.
 */
export function countByDatabase(search: string): string[] {
  const kinds = { terms: { field: "X_CHEF_type_CHEF_X", size: mostKinds } };
  const databases = { terms: { field: "X_CHEF_database_CHEF_X", size: mostDatabases }, aggs: { kinds } };
  const body = JSON.stringify({ size: 0, aggs: { databases } });
  const json = ["-H", "Content-Type: application/json", "-d", body];
  return askService(`${search}chef/_search`, 30, ...json);
}

const mostKinds = 10;
const mostDatabases = 10_000;
