import { Frontend } from "../frontend";
import { nodeFolder } from "../files/folders";
import { nodeFile } from "../files/nodeFile";
import { migrationLevelPath } from "../schema";
import { PASSTHROUGH, type Program } from "./program";

/** `cp SOURCE DEST` where DEST is the simulation's; any other copy is the real program's business. */
export const cp: Program = async (run) => {
  const operands = run.args.filter((word) => !word.startsWith("-"));
  const [source = "", dest = ""] = operands.map((path) => run.path(path));
  if (operands.length !== 2 || !run.machine.owns(dest)) return PASSTHROUGH;
  const { machine } = run;
  const file = nodeFile(run.sim, machine, source);
  const content = file === undefined ? await run.read(source) : file && Buffer.from(file.content);
  if (!content) return run.fail(1, `cp: cannot stat '${source}': No such file or directory`);
  const name = source.replace(/^.*\//, "");
  const target = nodeFolder(machine, dest) ? `${dest.replace(/\/+$/, "")}/${name}` : dest;
  const refuse = (why: string) => run.fail(1, `cp: cannot create regular file '${target}': ${why}`);
  if (!run.isRoot) return refuse("Permission denied");
  if (!(machine instanceof Frontend) || target !== migrationLevelPath)
    return refuse("the lab does not let anybody write that file");
  run.changes();
  machine.migrationLevel = Buffer.from(content).toString("utf8");
  return 0;
};
