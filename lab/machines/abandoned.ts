import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { killMarked } from "./processes";

/** Every lab's folder is called so, in the system's folder for temporary files. */
export const FOLDER_PREFIX = "pulumi-chef-backend-lab-";

const FILE = "owner.json";

interface Owner {
  readonly lab: string;
  readonly host: string;
  readonly pid: number;
}

/** Leaves word in a lab's folder of whose it is. */
export async function signFolder(folder: string, lab: string): Promise<void> {
  const owner: Owner = { lab, host: hostname(), pid: process.pid };
  await writeFile(join(folder, FILE), JSON.stringify(owner));
}

/** Removes what labs left behind that were killed: their detached processes and their folders. */
export async function removeAbandoned(): Promise<void> {
  const names = (await readdir(tmpdir())).filter((name) => name.startsWith(FOLDER_PREFIX));
  for (const folder of names.map((name) => join(tmpdir(), name))) {
    const text = await readFile(join(folder, FILE), "utf8").catch(() => "");
    // A lab that is just being started has not signed yet.
    const owner = /^\{.*\}$/.test(text) ? (JSON.parse(text) as Owner) : undefined;
    if (!owner || owner.host !== hostname() || alive(owner.pid)) continue;
    await killMarked(`${owner.lab}:`);
    await rm(folder, { recursive: true, force: true });
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
