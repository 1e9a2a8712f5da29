import { lockHolder } from "../files/locks";
import type { InstalledPackage } from "../packages/database";
import { readPackage, type LabPackage } from "../packages/packageFile";
import { compareVersions } from "../version";
import type { Run } from "./program";
import type { System } from "../system";

/** `chef-backend-2.3.16-1.el7.x86_64`. */
export function nevra(entry: { name: string; version: string; arch: string }): string {
  return `${entry.name}-${entry.version}.${entry.arch}`;
}

/** Reads an .rpm; a string is rpm's complaint. */
export async function readRpm(run: Run<System>, path: string): Promise<LabPackage | string> {
  const read = readPackage(await run.read(path));
  if (read === "missing") return `error: open of ${path} failed: No such file or directory`;
  if (read === "truncated")
    return `error: ${path}: rpmReadPackageFile failed: headerRead failed: hdr data: BAD`;
  if (typeof read === "string" || read.format !== "rpm")
    return `error: ${path}: not an rpm package (or package manifest): `;
  return read;
}

/** `rpm -U --test FILES`: what would stand in the way. */
export async function checkRpm(run: Run<System>, paths: readonly string[]): Promise<number> {
  for (const path of paths) {
    const read = await readRpm(run, path);
    if (typeof read === "string") return run.fail(1, read);
    const refused = refusal(run, path, read);
    if (refused) return run.fail(refused.code, refused.text);
  }
  return 0;
}

function refusal(run: Run<System>, path: string, read: LabPackage): { code: number; text: string } | null {
  if (read.corrupt) return { code: 1, text: `error: ${path}: Payload SHA256 digest: BAD` };
  if (read.arch !== "x86_64" && read.arch !== "noarch")
    return { code: 1, text: `\tpackage ${nevra(read)} is intended for a different architecture` };
  const old = run.machine.packages.find(read.name);
  const order = old ? compareVersions(read.version, old.version) : 1;
  if (old && order === 0) return { code: 2, text: `\tpackage ${nevra(read)} is already installed` };
  if (old && order < 0)
    return {
      code: 2,
      text: `\tpackage ${nevra(old)} (which is newer than ${nevra(read)}) is already installed`,
    };
  const needed = read.installedSize - run.machine.disk("/opt").free;
  if (needed > 0)
    return {
      code: 1,
      text: `\tinstalling package ${nevra(read)} needs ${Math.ceil(needed / 1024)}MB on the / filesystem`,
    };
  return null;
}

/** `rpm -U FILES`. */
export async function installRpm(run: Run<System>, paths: readonly string[]): Promise<number> {
  if (!run.isRoot)
    return run.fail(1, "error: can't create transaction lock on /var/lib/rpm/.rpm.lock (Permission denied)");
  run.changes();
  await waitForLock(run);
  const code = await checkRpm(run, paths);
  if (code !== 0) return code;
  const { packages } = run.machine;
  packages.busy = { pid: run.sim.random.int(3000, 30000), program: "rpm" };
  try {
    run.say("Preparing...                          ################################# [100%]");
    for (const path of paths) {
      const read = await readRpm(run, path);
      if (typeof read === "string") return run.fail(1, read);
      const failed = await installOne(run, read);
      if (failed !== 0) return failed;
    }
    return 0;
  } finally {
    packages.busy = null;
    run.sim.changed();
  }
}

/** rpm, other than dpkg, waits for the lock. */
async function waitForLock(run: Run<System>): Promise<void> {
  if (!lockHolder(run.machine)) return;
  run.fail(0, "warning: waiting for transaction lock on /var/lib/rpm/.rpm.lock");
  await run.sim.until(() => !lockHolder(run.machine), run.signal);
}

/** Installs over any older version; both are in the database until the end. @returns an exit status */
export async function installOne(run: Run<System>, read: LabPackage): Promise<number> {
  const { packages, switches } = run.machine;
  if (switches.installFails) return run.fail(switches.installFails.code, switches.installFails.message);
  const entry: InstalledPackage = {
    name: read.name,
    version: read.version,
    arch: read.arch,
    installedSize: read.installedSize,
    installedAt: run.sim.clock.now(),
    state: "installed",
  };
  run.say("Updating / installing...");
  await run.sleep(run.sim.timings.unpack / 2);
  packages.entries.push(entry);
  await run.sleep(run.sim.timings.unpack / 2);
  entry.installedAt = run.sim.clock.now();
  run.say(`   1:${nevra(read)}  ################################# [ 50%]`);
  const script = run.machine.switches.maintainerScript ?? read.postinst;
  run.sim.startPostinst(run.machine, script);
  await run.sleep(run.sim.timings.configure);
  if (switches.conffileEdited)
    run.fail(
      0,
      "warning: /etc/chef-backend/chef-backend-running.json created as /etc/chef-backend/chef-backend-running.json.rpmnew",
    );
  // A failing %post is only a warning for rpm.
  if (script === "fail") run.fail(0, `warning: %post(${nevra(read)}) scriptlet failed, exit status 1`);
  packages.replace(entry);
  run.say("Cleaning up / removing...");
  return 0;
}
