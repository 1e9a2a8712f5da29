import { backupFolder, backupName } from "../backups";
import { setUpFrontend } from "../setup/frontendSetup";
import { upstreamOf } from "../version";
import { acceptsLicense } from "./chefServer/license";
import { rsync } from "./which";
import { wouldRemove } from "./chefServer/wouldRemove";
import { psql } from "./chefServer/psql";
import { reindex } from "./chefServer/reindex";
import { knowsMaintenance, maintenance, reconfigure, start, status, stop } from "./chefServer/services";
import { smokeTest } from "./chefServer/smokeTest";
import { upgrade } from "./chefServer/upgrade";
import type { Program, Run } from "./program";

const subcommands: Record<string, (run: Run, args: readonly string[]) => Promise<number>> = {
  status,
  start,
  stop,
  reconfigure,
  maintenance,
  reindex,
  psql,
  backup,
  upgrade,
  cleanup,
  test: smokeTest,
  version: async (run) => {
    run.say(upstreamOf(run.frontend.installed));
    return 0;
  },
};

/** `chef-server-ctl` of a frontend: as much as the lab's procedures need. */
export const chefServerCtl: Program = async (run) => {
  const { installed, switches } = run.frontend;
  if (installed === "") return run.fail(127, "chef-server-ctl: command not found");
  if (!run.isRoot) return run.fail(1, "chef-server-ctl must be run as root.");
  const [name = "", ...args] = run.args;
  const known = Object.hasOwn(subcommands, name) && (name !== "maintenance" || knowsMaintenance(installed));
  if (!known)
    return run.fail(1, `I don't know that command: ${name}\nUsage: chef-server-ctl COMMAND [options]`);
  if (!run.frontend.configured && switches.controlFails === null) {
    if (name === "reconfigure") return setUpFrontend(run);
    if (name !== "version") return run.fail(1, "ERROR: run chef-server-ctl reconfigure first");
  }
  return switches.controlFails === null ? subcommands[name]!(run, args) : run.fail(1, switches.controlFails);
};

/** `backup --config-only [--timeout SECONDS]`: a frontend's part of a backup. */
async function backup(run: Run, args: readonly string[]): Promise<number> {
  const { sim, frontend } = run;
  if (!/^--config-only( (--timeout|-t) \d+)?$/.test(args.join(" ")))
    return run.fail(1, "ERROR: the data is on the Chef Backend cluster: use --config-only");
  run.say("Locating rsync..");
  if (frontend.switches.hiddenFiles.includes(rsync))
    return run.fail(1, "\u001B[31m[ERROR]\u001B[0m rsync must be installed in order to run this command");
  run.say(rsync);
  run.changes();
  await run.sleep(sim.timings.frontendBackup);
  const { backupFails } = frontend.switches;
  if (backupFails) return run.fail(backupFails.code, backupFails.message);
  const path = `${backupFolder}/${backupName(frontend.wall())}.tgz`;
  frontend.backups.push({ path, bytes: sim.random.int(20_000, 40_000), at: sim.clock.now() });
  run.say("Backup Complete!");
  return 0;
}

/** `cleanup`: removes what the release before left, without a word; with `--no-op` it says what it would remove. */
async function cleanup(run: Run, args: readonly string[]): Promise<number> {
  const { frontend } = run;
  const noOp = args.includes("--no-op");
  // The client that it calls ends with 172 for its own license, of which only the text comes through.
  if (!acceptsLicense(run))
    return run.fail(1, "Chef Infra Client cannot execute without accepting the license");
  if (!noOp) run.changes();
  await run.sleep(run.sim.timings.frontendCleanup);
  if (noOp && frontend.oldData) run.say(wouldRemove("/var/opt/opscode/opscode-solr4"));
  if (!noOp) frontend.oldData = false;
  return 0;
}
