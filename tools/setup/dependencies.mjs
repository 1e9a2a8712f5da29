/** The npm packages, exactly as package-lock.json has them. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { modules, npmCommand, root } from "./paths.mjs";
import { run, say } from "./run.mjs";

/** Runs `npm ci`, unless node_modules holds just what package-lock.json names. */
export async function ensureDependencies() {
  if (await installed()) return;
  say("Installing the npm packages (npm ci).");
  // NODE_ENV=production, or a setting of the user's, would leave out the tools or the package `node`.
  const options = ["--include=dev", "--ignore-scripts=false", "--no-audit", "--no-fund", "--loglevel=error"];
  await run("installing the npm packages", [...npmCommand(), "ci", ...options], { cwd: root });
}

/**
 * Whether node_modules fits. npm ends every installation by writing what it installed to a lock file of its
 * own there, so an interrupted one does not count, and no time stamps are compared, which git changes.
 */
async function installed() {
  const wanted = await packages(join(root, "package-lock.json"));
  const found = await packages(join(modules, ".package-lock.json")).catch(() => undefined);
  if (!found) return false;
  const fits = (path) =>
    found[path] ? found[path].integrity === wanted[path].integrity : wanted[path].optional === true;
  // The entry "" is the project itself. Optional packages are for one kind of machine each.
  return Object.keys(wanted).every((path) => path === "" || fits(path));
}

async function packages(file) {
  return JSON.parse(await readFile(file, "utf8")).packages;
}
