import { quote, quoteAll } from "../shell/quote";
import { type Job, packInto, spareRoom, verifiedCopy } from "../machine/machine";
import { fileName } from "./fileName";
import { guardScript } from "./guardScript";
import { packsInto } from "./packScript";
import { aliveFunction, lockLost, prelude, scriptLimit } from "./prelude";
import { sparesRoom } from "./roomScript";

/** Exit status of `startJobScript` when the job had been claimed before. */
export const claimedBefore = 74;

/** Exit status of `startJobScript` when no heartbeat has come for so long that the run must have given up this start. */
export const givenUp = 77;

/**
 * Sets `silence`, and whether a start that begins now comes too late. What its run has given up was sent `scriptLimit` ago, and
 * the last heartbeat came before that, unless the machine still took some.
 */
const tooLate = (run: string) =>
  `silence=$(age "$D/lock/"${fileName(run)}/heartbeat) && [ "$silence" -gt ${scriptLimit} ]`;

/** Seconds for systemd-run: where systemd does not answer, the job starts without it. */
const systemdLimit = 60;

/** A copy, when it has ended: what a script has left running may print on, and makes no installation newer. */
const installEnded = `cp output install.tmp && mv -fT install.tmp "$D/install"
`;

/**
 * `copy_verified FROM TO SHA256`: what is changed while it is read, or after the preflight, has another checksum; and the copy
 * lies where only root can change it. Not by `<`: the lab's `cat` knows paths that its shell does not.
 */
const copyVerified = `${verifiedCopy}() {
  mkdir -p "\${2%/*}" && rm -f -- "$2.part" && cat -- "$1" > "$2.part" || { rm -f -- "$2.part"; return 1; }
  sum=$(sha256sum < "$2.part" | cut -c1-64)
  if [ "$sum" = "$3" ]; then mv -fT -- "$2.part" "$2"; return; fi
  rm -f -- "$2.part"
  echo "the SHA-256 of $1 is now $sum, expected $3: the file was changed after the preflight. It was not installed"
  return 1
}
`;

/**
 * Claims and starts a job. The claim is one mkdir inside the lock's own folder, so that it is atomic and fails
 * once the lock is another run's. A machine that stood still starts nothing that its run has given up. The job
 * runs detached, with no terminal, standard input empty and its output in a file: by systemd-run where systemd is, so that it survives the end of the login session, else by setsid.
 * Should systemd-run have failed after it started the job, the second start finds `begun` and ends. A rehearsal
 * has the state folder and its programs in the environment, which systemd would not hand on.
 */
export function startJobScript(run: string, job: Job): string {
  const commands = job.commands.map((argv) => quoteAll(argv)).join(" && ");
  const mark = job.marksRunning ? `mv -fT mark.tmp "$D/upgraded"` : ":";
  // Until it has ended well an earlier one to the same build counts no longer.
  const again = quote(job.marksRunning ?? "");
  const voids =
    job.marksRunning && !job.installs
      ? `[ "$(cat "$D/upgraded" 2>/dev/null)" != ${again} ] || rm -f "$D/upgraded"`
      : ":";
  const uses = (own: string) => job.commands.some(([program]) => program === own);
  const text = `${prelude}${uses(verifiedCopy) ? copyVerified : ""}${uses(spareRoom) ? sparesRoom : ""}${uses(packInto) ? packsInto : ""}
cd "$1" || exit 1
mkdir begun 2>/dev/null || exit 1
exec > output 2>&1 < /dev/null
# What must be told afterwards has its room before anything begins: a disk that is full, or fills up, must not make
# a job that runs, or has ended, look dead.
printf '%s %s %s\\n' "$$" "$(boot)" "$(born "$$")" > pid.tmp && printf 'none\\n' > status.tmp || exit 1
printf '%s\\n' ${quote(job.marksRunning ?? "")} > mark.tmp || exit 1
mv pid.tmp pid || exit 1
if [ ! -d "$D/lock/"${fileName(run)} ]; then
  echo "the lock was taken over before this job began"; rc=${lockLost}
elif ${tooLate(run)}; then
  echo "its run gave no sign of life for $silence s before this job began: nothing was run"; rc=${givenUp}
else
  ${voids}
  ( ${commands} )
  rc=$?
fi
if [ "$rc" = 0 ]; then ${mark}; fi
${job.installs ? installEnded : ""}printf '%-4s\\n' "$rc" 1<> status.tmp && mv status.tmp status
${job.guard ? guardScript(run, job, job.guard) : ""}`;
  // systemd allows 255 characters; what tells one job from another stands at the end of its id.
  const unit = `pulumi-chef-backend-${job.id.replace(/[^A-Za-z0-9_-]/g, "-").slice(-200)}`;
  // A connection that drops in the middle must not stop between claim and start.
  return `${prelude}trap : HUP
L="$D/lock/"${fileName(run)}
J="$L/jobs/"${fileName(job.id)}
# Nothing was begun: a claim that stays would look like a job that begins.
failed() { rm -rf -- "$J"; failed_under ${fileName(run)}; }
held ${fileName(run)}
[ -d "$J" ] || { ${tooLate(run)} && echo "no heartbeat has arrived for $silence s" >&2 && exit ${givenUp}; }
mkdir "$J" || { [ -d "$J" ] && exit ${claimedBefore}; failed; }
true > "$J/output" || failed
${job.installs ? 'ln -f "$J/output" "$D/install" || failed\n' : ""}${
    job.log === undefined
      ? ""
      : `mkdir -p "$D/logs" && ln -f "$J/output" "$D/logs/"${fileName(job.log)} || failed
`
  }printf '%s' ${quote(text)} > "$J/script" || failed
started=
if [ -z "$PULUMI_CHEF_BACKEND_STATE_DIR" ] && [ -d /run/systemd/system ] && command -v systemd-run > /dev/null 2>&1; then
  limited ${systemdLimit} systemd-run --quiet --collect --unit=${unit} --setenv=PATH="$PATH" --setenv=HOME="\${HOME:-/root}" /bin/sh "$J/script" "$J" > /dev/null 2>&1 < /dev/null && started=1
fi
if [ -z "$started" ]; then
  if command -v setsid > /dev/null 2>&1; then
    setsid /bin/sh "$J/script" "$J" > /dev/null 2>&1 < /dev/null &
  else
    nohup /bin/sh "$J/script" "$J" > /dev/null 2>&1 < /dev/null &
  fi
fi
exit 0
`;
}

/** Separates a job's output from its end, on standard output: a NUL of the job's own arrives as a blank. */
export const endMark = "\u0000";

/** Looks, 0.1 s apart, after which a follower asks to be sent again: one whose client is gone must not stay. */
const mostLooks = 300;

/**
 * Prints a job's output from byte `offset` on as it grows, until the job has ended or died; then NUL and
 * `ended STATUS` or `died`; `running` when it has looked often enough, `absent` when no such job is there.
 */
export function followJobScript(run: string, id: string, offset: number, looks = mostLooks): string {
  const path = `${fileName(run)}/jobs/${fileName(id)}`;
  return `${prelude}${aliveFunction}
# Each take-over moves it with the lock to another run's folder.
moved() {
  for one in "$D"/lock/*/jobs/${quote(id)} "$D"/history/*/jobs/${quote(id)}; do
    [ -d "$one" ] && cd "$one" && return 0
  done
  return 1
}
cd "$D/lock/"${path} 2>/dev/null || cd "$D/history/"${path} 2>/dev/null || moved || { printf '\\000absent\\n'; exit 0; }
off=${offset}
copy() {
  size=$(wc -c < output 2>/dev/null || echo 0)
  if [ "$size" -gt "$off" ]; then tail -c +$((off + 1)) output | head -c $((size - off)) | tr '\\000' ' '; off=$size; fi
}
left=${looks}
while :; do
  if alive .; then
    copy
    left=$((left - 1))
    [ "$left" -gt 0 ] || { printf '\\000running\\n'; exit 0; }
    sleep 0.1
    continue
  fi
  copy
  if [ -e status ]; then printf '\\000ended %s\\n' "$(cat status)"; else printf '\\000died\\n'; fi
  exit 0
done
`;
}
