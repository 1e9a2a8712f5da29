import type { InstalledPackage, MachineState } from "../cluster/state";
import type { FailedScript, Journal } from "../machine/journal";
import type { Installation } from "../machine/machine";
import { satisfies } from "../versions/version";

// rpm ends with 0 though a script of the package has failed, and its database keeps nothing of it: `rpm -q` and `rpm -V`
// show a whole package. Only what was printed tells. (rpm 4.18, dnf 4.14; dpkg keeps it as a state of the package.)

/** A line that tells of a failed script, with the build as it stands there: empty where it names the package only. */
interface ScriptLine {
  readonly line: string;
  readonly script: string;
  readonly build: string;
}

/** rpm's own words, since 4.0; after a failed script in Lua they are all that there is. */
const ofRpm = [
  /(?:(?:warning|error): )?%(?<script>\w+)\((?<nevra>[^\s()]+)\) scriptlet failed.*/,
  /(?:(?:warning|error): )?lua script failed: \[string "%(?<script>\w+)\((?<nevra>[^\s()"]+)\)"\].*/,
];
/** What yum 3, dnf 4 and dnf 5 say themselves; with `rpmverbosity` of their configuration it may be all. */
const ofTools = [
  /(?:Error in|Non-fatal) (?<script>\w+) scriptlet (?:failure )?in rpm package (?<nevra>\S+)/,
  /(?:Non-critical error|Error) in %(?<script>\w+) scriptlet: (?<nevra>\S+)/,
];

/** Every failed script of a package, rpm's own words first. Those of other packages are not its own. */
export function failedScripts(text: string, packageName: string): ScriptLine[] {
  const lines = text.split("\n");
  return [ofRpm, ofTools].flatMap((patterns) =>
    lines.flatMap((each): ScriptLine[] => {
      const match = patterns.map((pattern) => pattern.exec(each)).find((found) => found !== null);
      if (!match) return [];
      const { script, nevra } = match.groups as { script: string; nevra: string };
      const build = buildOf(nevra, packageName);
      return build === null ? [] : [{ line: match[0].trim(), script: script.toLowerCase(), build }];
    }),
  );
}

/** What follows the name in `chef-backend-2.3.16-1.el7.x86_64`, without an epoch; null: of another package. */
function buildOf(nevra: string, packageName: string): string | null {
  if (nevra === packageName) return "";
  return nevra.startsWith(packageName)
    ? (/^-(?:\d+:)?(\d\S*)$/.exec(nevra.slice(packageName.length))?.[1] ?? null)
    : null;
}

/** These are certainly the new build's: it is installed when they run. */
const ofTheNew = /^(?:postin|post|posttrans|triggerin)$/;

/**
 * Whether it is a script of that build. Old releases leave the architecture out; where the build is cut off, as dnf 5 cuts
 * its lines to 80 columns, or is not there, only a script of the new one is it for certain.
 */
function isOf({ build, script }: ScriptLine, version: string): boolean {
  const whole = build.startsWith(version) && /^(?:\.\w*)?$/.test(build.slice(version.length));
  return whole || (version.startsWith(build) && ofTheNew.test(script));
}

/** Whether a failed script of a build stands in the way: it is wanted, and nobody has said that it is acceptable. */
export type Matters = (build: string) => "yes" | "accepted" | "no";

/**
 * @param wanted the versions that the program asks for, on the way and at its end: of another build, which an upgrade
 * replaces, nobody needs the scripts.
 * @param accepted the build whose failed scripts the program accepts; null: none
 */
export function mattersFor(wanted: readonly string[], accepted: string | null): Matters {
  return (build) => {
    if (!wanted.some((version) => satisfies(build, version))) return "no";
    return accepted !== null && satisfies(build, accepted) ? "accepted" : "yes";
  };
}

/**
 * A package by what our last installation has printed: one of its own scripts failed, and it was not installed again
 * since. What was upgraded with is settled.
 */
export function judgeScripts<State extends MachineState>(
  machine: State,
  installation: Installation | null,
  packageName: string,
  matters: Matters,
): State {
  const { package: pkg } = machine;
  const { version, installedAt } = pkg;
  if (installation === null || machine.family !== "rpm" || version === null) return machine;
  // Installed again since, by whomever.
  if (installedAt === null || installedAt > installation.endedAt) return machine;
  const failed = failedScripts(installation.lines, packageName);
  if (pkg.state === "interrupted") {
    const detail = [pkg.detail, ...failed.slice(0, 1).map(({ line }) => line)].join("; ");
    return { ...machine, package: { ...pkg, detail } };
  }
  const own = failed.find((each) => isOf(each, version));
  return own ? unsound(machine, own.line, matters) : machine;
}

/**
 * The same by the run record, for a machine whose own files are gone: the very installation that it tells of is there.
 */
export function recallScripts<State extends MachineState>(
  machines: readonly State[],
  record: Journal | null,
  matters: Matters,
): State[] {
  return machines.map((machine) => {
    const noted = record?.failedScripts?.[machine.name];
    const { state, version, installedAt, failedScript } = machine.package;
    const same = noted?.build === version && noted?.installedAt === installedAt;
    return noted && same && state === "installed" && failedScript === undefined
      ? unsound(machine, noted.line, matters)
      : machine;
  });
}

function unsound<State extends MachineState>(machine: State, line: string, matters: Matters): State {
  const { package: pkg, upgradedTo } = machine;
  const how = upgradedTo === pkg.version ? "no" : matters(pkg.version!);
  if (how === "no") return machine;
  const judged: InstalledPackage = {
    ...pkg,
    failedScript: line,
    state: how === "accepted" ? "installed" : "interrupted",
  };
  return { ...machine, package: judged };
}

/** What the run record keeps of a machine's failed script. */
export function noteOf({ package: { version, installedAt, failedScript } }: MachineState): FailedScript {
  return { build: version!, installedAt, line: failedScript! };
}
