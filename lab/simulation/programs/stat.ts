import { nodeFolder } from "../files/folders";
import { nodeFile, type NodeFile } from "../files/nodeFile";
import { PASSTHROUGH, type Program, type Run } from "./program";

/** `stat [-L] -c FORMAT PATHS` of the simulation's files; anything else is the real program's business. */
export const stat: Program = (run) => {
  const { format, newline, follow, paths } = parse(run.args);
  const files = paths.map((path) => look(run, run.path(path), follow));
  if (format === undefined || files.every((file) => file === undefined)) return PASSTHROUGH;
  let code = 0;
  for (const [at, path] of paths.entries()) {
    const file = files[at];
    if (file) run.print(fill(run, format, path, file) + newline);
    else code = run.fail(1, `stat: cannot statx '${path}': No such file or directory`);
  }
  return code;
};

interface Found extends NodeFile {
  /** What it is where it is no regular file. */
  readonly folder?: "directory" | "symbolic link";
}

function look(run: Run, path: string, follow: boolean): Found | null | undefined {
  const folder = nodeFolder(run.machine, path);
  if (!folder) return nodeFile(run.sim, run.machine, path);
  return { content: "", mtime: run.machine.bootedAt, bytes: 4096, folder: follow ? "directory" : folder };
}

function parse(args: readonly string[]) {
  let format: string | undefined;
  let newline = "\n";
  let follow = false;
  const paths = [];
  for (let at = 0; at < args.length; at++) {
    const word = args[at]!;
    follow ||= ["-L", "-Lc", "--dereference"].includes(word);
    if (word === "-c" || word === "-Lc" || word === "--format") format = args[++at];
    else if (word.startsWith("-c")) format = word.slice(2);
    else if (word.startsWith("--format=")) format = word.slice("--format=".length);
    else if (word.startsWith("--printf=")) {
      format = word.slice("--printf=".length).replaceAll("\\n", "\n");
      newline = "";
    } else if (!word.startsWith("-")) paths.push(word);
  }
  return { format, newline, follow, paths };
}

function fill(run: Run, format: string, path: string, file: Found): string {
  const values: Record<string, string> = {
    Y: String(Math.floor(run.machine.wall(file.mtime) / 1000)),
    i: String(run.machine.inode(run.path(path))),
    n: path,
    s: String(file.bytes ?? Buffer.byteLength(file.content)),
    U: "root",
    G: "root",
    u: "0",
    g: "0",
    a: "644",
    F: file.folder ?? (file.content === "" ? "regular empty file" : "regular file"),
    d: "65024",
    D: "fe00",
    Hd: "254",
    Ld: "0",
    "%": "%",
  };
  return format.replace(/%(Hd|Ld|[A-Za-z%])/g, (whole, key: string) => values[key] ?? whole);
}
