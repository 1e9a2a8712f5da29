/** The folder where the npm package `pulumi` looks for its CLI, filled in one go. */
import { rmSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { root } from "./paths.mjs";

/** The version that package.json pins: the CLI and the SDK go together. */
export const version = JSON.parse(await readFile(join(root, "package.json"), "utf8")).devDependencies.pulumi;

/** As in the package's own lib/cache.js. */
export const home = join(process.env.PULUMI_HOME || join(homedir(), ".pulumi"), "versions", version);

/**
 * Lets `make` fill a folder beside it, then moves that into place: an interrupted set-up never leaves half a CLI.
 * @param {(folder: string) => Promise<void>} make fills `<folder>/bin`
 */
export async function install(make) {
  await mkdir(dirname(home), { recursive: true });
  const workshop = await mkdtemp(join(dirname(home), ".setup-"));
  const remove = () => rmSync(workshop, { recursive: true, force: true });
  // Also when a signal ends set-up, which is a process.exit in run.mjs.
  process.once("exit", remove);
  try {
    const made = join(workshop, "new");
    await mkdir(join(made, "bin"), { recursive: true });
    await make(made);
    // What does not work is moved away with the workshop; mostly there is nothing.
    await rename(home, join(workshop, "old")).catch(() => {});
    await rename(made, home);
  } finally {
    process.off("exit", remove);
    remove();
  }
}
