import { quote } from "../shell/quote";
import { plainText } from "../values/plainText";
import type { LockOwner } from "../machine/machine";
import { fileName } from "./fileName";
import { aliveFunction, ownFolder, prelude } from "./prelude";

/** Exit status of `takeLockScript` when another run holds the lock. */
export const lockHeld = 73;

/** Runs whose jobs and output stay on the node, and staged packages. */
const keptRuns = 5;
const keptPackages = 2;

/**
 * Takes the lock. `mkdir lock` is atomic; a folder left empty by a run that died in between is removed once it
 * is old (rmdir fails the moment somebody is in it). Taking over renames the dead run's folder to ours: one
 * rename, which one of several takers wins, and from then on the dead run can claim nothing. Its heartbeat is
 * renewed before: else the new run's lock would look dead until its own first one. Where nothing can be written, no other run
 * is in the way: the script says so.
 */
export function takeLockScript(owner: LockOwner, replacing?: string): string {
  const run = fileName(owner.run);
  const old = replacing ? fileName(replacing) : "";
  const take = old
    ? `[ -d "$D/lock/"${old} ] && true > "$D/lock/"${old}/heartbeat 2>/dev/null
mv "$D/lock/"${old} "$D/lock/"${run} || busy`
    : `if ! mkdir "$D/lock" 2>/dev/null; then
  for one in "$D"/lock/*/; do [ -d "$one" ] && exit ${lockHeld}; done
  [ "$(age "$D/lock")" -gt 30 ] || busy
  rmdir "$D/lock" 2>/dev/null
  mkdir "$D/lock" 2>/dev/null || busy
fi
mkdir "$D/lock/"${run} || busy
for one in "$D"/lock/*/; do
  [ "$one" = "$D/lock/"${run}/ ] || { rmdir "$D/lock/"${run}; exit ${lockHeld}; }
done`;
  return `${prelude}${ownFolder}busy() { mkdir -p "$D/"${run}.probe && rmdir "$D/"${run}.probe || unwritten; exit ${lockHeld}; }
${take}
cd "$D/lock/"${run} || busy
mkdir -p jobs
printf '%s\\n%s\\n' ${quote(oneLine(owner.owner))} ${quote(oneLine(owner.process))} > owner.tmp && mv owner.tmp owner || {
  rm -f owner.tmp; rmdir jobs "$D/lock/"${run} "$D/lock" 2>/dev/null
  unwritten
}
true > taken
true > heartbeat
[ -d "$D/lock/"${run} ] || exit ${lockHeld}
`;
}

/** Two lines are read back: neither may forge the other. */
function oneLine(text: string): string {
  return plainText(text.replaceAll("\0", " ")).replaceAll("\n", " ");
}

/** Renews the heartbeat. (A `:` whose redirection fails would end the shell with a status of its own.) */
export function beatScript(run: string): string {
  return `${prelude}held ${fileName(run)}
true > "$D/lock/"${fileName(run)}/heartbeat || failed_under ${fileName(run)}
`;
}

/**
 * Gives the lock back; keeps the last runs' jobs and the last staged packages. A lock that is no longer ours is left
 * alone. Guards that sleep would end by themselves, later: they are ended, unless one is just turning failover on.
 */
export function releaseLockScript(run: string): string {
  return `${prelude}${aliveFunction}[ -d "$D/lock/"${fileName(run)} ] || exit 0
mkdir -p "$D/history"
mv "$D/lock/"${fileName(run)} "$D/history/"${fileName(run)} && rmdir "$D/lock"
cd "$D/history" || exit 0
acts() { for one in "$1"-guard-*/; do [ -d "$one" ] && [ ! -e "$one/status" ] && return 0; done; return 1; }
for job in ${fileName(run)}/jobs/*/; do
  job=\${job%/}
  [ -e "$job/status" ] && [ -e "$job/pid" ] && ! acts "$job" || continue
  read -r pid its_boot its_birth < "$job/pid"
  [ "$its_boot" = "$(boot)" ] && [ -n "$its_birth" ] && [ "$its_birth" = "$(born "$pid")" ] || continue
  kill -s TERM -- "-$pid" 2>/dev/null || kill -s TERM "$pid" 2>/dev/null
done
ls -1t | tail -n +${keptRuns + 1} | while IFS= read -r old; do
  busy=
  for job in "./$old"/jobs/*/; do [ -d "$job" ] && alive "\${job%/}" && busy=1; done
  [ -n "$busy" ] || rm -rf "./$old"
done
cd "$D/packages" 2>/dev/null || exit 0
ls -1t | tail -n +${keptPackages + 1} | while IFS= read -r old; do rm -f "./$old"; done
exit 0
`;
}

/**
 * Standard input becomes the file `$T`, complete or not at all: a connection that is lost ends it early. Nothing of it is in the
 * script, which stands in the list of processes and in sudo's log. Each writer has a file of its own: one whose connection was lost
 * may wait for its input long after it was sent again.
 */
const takeInput = (bytes: number) => `T=input.$$
rm -f "$T"
cat > "$T" || unwritten
[ "$(wc -c < "$T")" -eq ${bytes} ] || { rm -f "$T"; echo "the input was cut off" >&2; exit 1; }
`;

const inLock = (run: string) => `held ${fileName(run)}
cd "$D/lock/"${fileName(run)} || failed_under ${fileName(run)}
`;

/** Makes a file of ours of standard input by write-and-rename, while the lock is held, and prints its path. */
export function keepFileScript(run: string, name: string, bytes: number): string {
  return `${prelude}${inLock(run)}mkdir -p "$D/files" && [ ! -L "$D/files" ] || { echo "$D/files is a link, or cannot be made" >&2; exit 1; }
${takeInput(bytes)}mv -fT "$D/lock/"${fileName(run)}/"$T" "$D/files/"${fileName(name)} || failed_under ${fileName(run)}
printf '%s\\n' "$D/files/"${fileName(name)}
`;
}

/** Makes the run record of standard input by write-and-rename, from a folder that is gone once the lock is lost. */
export function writeRecordScript(run: string, bytes: number): string {
  return `${prelude}${inLock(run)}${takeInput(bytes)}mv -fT "$D/lock/"${fileName(run)}/"$T" "$D/record" || failed_under ${fileName(run)}
`;
}
