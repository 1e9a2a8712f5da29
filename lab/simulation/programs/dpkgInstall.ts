import type { InstalledPackage } from "../packages/database";
import type { LabPackage } from "../packages/packageFile";
import type { MaintainerScript } from "../switches";
import { compareVersions } from "../version";
import { readDeb } from "./dpkgDeb";
import type { DpkgOptions } from "./dpkg";
import type { Run } from "./program";
import type { System } from "../system";

/** `dpkg -i FILES`: unpacks, then configures. */
export async function install(run: Run<System>, options: DpkgOptions): Promise<number> {
  if (options.operands.length === 0)
    return run.fail(2, "dpkg: error: --install needs at least one package archive file argument");
  const failed: string[] = [];
  const unpacked: InstalledPackage[] = [];
  for (const path of options.operands) {
    const bytes = await run.read(path);
    if (!bytes) return run.fail(2, `dpkg: error: cannot access archive '${path}': No such file or directory`);
    const read = readDeb(bytes, path);
    if (typeof read === "string") {
      run.fail(2, read);
      failed.push(refuse(run, path, "dpkg-deb --control subprocess returned error exit status 2"));
    } else if (read.arch !== "amd64" && read.arch !== "all") {
      failed.push(refuse(run, path, `package architecture (${read.arch}) does not match system (amd64)`));
    } else if (!skipped(run, options, read)) {
      const entry = await unpack(run, options, path, read);
      if (entry === "failed") failed.push(path);
      else if (entry) unpacked.push(entry);
    }
  }
  for (const entry of unpacked)
    if (!(await configureOne(run, options, entry, "--install"))) failed.push(entry.name);
  return finish(run, failed);
}

/** `dpkg --configure -a`: whatever is not configured. */
export async function configure(run: Run<System>, options: DpkgOptions): Promise<number> {
  const failed: string[] = [];
  for (const entry of run.machine.packages.entries)
    if (entry.state === "unpacked" || entry.state === "half-configured")
      if (!(await configureOne(run, options, entry, "--configure"))) failed.push(entry.name);
  return finish(run, failed);
}

function finish(run: Run<System>, failed: readonly string[]): number {
  if (failed.length === 0) return 0;
  return run.fail(
    1,
    `Errors were encountered while processing:\n${failed.map((name) => ` ${name}`).join("\n")}`,
  );
}

function refuse(run: Run<System>, path: string, why: string): string {
  run.fail(1, `dpkg: error processing archive ${path} (--install):\n ${why}`);
  return path;
}

function skipped(run: Run<System>, options: DpkgOptions, read: LabPackage): boolean {
  const old = run.machine.packages.find(read.name);
  if (!old || old.state !== "installed") return false;
  const order = compareVersions(read.version, old.version);
  if (options.skipSame && order === 0) {
    run.say(`dpkg: version ${old.version} of ${old.name} already installed, skipping`);
    return true;
  }
  if (order >= 0) return false;
  if (options.refuseDowngrade) {
    run.say(`dpkg: will not downgrade ${old.name} from ${old.version} to ${read.version}, skipping`);
    return true;
  }
  run.fail(0, `dpkg: warning: downgrading ${old.name} from ${old.version} to ${read.version}`);
  return false;
}

/** @returns what was unpacked; null for a dry run */
async function unpack(run: Run<System>, options: DpkgOptions, path: string, read: LabPackage) {
  const { packages, switches } = run.machine;
  const old = packages.find(read.name);
  run.say("(Reading database ... 81234 files and directories currently installed.)");
  run.say(`Preparing to unpack ${path} ...`);
  if (options.dryRun) return null;
  if (switches.installFails) {
    refuse(run, path, switches.installFails.message);
    return "failed";
  }
  run.say(`Unpacking ${read.name} (${read.version})${old ? ` over (${old.version})` : ""} ...`);
  const entry: InstalledPackage = {
    name: read.name,
    version: old?.version ?? read.version,
    arch: read.arch,
    installedSize: read.installedSize,
    installedAt: old?.installedAt ?? run.sim.clock.now(),
    state: "half-installed",
    script: read.postinst,
  };
  packages.replace(entry);
  if (options.debugFiles) tellFiles(run);
  await run.sleep(run.sim.timings.unpack);
  const why = read.corrupt ? "unexpected end of file or stream" : noSpace(run, read);
  if (why) {
    // dpkg puts the old files back.
    packages.remove(read.name);
    if (old) packages.replace(old);
    const inside = `/opt/${read.name}/embedded/bin/postgres`;
    refuse(run, path, `cannot copy extracted data for '.${inside}' to '${inside}.dpkg-new': ${why}`);
    return "failed";
  }
  entry.version = read.version;
  entry.installedAt = run.sim.clock.now();
  entry.state = "unpacked";
  entry.pendingConffile = switches.conffileEdited;
  run.sim.changed();
  return entry;
}

const some = [
  "bin/",
  "embedded/bin/ruby",
  "embedded/bin/runsvdir",
  "embedded/service/",
  "version-manifest.json",
];

/** `-D10`: dpkg's own words (`dbg_eachfile`) about some of the files. */
function tellFiles(run: Run<System>): void {
  for (const name of some.map((each) => `${run.machine.productFolder}/${each}`)) {
    const folder = name.endsWith("/");
    const [mode, type] = folder ? ["40755", "53(d)"] : ["100755", "48(-)"];
    const node = name.replace(/\/$/, "");
    run.fail(
      0,
      `D000010: tarobject ti->name='.${name}' mode=${mode} owner=0:0 type=${type} ti->linkname='' namenode='${node}' flags=2 instead='<none>'`,
    );
  }
}

function noSpace(run: Run<System>, read: LabPackage): string | null {
  return run.machine.disk("/opt").free < read.installedSize
    ? "failed to write (No space left on device)"
    : null;
}

const conffile = `
Configuration file '/etc/chef-backend/chef-backend-running.json'
 ==> Modified (by you or by a script) since installation.
 ==> Package distributor has shipped an updated version.`;

const question = `   What would you like to do about it ?  Your options are:
    Y or I  : install the package maintainer's version
    N or O  : keep your currently-installed version
      D     : show the differences between the versions
      Z     : start a shell to examine the situation
 The default action is to keep your current version.
*** chef-backend-running.json (Y/I/N/O/D/Z) [default=N] ? `;

async function configureOne(run: Run<System>, options: DpkgOptions, entry: InstalledPackage, action: string) {
  const fail = (why: string) => {
    run.fail(1, `dpkg: error processing package ${entry.name} (${action}):\n ${why}`);
    return false;
  };
  run.say(`Setting up ${entry.name} (${entry.version}) ...`);
  if (entry.pendingConffile) {
    run.say(conffile);
    const told = ["confold", "confnew", "confdef"].some((force) => options.force.has(force));
    if (!told) {
      run.print(question);
      return fail("end of file on stdin at conffile prompt");
    }
    run.say(" ==> Keeping old config file as default.");
    entry.pendingConffile = false;
  }
  const script = run.machine.switches.maintainerScript ?? ((entry.script ?? "none") as MaintainerScript);
  entry.state = "half-configured";
  run.sim.startPostinst(run.machine, script);
  await run.sleep(run.sim.timings.configure);
  if (script === "fail")
    return fail(
      `installed ${entry.name} package post-installation script subprocess returned error exit status 1`,
    );
  entry.state = "installed";
  return true;
}
