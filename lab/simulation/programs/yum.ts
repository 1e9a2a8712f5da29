import type { LabPackage } from "../packages/packageFile";
import { compareVersions } from "../version";
import { lockHolder } from "../files/locks";
import { installOne, nevra, readRpm } from "./rpmInstall";
import type { Program, Run } from "./program";
import type { System } from "../system";

/**
 * `yum install [-y] FILE` as in yum 3: an installed package is an error. `--disablerepo=*` asks no repository, and with
 * `tsflags=test` nothing is installed.
 */
export const yum: Program<System> = (run) => installWith(run, "yum");

/** `dnf install [-y] FILE`: an installed package is fine, and an older one is a downgrade. */
export const dnf: Program<System> = (run) => installWith(run, "dnf");

async function installWith(run: Run<System>, tool: "yum" | "dnf"): Promise<number> {
  const tests = run.args.includes("--setopt=tsflags=test");
  const yes = run.args.some((word) => ["-y", "--assumeyes", "-qy", "-yq"].includes(word));
  const [verb, ...paths] = run.args.filter((word) => !word.startsWith("-"));
  if (verb !== "install" && verb !== "localinstall") return run.fail(1, `No such command: ${verb ?? ""}.`);
  if (!run.isRoot)
    return run.fail(
      1,
      tool === "yum"
        ? "You need to be root to perform this command."
        : "Error: This command has to be run with superuser privileges (under the root user on most systems).",
    );
  if (!tests) run.changes();
  if (run.args.includes("--setopt=exit_on_lock=1") && lockHolder(run.machine)) return isLocked(run, tool);
  await waitForLock(run, tool);
  const { packages, switches } = run.machine;
  const alone = run.args.includes("--disablerepo=*");
  if (!alone && switches.repositoriesDown) return run.fail(1, noRepository(tool));
  if (!tests) packages.busy = { pid: run.sim.random.int(3000, 30000), program: tool };
  try {
    const wanted: LabPackage[] = [];
    for (const path of paths) {
      const read = await readRpm(run, path);
      const refused =
        typeof read === "string" ? cannotOpen(tool, path) : refusal(run, tool, path, read, alone);
      if (refused) return run.fail(1, refused);
      if (wants(run, tool, read as LabPackage)) wanted.push(read as LabPackage);
    }
    if (wanted.length === 0) return nothing(run, tool);
    if (tests) {
      run.say("Running transaction test\nTransaction test succeeded\nComplete!");
      return 0;
    }
    return await transact(run, tool, yes, wanted);
  } finally {
    if (!tests) packages.busy = null;
    run.sim.changed();
  }
}

async function waitForLock(run: Run<System>, tool: string): Promise<void> {
  const holder = lockHolder(run.machine);
  if (!holder) return;
  run.say(
    tool === "yum"
      ? `Existing lock /var/run/yum.pid: another copy is running as pid ${holder.pid}.\nAnother app is currently holding the yum lock; waiting for it to exit...`
      : `Waiting for process with pid ${holder.pid} to finish.`,
  );
  await run.sim.until(() => !lockHolder(run.machine), run.signal);
}

function cannotOpen(tool: string, path: string): string {
  return tool === "yum"
    ? `Cannot open: ${path}. Skipping.\nError: Nothing to do`
    : `Error: Could not open: ${path}`;
}

function isLocked(run: Run<System>, tool: "yum" | "dnf"): number {
  const { pid } = lockHolder(run.machine)!;
  return tool === "dnf"
    ? run.fail(200, `metadata already locked by ${pid}`)
    : run.fail(
        1,
        `Existing lock /var/run/yum.pid: another copy is running as pid ${pid}.\n\n\nAnother app is currently holding the yum lock; exiting as configured by exit_on_lock`,
      );
}

/** The end of it (test/fixtures/field/rpm-test). */
const noRepository = (tool: "yum" | "dnf") =>
  tool === "yum"
    ? " One of the configured repositories failed (Unknown),\n and yum doesn't have enough cached data to continue.\n\nCannot find a valid baseurl for repo: base/7/x86_64"
    : "Error: Failed to download metadata for repo 'baseos': Cannot download repomd.xml: Cannot download repodata/repomd.xml: All mirrors were tried";

/** What the administrator's policy has against its signature; null: nothing. */
function unsigned(run: Run<System>, tool: string, path: string, read: LabPackage): string | null {
  const { signatures } = run.machine.switches;
  if (signatures === "off" || (signatures === "known" && read.signed)) return null;
  const file = path.replace(/^.*\//, "");
  const said = read.signed ? `Public key for ${file} is not installed` : `Package ${file} is not signed`;
  return tool === "dnf" ? `${said}\nError: GPG check FAILED` : `\n\n${said}`;
}

function refusal(
  run: Run<System>,
  tool: string,
  path: string,
  read: LabPackage,
  alone: boolean,
): string | null {
  if (read.arch !== "x86_64" && read.arch !== "noarch")
    return tool === "yum"
      ? `Cannot add package ${nevra(read)} to transaction. Not a compatible architecture: ${read.arch}\nError: Nothing to do`
      : `Error: Problem: conflicting requests\n  - package ${nevra(read)} does not have a compatible architecture`;
  if (read.corrupt) return `Error: ${path}: Payload SHA256 digest: BAD`;
  if (alone && read.requires !== undefined)
    return tool === "yum"
      ? `Error: Package: ${nevra(read)} (/${nevra(read)})\n           Requires: ${read.requires}`
      : `Error: \n Problem: conflicting requests\n  - nothing provides ${read.requires} needed by ${nevra(read)}`;
  const refused = unsigned(run, tool, path, read);
  if (refused !== null) return refused;
  const needed = read.installedSize - run.machine.disk("/opt").free;
  return needed > 0
    ? `Error: Transaction test error:\n  installing package ${nevra(read)} needs ${Math.ceil(needed / 1024)}MB more space on the / filesystem`
    : null;
}

/** Whether there is something to do for a package. */
function wants(run: Run<System>, tool: string, read: LabPackage): boolean {
  const old = run.machine.packages.find(read.name);
  const order = old ? compareVersions(read.version, old.version) : 1;
  if (tool === "dnf") {
    if (order === 0) run.say(`Package ${nevra(read)} is already installed.`);
    return order !== 0;
  }
  if (order <= 0)
    run.say(`Examining ${read.name}: ${nevra(read)}\n${read.name}: does not update installed package.`);
  return order > 0;
}

function nothing(run: Run<System>, tool: string): number {
  if (tool === "yum") return run.fail(1, "Error: Nothing to do");
  run.say("Dependencies resolved.\nNothing to do.\nComplete!");
  return 0;
}

async function transact(
  run: Run<System>,
  tool: "yum" | "dnf",
  yes: boolean,
  wanted: readonly LabPackage[],
): Promise<number> {
  run.say("Dependencies resolved.");
  for (const read of wanted) run.say(` ${read.name}  ${read.arch}  ${read.version}  ${read.installedSize} k`);
  if (!yes) {
    run.print(tool === "yum" ? "Is this ok [y/d/N]: " : "Is this ok [y/N]: ");
    if (!/^y/i.test(run.io.stdin ?? ""))
      return run.fail(1, tool === "yum" ? "Exiting on user command" : "Operation aborted.");
  }
  for (const read of wanted) {
    const code = await installOne(run, read, tool);
    if (code !== 0) return code;
  }
  run.say("Complete!");
  return 0;
}
