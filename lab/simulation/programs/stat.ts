import { nodeFolder } from "../files/folders";
import { nodeFile, type NodeFile } from "../files/nodeFile";
import { PASSTHROUGH, type Program, type Run } from "./program";
import type { System } from "../system";

/** `stat [-L] -c FORMAT PATHS` of the simulation's files; anything else is the real program's business. */
export const stat: Program<System> = (run) => {
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

function look(run: Run<System>, path: string, follow: boolean): NodeFile | null | undefined {
  const folder = nodeFolder(run.machine, path);
  if (!folder) return nodeFile(run.sim, run.machine, path);
  return { content: "", mtime: run.machine.bootedAt, bytes: 4096, kind: follow ? "directory" : folder };
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

/** Root's number; everybody else's is the lab's choice. */
const idOf = (name: string) => (/^\d+$/.test(name) ? name : name === "root" ? "0" : "497");

function fill(run: Run<System>, format: string, path: string, file: NodeFile): string {
  const [user = "", group = ""] = (file.owner ?? "root:root").split(":");
  const kind = file.kind === "file" ? undefined : file.kind;
  const values: Record<string, string> = {
    Y: String(Math.floor(run.machine.wall(file.mtime) / 1000)),
    i: String(run.machine.inode(run.path(path))),
    n: path,
    s: String(file.bytes ?? Buffer.byteLength(file.content)),
    U: user,
    G: group,
    u: idOf(user),
    g: idOf(group),
    a: (file.mode ?? 0o644).toString(8),
    F: kind ?? (file.content === "" ? "regular empty file" : "regular file"),
    d: "65024",
    D: "fe00",
    Hd: "254",
    Ld: "0",
    "%": "%",
  };
  return format.replace(/%(Hd|Ld|[A-Za-z%])/g, (whole, key: string) => values[key] ?? whole);
}
