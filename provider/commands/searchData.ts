/** Where Elasticsearch keeps the search index on a backend (vendor's upgrade page). */
export const dataFolder = "/var/opt/chef-backend/elasticsearch/data";

/** Where the control commands of backends and frontends write their backups. */
export const backupFolder = "/var/opt/chef-backup";

/**
 * Deletes what is in the data folder, and only there: `find` without `-L` follows no link, not even where the
 * folder itself is one, and `-xdev` stays on its file system.
 */
export function deleteData(): string[] {
  return ["find", dataFolder, "-xdev", "-mindepth", "1", "-delete"];
}

/** The backups (`.tar.gz` of backends, `.tgz` of frontends): `TIME SIZE PATH` for each, in bytes. */
export function listBackups(): string[] {
  return ["find", backupFolder, "-maxdepth", "1", "-name", "*.t*gz", "-printf", "%T@ %s %p\\n"];
}

/** How many documents the search index holds, asked of a backend's own Elasticsearch. */
export function countDocuments(): string[] {
  return ["curl", "-sS", "--max-time", "10", "http://localhost:9200/chef/_count"];
}

/**
 * The same by organization: each has a database of its own, whose name stands in every document (chef-server, the index's
 * mapping). So many at most are counted.
 */
export function countByDatabase(): string[] {
  const terms = { field: "X_CHEF_database_CHEF_X", size: mostDatabases };
  const body = JSON.stringify({ size: 0, aggs: { databases: { terms } } });
  const json = ["-H", "Content-Type: application/json", "-d", body];
  return ["curl", "-sS", "--max-time", "30", ...json, "http://localhost:9200/chef/_search"];
}

const mostDatabases = 10_000;
