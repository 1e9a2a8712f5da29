import { diskOf } from "../nodeDisk";
import type { Group, KeyRow, UserRow } from "./chefData";
import type { KnifeRun } from "./knife";
import { KnifeErrors } from "./knifeErrors";

/** `knife ec restore DIRECTORY`: what is there is updated, and with `--purge` what the backup does not have removed. */
export async function knifeRestore(knife: KnifeRun): Promise<number> {
  const { run, server, options, words } = knife;
  const { data } = server;
  const { switches } = run.machine;
  if (words[0] === undefined) return run.fail(1, "ERROR: Must specify backup directory as an argument.");
  const folder = run.path(words[0]).replace(/\/+$/, "");
  const disk = diskOf(run);
  const files = await disk.list(folder);
  if (!files.some((path) => path.startsWith("users/")))
    return run.fail(
      100,
      `ERROR: Errno::ENOENT: No such file or directory @ dir_initialize - ${folder}/users`,
    );
  const organizations = [
    ...new Set(files.flatMap((path) => /^organizations\/([^/]+)\//.exec(path)?.[1] ?? [])),
  ].filter((name) => (options["only-org"] ?? name) === name);
  for (const name of organizations)
    if (!(await clientsGroupFits(knife, folder, files, name)) && !confirmed(knife)) return 3;

  server.restores?.(organizations);
  const errors = new KnifeErrors(knife, words[0], "restore");
  const put = async (path: string) => {
    if (switches.knifeErrors.includes(path)) errors.add("PUT", path);
    else if (!switches.knifeLoses.includes(path))
      data.put(path, (await disk.read(`${folder}/${path}`)) ?? "");
  };
  const below = (prefix: string) => files.filter((path) => path.startsWith(prefix));
  const purge = (prefix: string, spared: (path: string) => boolean = () => false) => {
    for (const path of options["purge"] ? data.below(prefix) : [])
      if (!files.includes(path) && !spared(path)) data.remove(path);
  };

  if (!options["skip-users"]) {
    run.say("Restoring users");
    for (const path of below("users/")) if (await mayRestore(knife, path)) await put(path);
    purge("users", isPivotal);
  }
  if (options["with-user-sql"]) await restoreRows<UserRow>("key_dump.json", ({ username }) => username);
  for (const [at, name] of organizations.entries()) {
    run.say(`Restoring organization[${name}]`);
    run.say("Restoring org admin data\nRestoring the rest of the org");
    const base = `organizations/${name}`;
    const paths = below(`${base}/`);
    const kinds = [...new Set(paths.map((path) => path.split("/")[2]!))];
    for (const [place, kind] of kinds.entries()) {
      run.say(`Copying /${kind}`);
      await knife.work(run.sim.timings.knifeRestore / organizations.length / kinds.length);
      for (const path of paths.filter((each) => each.split("/")[2] === kind)) {
        await put(path);
        run.say(`Created ${path.slice(base.length)}`);
      }
      if (switches.knifeRestoreFails && at === 0 && place * 2 >= kinds.length)
        return run.fail(switches.knifeRestoreFails.code, switches.knifeRestoreFails.message);
    }
    purge(base);
  }
  if (options["with-key-sql"])
    await restoreRows<KeyRow>(
      "key_table_dump.json",
      ({ name, key_name, org_name }) => `${name} ${key_name} ${org_name}`,
    );
  if (!options["skip-useracl"]) {
    run.say("Restoring user ACLs");
    for (const path of below("user_acls/")) if (await mayRestore(knife, path)) await put(path);
    purge("user_acls", isPivotal);
  }
  run.sim.changed();
  run.say("** Finished **");
  await errors.tell();
  return 0;

  /** Rows of a table: those of the backup, and those that were there under other names. */
  async function restoreRows<Row>(path: string, nameOf: (row: Row) => string): Promise<void> {
    const text = await disk.read(`${folder}/${path}`);
    if (text === undefined) return;
    const rows = JSON.parse(text) as Row[];
    const kept = (data.json<Row[]>(path) ?? []).filter(
      (row) => !rows.some((each) => nameOf(each) === nameOf(row)),
    );
    data.put(path, [...(options["purge"] ? [] : kept), ...rows]);
  }
}

const isPivotal = (path: string) => path.endsWith("/pivotal.json");

async function mayRestore({ run, options }: KnifeRun, path: string): Promise<boolean> {
  if (!isPivotal(path) || options["overwrite-pivotal"]) return true;
  run.fail(0, "WARNING: Skipping pivotal user.  To overwrite pivotal, pass --overwrite-pivotal.");
  return false;
}

/** The group `clients` of an organization names as many clients as the backup has. */
async function clientsGroupFits(
  { run }: KnifeRun,
  folder: string,
  files: readonly string[],
  name: string,
): Promise<boolean> {
  const path = `${folder}/organizations/${name}/groups/clients.json`;
  const named = (JSON.parse((await diskOf(run).read(path)) ?? "{}") as Partial<Group>).clients?.length ?? 0;
  const clients = files.filter((each) => each.startsWith(`organizations/${name}/clients/`)).length;
  if (named === clients) return true;
  run.fail(
    0,
    `WARNING: There are ${Math.abs(named - clients)} missing clients in ${name}'s client group file ${path}. If this is not intentional do NOT proceed with a restore until corrected. \`knife tidy backup clean\` will auto-correct this. https://github.com/chef-customers/knife-tidy`,
  );
  return false;
}

function confirmed({ run, options }: KnifeRun): boolean {
  if (options["yes"]) return true;
  run.print("\nDo you still wish to continue with the restore?? (Y/N) ");
  if (/^y/i.test(run.io.stdin ?? "")) return true;
  run.say("You said no, so I'm done here.");
  return false;
}
