import { nodeFile } from "../files/nodeFile";
import { findIn } from "../enterprise/programs/find";
import { PASSTHROUGH, type Program, type Run } from "../programs/program";
import { find as findOfCluster } from "../programs/find";
import { makeFolder, writeFile } from "./places";

const operandsOf = (run: Run) =>
  run.args.filter((word) => !word.startsWith("-")).map((path) => run.path(path));

/** Where all of these paths belong to the simulation, `work` on each; else the real program's business. */
const onEach =
  (name: string, work: (run: Run, path: string) => void): Program =>
  (run) => {
    const paths = operandsOf(run);
    if (!paths.every((path) => run.machine.owns(path))) return PASSTHROUGH;
    if (!run.isRoot) return run.fail(1, `${name}: ${paths[0]}: Permission denied`);
    run.changes();
    for (const path of paths) work(run, path);
    return 0;
  };

const treeOf = (run: Run) => run.sim.tree(run.machine.name);

/** `cp [--backup=numbered] SOURCE DEST` to a path of the simulation. */
const cp: Program = async (run) => {
  const [source = "", dest = ""] = operandsOf(run);
  if (!run.machine.owns(dest)) return PASSTHROUGH;
  const file = nodeFile(run.sim, run.machine, source);
  const content = file === undefined ? await run.read(source) : file && Buffer.from(file.content);
  if (!content) return run.fail(1, `cp: cannot stat '${source}': No such file or directory`);
  const folder = dest.replace(/\/[^/]*$/, "");
  if (!run.isRoot || treeOf(run).read(folder)?.kind !== "directory")
    return run.fail(
      1,
      `cp: cannot create regular file '${dest}': ${run.isRoot ? "No such file or directory" : "Permission denied"}`,
    );
  run.changes();
  const before = treeOf(run).read(dest);
  if (before && run.args.includes("--backup=numbered")) {
    let number = 1;
    while (treeOf(run).read(`${dest}.~${number}~`)) number += 1;
    treeOf(run).write(`${dest}.~${number}~`, before);
  }
  writeFile(treeOf(run), dest, Buffer.from(content).toString("utf8"));
  return 0;
};

const find: Program = (run) => {
  const folder = run.path(run.args[0] ?? ".");
  return treeOf(run).read(folder.replace(/(?<=.)\/+$/, "")) ? findIn(run, treeOf(run)) : findOfCluster(run);
};

/** Programs for files of machines on which nothing was installed at the start. */
export const treePrograms: Readonly<Record<string, Program>> = {
  cp,
  find,
  mkdir: onEach("mkdir", (run, path) => makeFolder(treeOf(run), path)),
  touch: onEach("touch", (run, path) => treeOf(run).read(path) ?? writeFile(treeOf(run), path, "", 0o644)),
  rm: onEach("rm", (run, path) => treeOf(run).remove(path)),
};
