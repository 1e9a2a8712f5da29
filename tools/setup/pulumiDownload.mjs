/** The Pulumi CLI by download, as the npm package `pulumi` does it at its first use. */
import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import { modules, nodeCommand } from "./paths.mjs";
import { version } from "./pulumiFolder.mjs";
import { SetupError, run, say } from "./run.mjs";

/** The first thing that the launcher fetches. */
const server = "https://get.pulumi.com/install.sh";
const answerLimit = 10_000;
const downloadLimit = 10 * 60_000;

/** @param {string} folder receives `bin/` */
export async function download(folder) {
  // Without internet this fails at once, or not at all where a firewall drops what we send: asking first with
  // a short limit leaves a long one to the download itself, which can be slow.
  await fetch(server, { method: "HEAD", signal: AbortSignal.timeout(answerLimit) }).catch((error) => {
    throw new SetupError(`${server} cannot be reached (${error.cause?.code ?? error.message})`);
  });
  say(`Downloading the Pulumi CLI ${version}.`);
  const scratch = join(folder, "launcher");
  const env = { ...process.env, PULUMI_HOME: scratch, PULUMI_VERSION: version };
  const launcher = [nodeCommand(), join(modules, "pulumi", "run.js"), "version"];
  await run("downloading the Pulumi CLI", launcher, { env, limit: downloadLimit });
  await cp(join(scratch, "versions", version, "bin"), join(folder, "bin"), { recursive: true });
  await rm(scratch, { recursive: true });
}
