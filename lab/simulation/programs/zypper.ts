import { lockHolder } from "../files/locks";
import type { LabPackage } from "../packages/packageFile";
import { compareVersions } from "../version";
import type { Program, Run } from "./program";
import { installOne, nevra, readRpm } from "./rpmInstall";
import type { System } from "../system";

/**
 * `zypper --non-interactive [--no-refresh --no-remote] install [--dry-run --download-only] FILE` as in zypper 1.14
 * (test/fixtures/field/rpm-test): it asks for a signature whose key it knows, and does not wait for a lock.
 */
export const zypper: Program<System> = async (run) => {
  const [verb, path] = run.args.filter((word) => !word.startsWith("-"));
  if ((verb !== "install" && verb !== "in") || path === undefined)
    return run.fail(2, `Unknown command '${verb}'`);
  if (!run.isRoot)
    return run.fail(5, "Root privileges are required for installing or uninstalling packages.");
  const tests = run.args.includes("--dry-run");
  if (!tests) run.changes();
  const holder = lockHolder(run.machine);
  if (holder)
    return run.fail(
      7,
      `System management is locked by the application with pid ${holder.pid} (${holder.program}).\nClose this application before trying again.`,
    );
  const read = await readRpm(run, path);
  if (typeof read === "string") return run.fail(104, `No provider of '${path}' found.`);
  const old = run.machine.packages.find(read.name);
  if (old && compareVersions(read.version, old.version) <= 0) {
    run.say("Resolving package dependencies...\nNothing to do.");
    return 0;
  }
  const refused = refusal(run, path, read);
  if (refused !== null) return refused;
  if (tests) {
    run.say("Checking for file conflicts: [.....done]");
    return 0;
  }
  const { packages } = run.machine;
  packages.busy = { pid: run.sim.random.int(3000, 30000), program: "zypper" };
  try {
    return await installOne(run, read, "zypper");
  } finally {
    packages.busy = null;
    run.sim.changed();
  }
};

function refusal(run: Run<System>, path: string, read: LabPackage): number | null {
  const alone = run.args.includes("--no-remote");
  const { repositoriesDown, signatures } = run.machine.switches;
  if (!alone && repositoriesDown)
    run.fail(0, "Some of the repositories have not been refreshed because of an error.");
  if (read.requires !== undefined && (alone || repositoriesDown)) {
    run.say(
      `Problem: nothing provides ${read.requires} needed by ${nevra(read)}\n\nChoose from above solutions by number or cancel [1/2/c/d/?] (c): c`,
    );
    return 4;
  }
  if (read.signed && signatures === "known") return null;
  const why = read.signed ? "4-Signatures public key is not available" : "6-File is unsigned";
  run.say(`${path.replace(/^.*\//, "")}:\n\nAbort, retry, ignore? [a/r/i] (a): a`);
  return run.fail(
    8,
    `${nevra(read)} (Plain RPM files cache): Signature verification failed [${why}]\nProblem occurred during or after installation or removal of packages:\nInstallation has been aborted as directed.\nPlease see the above error message for a hint.`,
  );
}
