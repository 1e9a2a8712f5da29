import { quote, quoteAll } from "../shell/quote";
import type { FactRequest, FactResult, Installation, JobSummary, LockState } from "../machine/machine";
import { aliveFunction, prelude } from "./prelude";

/** What the `read` script says of our own files on the node. */
export interface GateReading {
  readonly stateDir: string;
  readonly lock: LockState | null;
  readonly jobs: readonly JobSummary[];
  readonly record: string;
  readonly guard: string;
  readonly upgradedTo: string;
  readonly upgradedAt: number | null;
  readonly installation: Installation | null;
}

/** Seconds after which a slow fact is given up. Starting Ruby takes a busy node about ten. */
const slowLimit = 120;
/** Bytes of those lines of an installation that tell of failed scripts. */
const mostLines = 16_384;
/** What `timeout` ends with when it has ended a command. */
export const gaveUp = 124;

/**
 * Runs facts one after another and frames each: `MARK name`, its standard output, `MARK status`, its standard
 * error, `MARK`. Needs no temporary file. The mark is random, so that no output can be mistaken for it. A proxy that the
 * environment names is not asked for the machine's own services.
 */
export function factsScript(facts: readonly FactRequest[], mark: string): string {
  const runs = facts.map((fact) => {
    const limit = limitOf(fact);
    const how = `${fact.discard ? "silent " : ""}${limit === null ? "" : `limited ${limit} `}`;
    return `fact ${quote(fact.name)} ${how}${quoteAll(fact.argv)}`;
  });
  return `${prelude}no_proxy=* NO_PROXY=*; export no_proxy NO_PROXY
silent() { "$@" > /dev/null; }
fact() {
  printf '%s %s\\n' ${mark} "$1"; shift
  { err=$("$@" 2>&1 >&3 3>&-); rc=$?; } 3>&1
  printf '\\n%s %s\\n%s\\n%s\\n' ${mark} "$rc" "$err" ${mark}
}
${runs.join("\n")}
`;
}

/** The limit of a fact in seconds; null for what only reads a file of the kernel's. */
export function limitOf({ slow, limit }: FactRequest): number | null {
  return limit ?? (slow ? slowLimit : null);
}

/** Says of a result that its fact was given up. */
export function judgeLimit(fact: FactRequest, result: FactResult): FactResult {
  const limit = limitOf(fact);
  return limit !== null && result.code === gaveUp ? { ...result, problem: noAnswer(limit) } : result;
}

export const noAnswer = (seconds: number) => `gave no answer within ${seconds} s`;

/** The same, and then what we keep on the node. Changes nothing, and makes nothing. */
export function readScript(facts: readonly FactRequest[], mark: string): string {
  return `${factsScript(facts, mark)}${aliveFunction}
lock() {
  for run in "$D"/lock/*/; do
    [ -d "$run" ] || continue
    run=\${run%/}
    # A run that died before its first heartbeat is as silent as its folder is old.
    [ -e "$run/heartbeat" ] && beat=$run/heartbeat || beat=$run
    [ -e "$run/taken" ] && taken=$run/taken || taken=$run
    printf '%s\\n%s\\n%s\\n' "\${run##*/}" "$(age "$taken")" "$(age "$beat")"
    cat "$run/owner" 2>/dev/null
    return
  done
}
jobs() {
  for job in "$D"/lock/*/jobs/*/ "$D"/history/*/jobs/*/; do
    job=\${job%/}
    { [ -d "$job" ] && [ ! -e "$job/status" ]; } || continue
    if alive "$job"; then state=running; else state=died; fi
    run=\${job%/jobs/*}
    printf '%s %s %s\\n' "\${run##*/}" "\${job##*/}" "$state"
  done
}
# Words of rpm, yum and dnf: observe/scripts.ts reads them.
installation() {
  [ -f "$D/install" ] && [ ! -L "$D/install" ] || return 0
  command -p stat -c %Y "$D/install"
  sed -n '/scriptlet failed/p;/lua script failed/p;/scriptlet failure in/p;/rror in .* scriptlet/p' "$D/install" | head -c ${mostLines}
}
optional() { if [ -f "$1" ] && [ ! -L "$1" ]; then cat "$1"; fi; }
fact stateDir printf %s "$D"
fact lock lock
fact jobs jobs
fact record optional "$D/record"
fact guard optional "$D/guard"
fact upgraded optional "$D/upgraded"
fact upgradedAt command -p stat -c %Y "$D/upgraded"
fact installation installation
`;
}

/** Takes the frames apart again. @throws Error when the output is not complete. */
export function parseFacts(output: string, mark: string): Record<string, FactResult> {
  const parts = output.split(new RegExp(`^${mark}(?: (.*))?\\n`, "m"));
  const facts: Record<string, FactResult> = {};
  for (let at = 1; at + 5 < parts.length + 1; at += 6) {
    const [name, stdout, code, stderr] = parts.slice(at, at + 4);
    facts[name!] = { code: Number(code), stdout: stdout!.slice(0, -1), stderr: stderr!.slice(0, -1) };
  }
  return facts;
}

/** Reads what `readScript` printed of our own files. */
export function parseGate(facts: Record<string, FactResult>): GateReading {
  const text = (name: string) => facts[name]?.stdout ?? "";
  const [run, age, silent, owner = "unknown", process = ""] = text("lock").split("\n");
  return {
    stateDir: text("stateDir"),
    lock: run ? { run, owner, process, age: Number(age), silent: Number(silent) } : null,
    jobs: text("jobs")
      .split("\n")
      .filter(Boolean)
      // A job's id may hold blanks, as the name of its node may.
      .map((line) => /^(\S+) (.*) (running|died)$/s.exec(line))
      .filter((match) => match !== null)
      .map(([, of, id, state]) => ({
        run: of!,
        id: id!,
        state: state === "running" ? "running" : "died",
        code: null,
      })),
    record: text("record"),
    guard: text("guard").trim(),
    upgradedTo: text("upgraded").trim(),
    upgradedAt: Number(text("upgradedAt").trim()) || null,
    installation: installation(text("installation")),
  };
}

function installation(text: string): Installation | null {
  const [endedAt = "", ...lines] = text.split("\n");
  return /^\d+$/.test(endedAt) ? { endedAt: Number(endedAt), lines: lines.join("\n") } : null;
}
