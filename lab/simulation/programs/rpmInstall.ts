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
export async function checkRpm(run: Run<System>, paths: readonly string[], again = false): Promise<number> {
  for (const path of paths) {
    const read = await readRpm(run, path);
    if (typeof read === "string") return run.fail(1, read);
    const refused = refusal(run, path, read, again);
    if (refused) return run.fail(refused.code, refused.text);
  }
  return 0;
}

function refusal(
  run: Run<System>,
  path: string,
  read: LabPackage,
  again: boolean,
): { code: number; text: string } | null {
  if (read.corrupt) return { code: 1, text: `error: ${path}: Payload SHA256 digest: BAD` };
  if (read.arch !== "x86_64" && read.arch !== "noarch")
    return { code: 1, text: `\tpackage ${nevra(read)} is intended for a different architecture` };
  const old = run.machine.packages.find(read.name);
  const order = old ? compareVersions(read.version, old.version) : 1;
  if (old && order === 0 && !again) return { code: 2, text: `\tpackage ${nevra(read)} is already installed` };
  if (old && order < 0)
    return {
      code: 2,
      text: `\tpackage ${nevra(old)} (which is newer than ${nevra(read)}) is already installed`,
    };
  if (read.requires !== undefined)
    return {
      code: 1,
      text: `error: Failed dependencies:\n\t${read.requires} is needed by ${nevra(read)}`,
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
export async function installRpm(run: Run<System>, paths: readonly string[], again = false): Promise<number> {
  if (!run.isRoot)
    return run.fail(1, "error: can't create transaction lock on /var/lib/rpm/.rpm.lock (Permission denied)");
  run.changes();
  await waitForLock(run);
  const code = await checkRpm(run, paths, again);
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
export async function installOne(run: Run<System>, read: LabPackage, tool: RpmTool = "rpm"): Promise<number> {
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
  const script = switches.maintainerScript ?? read.postinst;
  const old = packages.find(read.name);
  if (script === "fail pre") {
    failedScript(run, tool, "prein", read, true);
    run.fail(0, `error: ${nevra(read)}: install failed`);
    if (old) run.fail(0, `error: ${nevra(old)}: erase skipped`);
    return transactionFailed(run, tool);
  }
  run.say("Updating / installing...");
  await run.sleep(run.sim.timings.unpack / 2);
  packages.entries.push(entry);
  await run.sleep(run.sim.timings.unpack / 2);
  entry.installedAt = run.sim.clock.now();
  run.say(`   1:${nevra(read)}  ################################# [ 50%]`);
  run.sim.startPostinst(run.machine, script);
  await run.sleep(run.sim.timings.configure);
  if (switches.conffileEdited)
    run.fail(
      0,
      "warning: /etc/chef-backend/chef-backend-running.json created as /etc/chef-backend/chef-backend-running.json.rpmnew",
    );
  // From here on the package is installed: a failing script is only a warning for rpm.
  if (script === "fail") failedScript(run, tool, "post", read);
  if (old && script === "fail preun") {
    failedScript(run, tool, "preun", old, true);
    run.fail(0, `error: ${nevra(old)}: erase failed`);
    return transactionFailed(run, tool);
  }
  packages.replace(entry);
  run.say("Cleaning up / removing...");
  if (old && script === "fail postun") failedScript(run, tool, "postun", old);
  if (script === "fail posttrans") failedScript(run, tool, "posttrans", read);
  return 0;
}

export type RpmTool = "rpm" | "yum" | "dnf" | "zypper";

/** rpm's own line, then what yum 3 or dnf 4 makes of it (test/fixtures/field/install). */
function failedScript(run: Run<System>, tool: RpmTool, script: string, of: Named, fatal = false): void {
  run.fail(0, `${fatal ? "error" : "warning"}: %${script}(${nevra(of)}) scriptlet failed, exit status 1`);
  const tag = script === "post" ? "POSTIN" : script.toUpperCase();
  if (tool === "dnf") run.say(`\nError in ${tag} scriptlet in rpm package ${of.name}`);
  if (tool === "yum")
    run.say(
      fatal
        ? `Error in ${tag} scriptlet in rpm package ${nevra(of)}`
        : `Non-fatal ${tag} scriptlet failure in rpm package ${nevra(of)}`,
    );
}

type Named = Parameters<typeof nevra>[0];

function transactionFailed(run: Run<System>, tool: RpmTool): number {
  return tool === "dnf" ? run.fail(1, "Error: Transaction failed") : 1;
}
