import { createHash } from "node:crypto";
import { tallyScript } from "../../provider/migration/tally";
import type { ExecResult, NodeFiles } from "../../lab/simulation/types";

type Files = Map<string, Uint8Array>;

/** What `tallyScript` prints of a backup: every folder in memory has something in it. */
function tallyOf(files: Files, folder: string): string {
  const counts = new Map<string, Map<string, Set<string>>>();
  const add = (organization: string, kind: string, name: string) => {
    const its = counts.get(organization) ?? new Map<string, Set<string>>();
    counts.set(organization, its.set(kind, (its.get(kind) ?? new Set()).add(name)));
  };
  const text = (path: string) => Buffer.from(files.get(path) ?? "").toString();
  for (const path of below(files, folder)) {
    const [top = "", name = "", kind = "", ...rest] = path.slice(folder.length + 1).split("/");
    if (top === "users" || top === "user_acls") add("/", top, name);
    if (top !== "organizations") continue;
    if (kind === "members.json")
      text(path).split("\n").filter((line) => line.includes('"username"')).forEach((_line, at) => add(name, "members", String(at))); // prettier-ignore
    if (rest.length === 0) continue;
    add(name, kind, kind === "acls" ? rest.join("/") : rest[0]!);
    if (rest.length > 1 && kind === "acls") add(name, `acls/${rest[0]!}`, rest[1]!);
    if (rest.length > 1 && kind === "data_bags") add(name, "data_bag_items", rest.join("/"));
  }
  const keys = new Set([...text(`${folder}/key_table_dump.json`).matchAll(/"org_name": ?"([^"]+)"/g)].map(([, name]) => name!)); // prettier-ignore
  const lines = [...counts].map(([name, kinds]) => [name, ...[...kinds].map(([kind, its]) => `${kind}=${its.size}`)].join(" ")); // prettier-ignore
  const gone = [...keys].filter((name) => !counts.has(name)).map((name) => `? ${name}`);
  return [...lines, ...gone].map((line) => `${line}\n`).join("");
}

/** A node's files for simulated programs. */
export function nodeFiles(files: Files): Required<NodeFiles> {
  return {
    read: (path) => files.get(path),
    write: (path, bytes) => void files.set(path, bytes),
    list: (folder) => below(files, folder).map((path) => path.slice(folder.length + 1)),
  };
}

const below = (files: Files, folder: string) =>
  [...files.keys()].filter((path) => path.startsWith(`${folder}/`)).sort();

/** A folder as `sendPacked` sends it; null where there is none. */
export function packed(files: Files, folder: string): Buffer | null {
  const parent = folder.replace(/[^/]+$/, "");
  const entries = below(files, folder).map((path) => [
    path.slice(parent.length),
    Buffer.from(files.get(path)!).toString("base64"),
  ]);
  return entries.length === 0 ? null : Buffer.from(JSON.stringify(entries));
}

const ended = (code: number, stdout = "", stderr = ""): ExecResult => ({ code, stdout, stderr });
const missing = (path: string) => ended(1, "", `${path}: No such file or directory\n`);

/**
 * What the system's own tools do with files of a node that its simulation does not own: as much of them as the provider
 * uses. Folders are there as long as something is in them.
 */
export const memoryTools: Readonly<
  Record<string, (files: Files, args: readonly string[], cwd: string) => ExecResult>
> = {
  cat: (files, [path = ""]) => {
    const bytes = files.get(path);
    return bytes ? ended(0, Buffer.from(bytes).toString("utf8")) : missing(path);
  },

  /** `-L -c %s PATH`, `-c %n PATH…` */
  stat: (files, args) => {
    const paths = args.filter((word) => word.startsWith("/"));
    const there = paths.filter((path) => files.has(path) || below(files, path).length > 0);
    const line = (path: string) => (args.includes("%s") ? files.get(path)?.length : path);
    return ended(there.length === paths.length ? 0 : 1, there.map((path) => `${line(path)}\n`).join(""));
  },

  sha256sum: (files, [path = ""]) => {
    const bytes = files.get(path);
    return bytes ? ended(0, `${createHash("sha256").update(bytes).digest("hex")}  ${path}\n`) : missing(path);
  },

  mkdir: () => ended(0),

  copy_verified: (files, [from = "", to = "", sha256]) => {
    const bytes = files.get(from);
    if (!bytes) return missing(from);
    const sum = createHash("sha256").update(bytes).digest("hex");
    if (sum !== sha256) return ended(1, `the SHA-256 of ${from} is now ${sum}, expected ${sha256}\n`);
    files.set(to, bytes);
    return ended(0);
  },

  /** Nobody listens but what a simulation says. */
  curl: () => ended(7, "", "curl: (7) Failed to connect: Connection refused\n"),

  /** `-f PATH…`, `-rf PATH…` */
  rm: (files, args) => {
    for (const path of args.slice(1)) for (const each of [path, ...below(files, path)]) files.delete(each);
    return ended(0);
  },

  /** `-fT FROM TO` */
  mv: (files, [, given = "", to = ""], cwd) => {
    const from = given.startsWith("/") ? given : `${cwd}/${given}`;
    const paths = below(files, from);
    if (paths.length === 0) return missing(from);
    if (below(files, to).length > 0)
      return ended(1, "", `mv: cannot move '${from}' to '${to}': Directory not empty\n`);
    for (const path of paths) {
      files.set(path.replace(from, to), files.get(path)!);
      files.delete(path);
    }
    return ended(0);
  },

  /** `FOLDER sha256sum` */
  pack_into: (files, [folder = ""]) => {
    const bytes = packed(files, folder);
    return bytes ? ended(0, `${createHash("sha256").update(bytes).digest("hex")}  -\n`) : missing(folder);
  },

  /** `-sk FOLDER` */
  du: (files, [, folder = ""]) => {
    const bytes = below(files, folder).reduce((sum, path) => sum + files.get(path)!.length, 0);
    return ended(0, `${Math.ceil(bytes / 1024)}\t${folder}\n`);
  },

  /** `-C FOLDER -xzf ARCHIVE` */
  tar: (files, [, folder = "", , archive = ""]) => {
    const bytes = files.get(archive);
    if (!bytes) return missing(archive);
    for (const [path, content] of JSON.parse(Buffer.from(bytes).toString()) as [string, string][])
      files.set(`${folder}/${path}`, Buffer.from(content, "base64"));
    return ended(0);
  },

  /** The one script that is run: what it does with real files test/migration/tally.test.ts shows. */
  sh: (files, [, script, , folder = ""]) => {
    if (script !== tallyScript) return ended(127, "", `sh: there is no such script in memory: ${script}\n`);
    return below(files, folder).length > 0 ? ended(0, tallyOf(files, folder)) : missing(folder);
  },

  /** `-c WORDS FILE`, `-oE PATTERN FILE`, `-hE PATTERN FILE` */
  grep: (files, [option, pattern = "", path = ""]) => {
    const bytes = files.get(path);
    if (!bytes) return missing(path);
    if (option === "-oE") {
      const found = Buffer.from(bytes).toString().match(new RegExp(pattern, "g")) ?? [];
      return ended(found.length > 0 ? 0 : 1, found.map((each) => `${each}\n`).join(""));
    }
    const lines = Buffer.from(bytes).toString().split("\n");
    if (option === "-hE") {
      const kind = new RegExp(pattern.replaceAll("[[:space:]]", "\\s"));
      const found = lines.filter((line) => kind.test(line));
      return ended(found.length > 0 ? 0 : 1, found.map((each) => `${each}\n`).join(""));
    }
    const count = lines.filter((line) => line.includes(pattern)).length;
    return ended(count > 0 ? 0 : 1, `${count}\n`);
  },

  /** `FOLDER [-mindepth N] [-maxdepth N] [-type f|d] [-name PREFIX*] -printf FORMAT` */
  find: (files, [folder = "", ...words]) => {
    const option = (name: string) => words[words.indexOf(name) + 1];
    const has = (name: string) => words.includes(name);
    const paths = below(files, folder).map((path) => path.slice(folder.length + 1));
    if (paths.length === 0) return missing(folder);
    const kinds = new Map<string, "f" | "d">(paths.map((path) => [path, "f"]));
    for (const path of paths)
      path
        .split("/")
        .slice(0, -1)
        .forEach((_part, at, all) => kinds.set(all.slice(0, at + 1).join("/"), "d"));
    const prefix = has("-name") ? option("-name")!.replace(/\*$/, "") : "";
    const found = [...kinds].filter(([path, kind]) => {
      const depth = path.split("/").length;
      const [least, most] = [
        has("-mindepth") ? Number(option("-mindepth")) : 0,
        has("-maxdepth") ? Number(option("-maxdepth")) : Infinity,
      ];
      const name = path.replace(/^.*\//, "");
      return (
        depth >= least &&
        depth <= most &&
        (!has("-type") || option("-type") === kind) &&
        name.startsWith(prefix)
      );
    });
    const format = option("-printf")!.replaceAll("\\n", "\n");
    return ended(
      0,
      found.map(([path]) => format.replace("%P", path).replace("%f", path.replace(/^.*\//, ""))).join(""),
    );
  },
};
