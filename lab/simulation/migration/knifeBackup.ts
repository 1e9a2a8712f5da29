import { diskOf } from "../nodeDisk";
import type { KnifeRun } from "./knife";
import { KnifeErrors } from "./knifeErrors";

/** `knife ec backup DIRECTORY`, as the gem knife-ec-backup writes and prints it. */
export async function knifeBackup(knife: KnifeRun): Promise<number> {
  const { run, server, options, words } = knife;
  const { data } = server;
  const { switches } = run.machine;
  if (words[0] === undefined) return run.fail(1, "ERROR: Must specify backup directory as an argument.");
  const folder = run.path(words[0]).replace(/\/+$/, "");
  const disk = diskOf(run);
  const errors = new KnifeErrors(knife, words[0], "backup");
  const copy = async (paths: readonly string[]) => {
    for (const path of paths) {
      if (switches.knifeErrors.includes(path)) errors.add("GET", path);
      else if (!switches.knifeLoses.includes(path))
        await disk.write(`${folder}/${path}`, data.files.get(path)!);
    }
  };
  server.begins?.();
  run.say("Downloading Users");
  await copy(data.below("users"));
  await copy(options["skip-useracl"] ? [] : data.below("user_acls"));
  if (options["with-user-sql"]) await copy(["key_dump.json"]);
  if (options["with-key-sql"]) await copy(["key_table_dump.json"]);
  const wanted = data.organizations.filter((name) => (options["only-org"] ?? name) === name);
  for (const [at, name] of wanted.entries()) {
    run.say(`Downloading organization object for ${name} from https://localhost/organizations/${name}`);
    const base = `organizations/${name}`;
    const kinds = [...new Set(data.below(base).map((path) => path.split("/")[2]!))];
    for (const kind of kinds) {
      run.say(`Copying /${kind}`);
      await knife.work(run.sim.timings.knifeBackup / wanted.length / kinds.length);
      const paths = data.files.has(`${base}/${kind}`) ? [`${base}/${kind}`] : data.below(`${base}/${kind}`);
      await copy(paths);
      for (const path of paths) run.say(`Created ${path.slice(base.length)}`);
    }
    if (at > 0) continue;
    if (switches.knifeBackupFails)
      return run.fail(switches.knifeBackupFails.code, switches.knifeBackupFails.message);
    server.halfWay?.(name);
  }
  run.say("** Finished **");
  await errors.tell();
  return 0;
}
