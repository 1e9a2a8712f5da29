import { nodeFile, type NodeFile } from "../files/nodeFile";
import { PASSTHROUGH, type Program, type Run } from "./program";

/** `stat [-L] -c FORMAT PATHS` of the simulation's files; anything else is the real program's business. */
export const stat: Program = (run) => {
  const { format, newline, paths } = parse(run.args);
  const files = paths.map((path) => nodeFile(run.sim, run.machine, run.path(path)));
  if (format === undefined || files.every((file) => file === undefined)) return PASSTHROUGH;
  let code = 0;
  for (const [at, path] of paths.entries()) {
    const file = files[at];
    if (file) run.print(fill(run, format, path, file) + newline);
    else code = run.fail(1, `stat: cannot statx '${path}': No such file or directory`);
  }
  return code;
};

function parse(args: readonly string[]) {
  let format: string | undefined;
  let newline = "\n";
  const paths = [];
  for (let at = 0; at < args.length; at++) {
    const word = args[at]!;
    if (word === "-c" || word === "--format") format = args[++at];
    else if (word.startsWith("-c")) format = word.slice(2);
    else if (word.startsWith("--format=")) format = word.slice("--format=".length);
    else if (word.startsWith("--printf=")) {
      format = word.slice("--printf=".length).replaceAll("\\n", "\n");
      newline = "";
    } else if (!word.startsWith("-")) paths.push(word);
  }
  return { format, newline, paths };
}

function fill(run: Run, format: string, path: string, file: NodeFile): string {
  const values: Record<string, string> = {
    Y: String(Math.floor(run.machine.wall(file.mtime) / 1000)),
    i: String(run.machine.inode(run.path(path))),
    n: path,
    s: String(Buffer.byteLength(file.content)),
    U: "root",
    G: "root",
    u: "0",
    g: "0",
    a: "644",
    F: file.content === "" ? "regular empty file" : "regular file",
    d: "65024",
    D: "fe00",
    Hd: "254",
    Ld: "0",
    "%": "%",
  };
  return format.replace(/%(Hd|Ld|[A-Za-z%])/g, (whole, key: string) => values[key] ?? whole);
}
