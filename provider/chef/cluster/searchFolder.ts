import type { FactRequest, FactResult } from "../../machine/machine";
import { isWithin } from "../../values/isWithin";
import { short } from "../../values/short";
import { type BackendConfig, settingOf } from "./backendConfig";
import { documentedPlaces, placesOf } from "./places";

/** What a reading of a backend says of the folder of its search index. */
export interface SearchFolder {
  readonly config: BackendConfig;
  /** Where the configured folder really is, every link followed; null when there is none. */
  readonly dataFolder: string | null;
  /** What lies in it, `d nodes`, `d nodes/0`, two levels deep, where it was moved; null where that was not read. */
  readonly dataEntries: readonly string[] | null;
  /** Where the Elasticsearch that runs keeps its data by its own word; null where it does not tell. */
  readonly dataPath: string | null;
}

/** Folders of the system and of Chef's: neither these, nor what they lie in, is a folder for the index alone. */
const others = [
  ...["/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/lib64", "/proc", "/root", "/run", "/sbin", "/srv"],
  ...["/sys", "/tmp", "/usr", "/opt", "/mnt", "/media", "/var/lib", "/var/log", "/var/cache", "/var/tmp"],
  ...["/var/opt/chef-backend", "/var/opt/chef-backup", "/var/opt/opscode", "/var/opt/pulumi-chef-backend"],
  ...["elasticsearch", "etcd", "leaderl", "postgresql", "ssl"].map((each) => `/var/opt/chef-backend/${each}`),
];
/** Nothing in these is an index, however deep. */
const never = [
  ...["/bin", "/boot", "/dev", "/etc", "/lib", "/lib64", "/proc", "/run", "/sbin", "/sys", "/usr"],
  ...["/opt/chef-backend", "/var/log/chef-backend", "/var/lib/dpkg", "/var/lib/rpm"],
  ...["etcd", "leaderl", "postgresql", "ssl"].map((each) => `/var/opt/chef-backend/${each}`),
];

/** What lies in a folder that was moved: `TYPE PATH` for each, two levels deep. */
export function entriesFact(folder: string): FactRequest[] {
  if (folder === documentedPlaces.searchData) return [];
  const depth = ["-mindepth", "1", "-maxdepth", "2"];
  return [{ name: "dataEntries", argv: ["find", folder, ...depth, "-printf", "%y %P\\n"], limit: 60 }];
}

export function parseEntries({ code, stdout }: FactResult): string[] | null {
  return code === 0 ? stdout.split("\n").filter(Boolean) : null;
}

/** What is seen of it, and what to do. */
export interface FolderProblem {
  readonly seen: string;
  readonly next: string;
}

const asPlainText = "write `elasticsearch.data_dir` into chef-backend.rb as an absolute path in plain text";
const ofItsOwn =
  "give the search index a directory of its own: Elasticsearch's data, and nothing else; a file system may be mounted there";
const asItIs =
  "correct `elasticsearch.data_dir` in chef-backend.rb, or run `chef-backend-ctl reconfigure` if it was changed";

/**
 * Why the folder of a backend's search index is not emptied; null where it may be. The documented folder is as Chef's guide
 * says; one that was moved has to look like Elasticsearch's data, and like nothing else.
 */
export function folderProblem(of: SearchFolder): FolderProblem | null {
  const { config, dataFolder, dataEntries, dataPath } = of;
  const setting = settingOf(config, "elasticsearch.data_dir", "");
  if (setting.kind === "untold")
    return { seen: `elasticsearch.data_dir cannot be read: ${setting.line}`, next: asPlainText };
  const { searchData: folder } = placesOf(config);
  const moved = folder !== documentedPlaces.searchData;
  if (
    moved &&
    (others.some((other) => isWithin(other, folder)) || never.some((each) => isWithin(folder, each)))
  )
    return {
      seen: `elasticsearch.data_dir is ${folder}, no directory of the search index alone`,
      next: ofItsOwn,
    };
  if (dataPath !== null && dataPath.replace(/(?<=.)\/+$/, "") !== folder)
    return {
      seen: `Elasticsearch keeps its data in ${dataPath}, chef-backend.rb says ${folder}`,
      next: asItIs,
    };
  if (dataFolder === null) return { seen: `${folder} is missing, or cannot be read`, next: asItIs };
  if (dataFolder !== folder)
    return { seen: `${folder} is a symlink or behind one; it leads to ${dataFolder}`, next: ofItsOwn };
  if (!moved) return null;
  if (dataEntries === null) return { seen: `${folder} cannot be listed`, next: asItIs };
  const foreign = foreignAmong(dataEntries);
  if (foreign === null) return null;
  return { seen: `${folder} holds ${short(foreign, 80)}, which is not Elasticsearch's`, next: ofItsOwn };
}

/**
 * What lies there beside the data of Elasticsearch: `nodes` since 5.0, `CLUSTER/nodes` before (elastic.co, directory layout).
 * A file system of its own has `lost+found`.
 */
function foreignAmong(entries: readonly string[]): string | null {
  const found = entries.map((entry) => ({ type: entry[0], path: entry.slice(2) }));
  const isFolder = (path: string) => found.some((each) => each.type === "d" && each.path === path);
  for (const { type, path } of found) {
    if (path.includes("/")) continue;
    const below = found.filter((each) => each.path.startsWith(`${path}/`)).map((each) => each.path);
    const cluster = isFolder(`${path}/nodes`) && below.every((each) => each === `${path}/nodes`);
    if (type !== "d" || !(path === "nodes" || path === "lost+found" || cluster)) return path;
  }
  return null;
}
