import { createHash } from "node:crypto";
import type { ExecIo, ExecResult, NodeFiles } from "./types";
import type { System } from "./system";

/** Files of one node kept in memory, for callers without a real machine. */
export class MemoryFiles implements NodeFiles {
  readonly files = new Map<string, Uint8Array>();

  write(path: string, content: string | Uint8Array): void {
    this.files.set(path, typeof content === "string" ? Buffer.from(content) : content);
  }

  read(path: string): Uint8Array | undefined {
    return this.files.get(path);
  }

  list(folder: string): string[] {
    const paths = [...this.files.keys()].filter((path) => path.startsWith(`${folder}/`));
    return paths.map((path) => path.slice(folder.length + 1)).sort();
  }
}

/**
 * `sim.exec` where there is no real machine behind: `cat`, `stat -c` (%s and %n) and `sha256sum` of files that the
 * simulation does not own answer from `files`.
 */
export async function execInMemory(
  sim: Pick<System, "exec" | "switches">,
  node: string,
  argv: readonly string[],
  files: MemoryFiles,
  io: ExecIo = {},
): Promise<ExecResult> {
  const result = await sim.exec(node, argv, { ...io, files });
  if (result !== "passthrough") return result;
  const [program = "", ...args] = argv;
  let stdout = "";
  let stderr = "";
  const format = args[args.indexOf("-c") + 1] ?? "";
  for (const path of args.filter((word, at) => !word.startsWith("-") && args[at - 1] !== "-c")) {
    const bytes = sim.switches(node).hiddenFiles.includes(path) ? undefined : files.read(path);
    if (!bytes) stderr += `${program}: ${path}: No such file or directory\n`;
    else if (program === "cat") stdout += Buffer.from(bytes).toString("utf8");
    else if (program === "stat")
      stdout += `${format.replace("%s", String(bytes.length)).replace("%n", path)}\n`;
    else if (program === "sha256sum")
      stdout += `${createHash("sha256").update(bytes).digest("hex")}  ${path}\n`;
    else
      return {
        code: 1,
        stdout: "",
        stderr: `${program}: the lab cannot do that in memory: ${argv.join(" ")}\n`,
      };
  }
  return { code: stderr ? 1 : 0, stdout, stderr };
}
