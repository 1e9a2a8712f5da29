/**
 * The Pulumi CLI that runs our programs, and where it comes from, in this order:
 *  1. a new enough one on the PATH;
 *  2. the one that the npm package `pulumi` keeps under PULUMI_HOME (or ~/.pulumi);
 *  3. its download, if Pulumi's server answers: the quickest where there is internet;
 *  4. a build from Go modules, which takes minutes but needs only a Go module proxy.
 * 3 and 4 fill the folder of 2, so `npx pulumi` then works as well, and each is done once per machine.
 */
import { execFile } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { download } from "./pulumiDownload.mjs";
import { buildFromGo } from "./pulumiFromGo.mjs";
import { home, install, version } from "./pulumiFolder.mjs";
import { SetupError, say } from "./run.mjs";

/** What the CLI runs beside itself: the host of Node programs, and that of dynamic providers. */
const companions = ["pulumi-language-nodejs", "pulumi-resource-pulumi-nodejs"];

/** @returns {Promise<string>} the path of the `pulumi` to run */
export async function ensurePulumi() {
  const onPath = searchPath("pulumi")[0];
  const kept = join(home, "bin", "pulumi");
  for (const candidate of [onPath, kept]) {
    if (candidate && (await problemOf(candidate)) === undefined) return candidate;
  }
  const tried = [
    `on the PATH: ${onPath ? `${onPath} ${await problemOf(onPath)}` : "no pulumi"}`,
    `kept by npm's launcher: ${kept} ${await problemOf(kept)}`,
  ];
  for (const [name, make] of [
    ["download", download],
    ["build from Go modules", buildFromGo],
  ]) {
    try {
      await install(async (folder) => {
        await make(folder);
        const problem = await problemOf(join(folder, "bin", "pulumi"));
        if (problem) throw new SetupError(`what it made does not work: it ${problem}`);
      });
      return kept;
    } catch (error) {
      if (!(error instanceof SetupError)) throw error;
      say(`Pulumi CLI, ${name}: ${error.message.split("\n")[0]}`);
      tried.push(`${name}: ${error.message}`);
    }
  }
  throw new SetupError(
    `There is no Pulumi CLI ${version} to run, and none could be set up. What was tried:\n` +
      tried.map((line) => `  - ${line.replaceAll("\n", "\n    ")}\n`).join("") +
      `Ways out, each of them enough: put a pulumi ${version} or newer on the PATH; allow access to ` +
      `get.pulumi.com; or install Go 1.21 or newer with access to a Go module proxy. Then run this again.`,
  );
}

/** Why this `pulumi` cannot be used, as the rest of a sentence; undefined when it can. */
async function problemOf(pulumi) {
  if (!executable(pulumi)) return "is not there";
  const beside = (name) => executable(join(dirname(pulumi), name));
  const missing = companions.filter((name) => !beside(name) && searchPath(name).length === 0);
  if (missing.length > 0) return `has no ${missing.join(" and no ")} beside it`;
  try {
    const env = { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" };
    const { stdout } = await promisify(execFile)(pulumi, ["version"], { env, timeout: 60_000 });
    return newEnough(stdout.trim()) ? undefined : `is ${stdout.trim()}; ${version} or newer (3.x) is needed`;
  } catch (error) {
    return `does not run: ${error.message.trim()}`;
  }
}

/** Same major version, and not older than the SDK that our programs use. */
function newEnough(found) {
  const numbers = (text) => text.replace(/^v/, "").split(/[.+-]/).slice(0, 3).map(Number);
  const [major, minor, patch] = numbers(found);
  const [wantedMajor, wantedMinor, wantedPatch] = numbers(version);
  if (major !== wantedMajor) return false;
  return minor > wantedMinor || (minor === wantedMinor && patch >= wantedPatch);
}

/** Every executable of that name on the PATH, except npm's: `pulumi` there is the launcher, which downloads. */
function searchPath(name) {
  const folders = (process.env.PATH ?? "").split(delimiter);
  return folders
    .filter((folder) => folder && !resolve(folder).endsWith(join("node_modules", ".bin")))
    .map((folder) => join(folder, name))
    .filter(executable);
}

function executable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
