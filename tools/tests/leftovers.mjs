/** What a run that was interrupted leaves: engines and providers that its tests have started, and their folders. */
import { readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";

/** In the environment of everything that a run starts. */
export const mark = "TEST_RUN";

/** Ends every process of the run, and removes the folders that they called their TMPDIR. */
export async function endLeftovers(run) {
  const found = await processesOf(run);
  for (const { pid } of found) kill(pid, "SIGTERM");
  if (found.length > 0) await new Promise((resolve) => setTimeout(resolve, 2000));
  for (const { pid } of await processesOf(run)) kill(pid, "SIGKILL");
  const folders = found
    .map(({ folder }) => folder)
    .filter((folder) => folder.startsWith(`${tmpdir()}/pulumi-chef-backend-`));
  for (const folder of new Set(folders)) await rm(folder, { recursive: true, force: true });
}

/** From /proc: where there is none, nobody is found. */
async function processesOf(run) {
  const pids = (await readdir("/proc").catch(() => [])).filter((name) => /^\d+$/.test(name));
  const all = await Promise.all(
    pids.map(async (pid) => {
      const variables = (await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "")).split("\0");
      const folder = variables.find((each) => each.startsWith("TMPDIR="))?.slice("TMPDIR=".length) ?? "";
      return variables.includes(`${mark}=${run}`) ? [{ pid: Number(pid), folder }] : [];
    }),
  );
  return all.flat();
}

function kill(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}
