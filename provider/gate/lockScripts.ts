import { quote } from "../shell/quote";
import type { LockOwner } from "../machine/machine";
import { aliveFunction, lockLost, ownFolder, prelude } from "./prelude";

/** Exit status of `takeLockScript` when another run holds the lock. */
export const lockHeld = 73;

/** Runs whose jobs and output stay on the node, and staged packages. */
const keptRuns = 5;
const keptPackages = 2;

/**
 * Takes the lock. `mkdir lock` is atomic; a folder left empty by a run that died in between is removed once it
 * is old (rmdir fails the moment somebody is in it). Taking over renames the dead run's folder to ours: one
 * rename, which one of several takers wins, and from then on the dead run can claim nothing. Its heartbeat is
 * renewed before: else the new run's lock would look dead until its own first one.
 */
export function takeLockScript(owner: LockOwner, replacing?: string): string {
  const run = quote(owner.run);
  const take = replacing
    ? `[ -d "$D/lock/"${quote(replacing)} ] && true > "$D/lock/"${quote(replacing)}/heartbeat 2>/dev/null
mv "$D/lock/"${quote(replacing)} "$D/lock/"${run} 2>/dev/null || exit ${lockHeld}`
    : `if ! mkdir "$D/lock" 2>/dev/null; then
  for one in "$D"/lock/*/; do [ -d "$one" ] && exit ${lockHeld}; done
  [ "$(age "$D/lock")" -gt 30 ] || exit ${lockHeld}
  rmdir "$D/lock" 2>/dev/null
  mkdir "$D/lock" 2>/dev/null || exit ${lockHeld}
fi
mkdir "$D/lock/"${run} 2>/dev/null || exit ${lockHeld}
for one in "$D"/lock/*/; do
  [ "$one" = "$D/lock/"${run}/ ] || { rmdir "$D/lock/"${run}; exit ${lockHeld}; }
done`;
  return `${prelude}${ownFolder}${take}
cd "$D/lock/"${run} || exit ${lockHeld}
mkdir -p jobs
printf '%s\\n%s\\n' ${quote(owner.owner)} ${quote(owner.process)} > owner.tmp && mv owner.tmp owner
true > taken
true > heartbeat
[ -d "$D/lock/"${run} ] || exit ${lockHeld}
`;
}

/** Renews the heartbeat. (A `:` whose redirection fails would end the shell with a status of its own.) */
export function beatScript(run: string): string {
  return `${prelude}[ -d "$D/lock/"${quote(run)} ] || exit ${lockLost}
true > "$D/lock/"${quote(run)}/heartbeat || exit ${lockLost}
`;
}

/** Gives the lock back; keeps the last runs' jobs and the last staged packages. A lock that is no longer ours is left alone. */
export function releaseLockScript(run: string): string {
  return `${prelude}${aliveFunction}[ -d "$D/lock/"${quote(run)} ] || exit 0
mkdir -p "$D/history"
mv "$D/lock/"${quote(run)} "$D/history/"${quote(run)} && rmdir "$D/lock"
cd "$D/history" || exit 0
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

/** Writes a file of ours by write-and-rename, while the lock is held, and prints its path. */
export function keepFileScript(run: string, name: string, text: string): string {
  return `${prelude}cd "$D/lock/"${quote(run)} 2>/dev/null || exit ${lockLost}
mkdir -p "$D/files" || exit 1
printf %s ${quote(text)} > file.tmp || exit 1
mv "$D/lock/"${quote(run)}/file.tmp "$D/files/"${quote(name)} || exit ${lockLost}
printf '%s\\n' "$D/files/"${quote(name)}
`;
}

/** Writes the run record by write-and-rename, from a folder that is gone once the lock is lost. */
export function writeRecordScript(run: string, text: string): string {
  return `${prelude}cd "$D/lock/"${quote(run)} 2>/dev/null || exit ${lockLost}
printf '%s\\n' ${quote(text)} > record.tmp || exit 1
mv "$D/lock/"${quote(run)}/record.tmp "$D/record" || exit ${lockLost}
`;
}
