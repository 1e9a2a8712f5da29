import * as fs from "node:fs";
import { join } from "node:path";
import type { NodeTree, TreeEntry } from "../simulation/nodeTree";

/** Numbers of users and groups that a node has beside root. */
const ids: Readonly<Record<string, number>> = { opscode: 497 };

const self = process.getuid?.() ?? 0;
const group = process.getgid?.() ?? 0;

/** A node's files below a folder of the lab. Without root everything there is the lab's own, and is shown as root's. */
export class DiskTree implements NodeTree {
  constructor(readonly root: string) {}

  read(path: string): TreeEntry | undefined {
    const at = this.root + path;
    const stats = fs.lstatSync(at, { throwIfNoEntry: false });
    if (!stats) return undefined;
    const { uid, gid } = stats;
    const common = { mode: stats.mode & 0o7777, owner: `${nameOf(uid, self)}:${nameOf(gid, group)}` };
    if (stats.isDirectory()) return { kind: "directory", content: "", ...common };
    if (stats.isSymbolicLink()) return { kind: "symbolic link", content: fs.readlinkSync(at), ...common };
    return { kind: "file", content: fs.readFileSync(at, "utf8"), ...common };
  }

  list(path: string): [string, TreeEntry][] {
    const entry = this.read(path);
    if (!entry) return [];
    const names = entry.kind === "directory" ? fs.readdirSync(this.root + path) : [];
    const below = names.flatMap((name) => this.list(join(path, name)));
    return [[path, entry] as [string, TreeEntry], ...below].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  write(path: string, { kind, content, mode, owner }: TreeEntry): void {
    const at = this.root + path;
    if (kind === "directory") fs.mkdirSync(at, { recursive: true });
    else fs.rmSync(at, { force: true });
    if (kind === "symbolic link") fs.symlinkSync(content, at);
    if (kind === "file") fs.writeFileSync(at, content);
    const [user = "", itsGroup = ""] = owner.split(":");
    if (self === 0) fs.lchownSync(at, ids[user] ?? 0, ids[itsGroup] ?? 0);
    if (kind !== "symbolic link") fs.chmodSync(at, mode);
  }

  remove(path: string): void {
    fs.rmSync(this.root + path, { recursive: true, force: true });
  }
}

function nameOf(id: number, own: number): string {
  if (id === own) return "root";
  return Object.keys(ids).find((name) => ids[name] === id) ?? String(id);
}
