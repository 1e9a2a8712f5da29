import type { Run } from "./programs/program";
import { textOf, writeFile } from "./setup/places";
import type { System } from "./system";

/** Files that a simulated program reads and writes: those of the simulation, and the node's real ones. */
export interface NodeDisk {
  read(path: string): Promise<string | undefined>;
  write(path: string, text: string): Promise<void>;
  /** Files below a folder, by their paths relative to it, sorted. */
  list(folder: string): Promise<string[]>;
}

export function diskOf(run: Run<System>): NodeDisk {
  const tree = run.sim.tree(run.machine.name);
  const { write, list } = run.io.files ?? {};
  if (!write || !list) throw new Error(`${run.argv.join(" ")}: the lab needs a node's files to write to`);
  const owned = (path: string) => run.machine.owns(path);
  return {
    read: async (path) => {
      if (owned(path)) return tree.read(path) && textOf(tree, path);
      const bytes = await run.read(path);
      return bytes && Buffer.from(bytes).toString("utf8");
    },
    write: async (path, text) =>
      owned(path) ? writeFile(tree, path, text) : write.call(run.io.files, path, Buffer.from(text)),
    list: async (folder) => list.call(run.io.files, folder),
  };
}
