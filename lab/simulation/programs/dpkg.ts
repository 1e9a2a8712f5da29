import { debFields, dpkgQuery } from "./dpkgQuery";
import { configure, install } from "./dpkgInstall";
import { lockHolder } from "../files/locks";
import type { Program, Run } from "./program";
import type { System } from "../system";

/** What a dpkg command line asks for. */
export interface DpkgOptions {
  action: "install" | "configure" | "audit" | "print-architecture" | "status" | "list" | null;
  force: Set<string>;
  dryRun: boolean;
  /** -E, -G. */
  skipSame: boolean;
  refuseDowngrade: boolean;
  /** -D10: a line for each file that is processed. */
  debugFiles: boolean;
  operands: string[];
}

const actions: Record<string, DpkgOptions["action"]> = {
  "-i": "install",
  "--install": "install",
  "--configure": "configure",
  "--audit": "audit",
  "-C": "audit",
  "--print-architecture": "print-architecture",
  "-s": "status",
  "--status": "status",
  "-l": "list",
  "--list": "list",
};

/** `dpkg`, with the exit statuses and words of dpkg 1.21. */
export const dpkg: Program<System> = async (run) => {
  const options = parse(run.args);
  if (typeof options === "string") return run.fail(2, `dpkg: error: unknown option ${options}`);
  switch (options.action) {
    case "print-architecture":
      run.say("amd64");
      return 0;
    case "status":
      return dpkgQuery(run);
    case "list":
      return list(run);
    case "audit":
      return audit(run);
    case "install":
    case "configure":
      return change(run, options);
    case null:
      return run.fail(2, "dpkg: error: need an action option");
  }
};

async function change(run: Run<System>, options: DpkgOptions): Promise<number> {
  const work = options.action === "install" ? install : configure;
  if (options.dryRun) return work(run, options);
  if (!run.isRoot) return run.fail(2, "dpkg: error: requested operation requires superuser privilege");
  run.changes();
  const holder = lockHolder(run.machine);
  if (holder) return run.fail(2, lockedText(holder.pid));
  run.machine.packages.busy = { pid: run.sim.random.int(3000, 30000), program: "dpkg" };
  try {
    return await work(run, options);
  } finally {
    run.machine.packages.busy = null;
    run.sim.changed();
  }
}

function lockedText(pid: number): string {
  return `dpkg: error: dpkg frontend lock was locked by another process with pid ${pid}
Note: removing the lock file is always wrong, can damage the locked area
and the entire system. See <https://wiki.debian.org/Teams/Dpkg/FAQ#db-lock>.`;
}

/** The options; a string is the one that is not known. */
function parse(args: readonly string[]): DpkgOptions | string {
  const options: DpkgOptions = {
    action: null,
    force: new Set(),
    dryRun: false,
    skipSame: false,
    refuseDowngrade: false,
    debugFiles: false,
    operands: [],
  };
  for (const word of args) {
    if (Object.hasOwn(actions, word)) options.action = actions[word]!;
    else if (word.startsWith("--force-"))
      word
        .slice(8)
        .split(",")
        .forEach((force) => options.force.add(force));
    else if (["--dry-run", "--no-act", "--simulate"].includes(word)) options.dryRun = true;
    else if (word === "-a" || word === "--pending") continue;
    else if (/^-D\d+$/.test(word)) options.debugFiles = (Number.parseInt(word.slice(2), 8) & 0o10) !== 0;
    else if (/^-i?[EG]+$/.test(word)) {
      if (word.includes("i")) options.action = "install";
      options.skipSame ||= word.includes("E");
      options.refuseDowngrade ||= word.includes("G");
    } else if (word.startsWith("-")) return word;
    else options.operands.push(word);
  }
  return options;
}

function list(run: Run<System>): number {
  run.say("||/ Name           Version      Architecture Description");
  run.say("+++-==============-============-============-=================================");
  for (const entry of run.machine.packages.entries)
    run.say(
      `${debFields(entry)["db:Status-Abbrev"]} ${entry.name.padEnd(14)} ${entry.version.padEnd(12)} ${entry.arch}`,
    );
  return 0;
}

const audits: Record<string, string> = {
  unpacked: `The following packages have been unpacked but not yet configured.
They must be configured using dpkg --configure or the configure
menu option in dselect for them to work:`,
  "half-configured": `The following packages are only half configured, probably due to problems
configuring them the first time.  The configuration should be retried using
dpkg --configure <package> or the configure menu option in dselect:`,
  "half-installed": `The following packages are only half installed, due to problems during
installation.  The installation can probably be completed by retrying it;
the packages can be removed using dselect or dpkg --remove:`,
};

function audit(run: Run<System>): number {
  for (const [state, text] of Object.entries(audits)) {
    const found = run.machine.packages.entries.filter((entry) => entry.state === state);
    if (found.length === 0) continue;
    run.say(text);
    for (const entry of found) run.say(` ${entry.name.padEnd(20)} The full stack of ${entry.name}`);
    run.say("");
  }
  return 0;
}
