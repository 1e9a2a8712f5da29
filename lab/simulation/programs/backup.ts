import { backupFolder, backupName } from "../backups";
import { isSince } from "../version";
import type { Run } from "./program";

/** Seconds, where `--timeout` is not given (vendor's reference). */
const DEFAULT_TIMEOUT = 600;

/** `chef-backend-ctl backup [--timeout N]`: on a follower; the option since 2.0.30. */
export async function backup(run: Run, args: readonly string[]): Promise<number> {
  const { sim, backend } = run;
  const [option, seconds = ""] = args.flatMap((word) => word.split("="));
  const knows = isSince(backend.installed, "2.0.30");
  if (option !== undefined && !(knows && option === "--timeout" && /^\d+$/.test(seconds)))
    return run.fail(1, `ERROR: invalid option: ${option}\nUsage: chef-backend-ctl backup [options]`);
  run.changes();
  await run.sleep(sim.timings.control);
  if (sim.cluster.leader === backend)
    return run.fail(1, "ERROR: this node is the leader: run the backup on a follower");
  if (!backend.running("postgresql") || !backend.synced)
    return run.fail(1, "ERROR: PostgreSQL on this node does not follow the leader");
  run.say("Starting backup...");
  const { switches } = backend;
  const timeout = option === undefined ? DEFAULT_TIMEOUT : Number(seconds);
  if (switches.backupHangs) await sim.until(() => !switches.backupHangs, run.signal);
  await run.sleep(Math.min(timeout, sim.timings.backup));
  if (timeout < sim.timings.backup)
    return run.fail(1, `ERROR: the backup took longer than ${timeout} seconds`);
  if (switches.backupFails) return run.fail(switches.backupFails.code, switches.backupFails.message);
  const path = `${backupFolder}/${backupName(backend.wall())}.tar.gz`;
  backend.backups.push({ path, bytes: sim.random.int(40_000_000, 60_000_000), at: sim.clock.now() });
  run.say(`Backup created: ${path}`);
  return 0;
}
