/** Where things are in this checkout, and the environment in which the project's own programs run. */
import { existsSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));
export const modules = join(root, "node_modules");

/** The Node to run our programs with: the LTS from the npm package `node`, whatever the machine has. */
export function nodeCommand() {
  const own = join(modules, "node", "bin", "node");
  return existsSync(own) ? own : process.execPath;
}

/**
 * The environment for a program that runs `node` and `pulumi` by name. That Node stands first, in a folder
 * with nothing else in it; then the Pulumi CLI, before the npm launcher of the same name.
 */
export function environment(pulumi) {
  const own = [dirname(nodeCommand()), ...(pulumi ? [dirname(pulumi)] : [])];
  const folders = [...own, join(modules, ".bin"), process.env.PATH ?? ""];
  return { ...process.env, PATH: folders.join(delimiter), PULUMI_SKIP_UPDATE_CHECK: "true" };
}

/** The npm that runs us, as a command and its first arguments; else the one on the PATH. */
export function npmCommand() {
  const script = process.env.npm_execpath ?? "";
  return script.endsWith("npm-cli.js") ? [process.execPath, script] : ["npm"];
}
