/** What a run that was interrupted leaves: engines and providers that its tests have started, and their folders. */
import { readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";

/** In the environment of everything that a run starts. */
export const mark = "TEST_RUN";

/** Ends every process of the run, and removes the folders that they called their TMPDIR. */
export async function endLeftovers(run) {
  // Found as the lab finds what it has started. Set-up has built it.
  const { killMarked, markedProcesses } = await import("../../dist/lab/machines/processes.js");
  const pids = await markedProcesses(run, mark);
  const folders = new Set(await Promise.all(pids.map(folderOf)));
  for (const pid of pids) endPolitely(pid);
  if (pids.length > 0) await new Promise((resolve) => setTimeout(resolve, 2000));
  await killMarked(run, mark);
  for (const folder of folders)
    if (folder.startsWith(`${tmpdir()}/pulumi-chef-backend-`))
      await rm(folder, { recursive: true, force: true });
}

async function folderOf(pid) {
  const variables = (await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "")).split("\0");
  return variables.find((each) => each.startsWith("TMPDIR="))?.slice("TMPDIR=".length) ?? "";
}

function endPolitely(pid) {
  try {
    process.kill(pid, "SIGTERM");
  } catch {
    // It has ended meanwhile.
  }
}
