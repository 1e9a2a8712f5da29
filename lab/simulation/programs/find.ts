import { backupFolder } from "../backups";
import { isSearchData, nodeFolder } from "../files/folders";
import { Backend } from "../cluster/backend";
import { Frontend } from "../frontend";
import { migrationFiles, migrationsFolder } from "../migrations";
import { PASSTHROUGH, type Program, type Run } from "./program";

/**
 * `find DIR -xdev -mindepth 1 -delete` of Elasticsearch's data, and
 * `find /var/opt/chef-backup -maxdepth 1 -name GLOB -printf FORMAT`; other folders are the real program's business.
 */
export const find: Program = (run) => {
  const first = run.args.findIndex((word) => /^[-(!]/.test(word));
  const folders = run.args.slice(0, first === -1 ? undefined : first).map((path) => run.path(path));
  const expression = first === -1 ? [] : run.args.slice(first);
  if (!folders.some((path) => run.machine.owns(path))) return PASSTHROUGH;
  const [folder] = folders as [string];
  if (folder === postgresFolder && run.machine instanceof Backend) return showPostgres(run);
  if (folder === migrationsFolder && run.machine instanceof Frontend) return listMigrations(run);
  if (folders.length > 1) return run.fail(1, "find: the lab takes one folder");
  const kind = nodeFolder(run.machine, folder);
  if (!kind) return run.fail(1, `find: ‘${folder}’: No such file or directory`);
  if (expression.includes("-delete")) return deleteBelow(run, folder, expression);
  if (folder.replace(/\/+$/, "") === backupFolder) return listBackups(run, expression);
  if (isSearchData(run.machine, folder)) return listSearchData(run, expression.join(" "));
  return run.fail(1, `find: the lab does not know what is in ${folder}`);
};

/** Where a backend has the data of PostgreSQL 9.5 (vendor's reference, postgresql.data_dir). */
const postgresFolder = "/var/opt/chef-backend/postgresql";

/** `-name PG_VERSION -exec cat {} +`: Chef Backend never had another one. */
function showPostgres(run: Run): number {
  run.print("9.5\n");
  return 0;
}

/** Of the installed package: one more than the database has where it is of a newer release, one less in an older one. */
function listMigrations(run: Run): number {
  const { schema } = run.sim;
  run.print(migrationFiles(schema.minor - Math.sign(schema.comparedTo(run.frontend.installed))));
  return 0;
}

/** Like the real one it does not go through a link that is its starting point, unless a `/` follows. */
function deleteBelow(run: Run, folder: string, expression: readonly string[]): number {
  const words = expression.join(" ");
  if (!/^(-xdev )?-mindepth 1( -xdev)? -delete$/.test(words))
    return run.fail(1, `find: the lab knows -xdev -mindepth 1 -delete, not ${words}`);
  if (!isSearchData(run.machine, folder)) return run.fail(1, `find: the lab does not delete ${folder}`);
  if (!run.isRoot) return run.fail(1, `find: ‘${folder}’: Permission denied`);
  run.changes();
  if (nodeFolder(run.machine, folder) === "symbolic link") return 0;
  const { backend, sim } = run;
  if (backend.running("elasticsearch"))
    sim.accidents.push(`${backend.name}: the search index was deleted below a running Elasticsearch`);
  sim.search.wipe(backend);
  return 0;
}

/** `nodes`, as Elasticsearch makes it when it has data. */
function listSearchData(run: Run, words: string): number {
  if (words !== "-mindepth 1 -maxdepth 2 -printf %y %P\\n")
    return run.fail(1, `find: the lab does not know ${words}`);
  if (run.backend.indexData !== null) run.print("d nodes\nd nodes/0\n");
  return 0;
}

function listBackups(run: Run, expression: readonly string[]): number {
  const format = valueOf(expression, "-printf") ?? "%p\\n";
  const glob = valueOf(expression, "-name") ?? "*";
  const literal = (text: string) => text.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  const wanted = new RegExp(`^${literal(glob).replaceAll("*", ".*").replaceAll("?", ".")}$`);
  for (const { path, bytes, at } of run.machine.backups) {
    const name = path.replace(/^.*\//, "");
    if (!wanted.test(name)) continue;
    const values: Record<string, string> = {
      "T@": `${(run.machine.wall(at) / 1000).toFixed(9)}0`,
      s: String(bytes),
      p: path,
      f: name,
    };
    run.print(
      format.replaceAll("\\n", "\n").replace(/%(T@|[spf])/g, (whole, key: string) => values[key] ?? whole),
    );
  }
  return 0;
}

function valueOf(words: readonly string[], option: string): string | undefined {
  const at = words.indexOf(option);
  return at === -1 ? undefined : words[at + 1];
}
