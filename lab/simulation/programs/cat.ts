import { nodeFile } from "../files/nodeFile";
import { PASSTHROUGH, type Program } from "./program";
import type { System } from "../system";

/** `cat PATHS`: files of the simulation; all others are the real program's business. */
export const cat: Program<System> = async (run) => {
  const paths = run.args.filter((word) => !word.startsWith("-"));
  const files = paths.map((path) => nodeFile(run.sim, run.machine, run.path(path)));
  if (files.every((file) => file === undefined)) return PASSTHROUGH;
  let code = 0;
  for (const [at, path] of paths.entries()) {
    const file = files[at];
    const content = file?.content ?? (file === undefined ? await foreign(run, path) : undefined);
    if (file?.kind === "directory") code = run.fail(1, `cat: ${path}: Is a directory`);
    else if (content === undefined) code = run.fail(1, `cat: ${path}: No such file or directory`);
    else run.print(content);
  }
  return code;
};

async function foreign(run: Parameters<Program<System>>[0], path: string): Promise<string | undefined> {
  const bytes = await run.read(path);
  return bytes && Buffer.from(bytes).toString("utf8");
}
