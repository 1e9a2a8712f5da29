import { readdir, readFile, readlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { run } from "./host";

const kinds = ["net", "mnt", "pid", "uts", "ipc", "time"] as const;

/** The namespaces of these processes, without those that are this process's, too: `net:[4026532345]`. */
export async function namespacesOf(pids: readonly number[]): Promise<Set<string>> {
  const own = await namespacesOfOne(process.pid);
  const all = await Promise.all(pids.map(namespacesOfOne));
  return new Set(all.flat().filter((each) => !own.includes(each)));
}

/** Those of the namespaces that any process is still in. */
export async function livingNamespaces(namespaces: ReadonlySet<string>): Promise<string[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const living = new Set((await Promise.all(pids.map(namespacesOfOne))).flat());
  return [...namespaces].filter((each) => living.has(each));
}

async function namespacesOfOne(pid: number): Promise<string[]> {
  const links = await Promise.all(kinds.map((kind) => readlink(`/proc/${pid}/ns/${kind}`).catch(() => "")));
  return links.filter((each) => each !== "");
}

/** What there is of a lab on this host: folders, network interfaces, mounts, processes, named network namespaces. */
export async function leftovers(id: string): Promise<string[]> {
  const folder = `pulumi-chef-backend-machines-${id}`;
  const folders = (await readdir(tmpdir())).filter((name) => name === folder);
  const links = (await run(["ip", "-o", "link"])).split("\n").filter((line) => line.includes(`pcb${id}`));
  const namespaces = (await run(["ip", "netns", "list"])).split("\n").filter((line) => line.includes(id));
  const mounts = (await readFile("/proc/self/mounts", "utf8"))
    .split("\n")
    .filter((line) => line.includes(folder));
  return [...folders, ...links, ...namespaces, ...mounts, ...(await processesNaming(folder))];
}

/** Processes whose command, root or mounts name the folder: what runs on a machine is below the keeper. */
async function processesNaming(folder: string): Promise<string[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const read = (path: string) => readFile(path, "utf8").catch(() => "");
  const found = await Promise.all(
    pids.map(async (pid) => {
      const command = (await read(`/proc/${pid}/cmdline`)).replaceAll("\0", " ");
      const isOurs = command.includes(folder) || (await read(`/proc/${pid}/mounts`)).includes(folder);
      return isOurs ? [`${pid} ${command}`] : [];
    }),
  );
  return found.flat();
}
