import { PASSTHROUGH, type Program, type Run } from "../../programs/program";
import type { NodeTree, TreeEntry } from "../../nodeTree";
import type { System } from "../../system";
import { lastMigration, migrationFiles, migrationsFolder } from "../../migrations";
import type { EnterpriseSimulation } from "../enterpriseSimulation";

const letters = { file: "f", directory: "d", "symbolic link": "l" } as const;

/**
 * `find DIR [-mindepth N] [-maxdepth N] [-type f|d|l] [-print|-print0|-printf FORMAT]` in `/etc/opscode`; and the package's
 * migrations.
 */
export const find: Program<EnterpriseSimulation> = (run) => {
  const { tree, installed } = run.sim.machine(run.machine.name);
  if (run.args[0] !== migrationsFolder) return findIn(run, tree);
  run.print(migrationFiles(lastMigration(installed)));
  return 0;
};

/** The same in any tree. */
export function findIn(run: Run<System>, tree: NodeTree): number | typeof PASSTHROUGH {
  const [dir = ".", ...expression] = run.args;
  const root = run.path(dir).replace(/(?<=.)\/+$/, "");
  if (!run.machine.owns(root)) return PASSTHROUGH;
  const found = tree.list(root);
  if (found.length === 0) return run.fail(1, `find: ‘${dir}’: No such file or directory`);
  const options: Record<string, string> = {};
  for (let at = 0; at < expression.length; at++) {
    const word = expression[at]!;
    if (["-xdev", "-mount", "-print"].includes(word)) continue;
    if (word === "-print0") options["-printf"] = "%p\0";
    else if (["-mindepth", "-maxdepth", "-type", "-printf"].includes(word)) options[word] = expression[++at]!;
    else return run.fail(1, `find: the lab does not know ${word}`);
  }
  const least = Number(options["-mindepth"] ?? 0);
  const most = Number(options["-maxdepth"] ?? Infinity);
  for (const [path, entry] of found) {
    const depth = path.slice(root.length).split("/").length - 1;
    if (depth < least || depth > most || (options["-type"] ?? letters[entry.kind]) !== letters[entry.kind])
      continue;
    run.print(fill(run, options["-printf"] ?? "%p\\n", root, path, entry));
  }
  return 0;
}

function fill(
  run: Run<System>,
  format: string,
  root: string,
  path: string,
  { kind, content, mode, owner }: TreeEntry,
): string {
  const [u = "", g = ""] = owner.split(":");
  const values: Record<string, string> = {
    p: path,
    P: path.slice(root.length + 1),
    f: path.replace(/^.*\//, ""),
    y: letters[kind],
    m: mode.toString(8),
    s: String(Buffer.byteLength(content)),
    l: kind === "symbolic link" ? content : "",
    u,
    g,
    i: String(run.machine.inode(path)),
  };
  const escaped = format.replaceAll("\\n", "\n").replaceAll("\\0", "\0").replaceAll("\\t", "\t");
  return escaped.replace(/%([a-zA-Z])/g, (whole, key: string) => values[key] ?? whole);
}
