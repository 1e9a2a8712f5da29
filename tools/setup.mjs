/**
 * Sets up a fresh clone: npm packages, the compiled program, a Pulumi CLI. What is there already is left alone.
 * `npm start`, `npm test` and `npm run bench` do it by themselves; `node tools/setup.mjs` does nothing else.
 */
import { realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ensureBuild } from "./setup/build.mjs";
import { ensureDependencies } from "./setup/dependencies.mjs";
import { environment } from "./setup/paths.mjs";
import { ensurePulumi } from "./setup/pulumiCli.mjs";
import { SetupError, say } from "./setup/run.mjs";

export { ensureBuild, ensureDependencies, ensurePulumi };

/**
 * @param {{ engine?: () => Promise<boolean> }} options whether the Pulumi CLI is needed, asked once the rest is there
 * @returns {Promise<NodeJS.ProcessEnv>} the environment to run the project's programs in
 */
export async function setUp({ engine = async () => true } = {}) {
  await ensureDependencies();
  await ensureBuild();
  return environment((await engine()) ? await ensurePulumi() : undefined);
}

/** Runs a tool's main function; what stops it is told in its own words and ends with status 1. */
export async function main(body) {
  try {
    process.exitCode = await body();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    say(`Stopped: ${error.message}`);
    process.exitCode = 1;
  }
}

const started = process.argv[1] && realpathSync(process.argv[1]);
if (started === fileURLToPath(import.meta.url)) {
  await main(async () => {
    await ensureDependencies();
    await ensureBuild();
    say(`Ready. The Pulumi CLI is ${await ensurePulumi()}`);
  });
}
