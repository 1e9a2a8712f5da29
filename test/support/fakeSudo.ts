import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "./openssh";

/**
 * A program called sudo that behaves as the real one (1.9.13, LC_ALL=C): it reads a password byte by byte from
 * standard input, asks up to three times, prints the same words, and leaves the rest of the input to the
 * command. It changes no user.
 */
const SUDO = `#!/bin/sh
log() { echo "$1" >> "$FAKE_SUDO_FOLDER/log"; }
log "argv $*"
ask=yes
while :; do case "$1" in
  -n) ask=no; shift ;;
  -S|-k) shift ;;
  -p) shift 2 ;;
  --) shift; break ;;
  *) break ;;
esac; done
case "$FAKE_SUDO_MODE" in
  denied) echo "$USER is not in the sudoers file." >&2; exit 1 ;;
  notAllowed) echo "Sorry, user is not allowed to execute '$*' as root." >&2; exit 1 ;;
  noFork) mkdir "$FAKE_SUDO_FOLDER/forks" 2> /dev/null && {
    echo "sudo: unable to fork: Resource temporarily unavailable" >&2; exit 1; } ;;
  tty) echo "sudo: sorry, you must have a tty to run sudo" >&2; exit 1 ;;
  echo) IFS= read -r line; echo "odd failure with $line" >&2; exit 1 ;;
  password)
    [ $ask = yes ] || { echo "sudo: a password is required" >&2; exit 1; }
    tries=0
    while :; do
      echo >&2
      IFS= read -r line || { echo "sudo: no password was provided" >&2
        [ $tries = 0 ] && echo "sudo: a password is required" >&2 || echo "sudo: $tries incorrect password attempt" >&2
        exit 1; }
      log "tried"
      tries=$((tries + 1))
      [ "$line" = "$(cat "$FAKE_SUDO_FOLDER/password")" ] && break
      [ $tries = 3 ] && { echo "sudo: 3 incorrect password attempts" >&2; exit 1; }
      echo "Sorry, try again." >&2
    done ;;
esac
exec "$@"
`;

/** What sudo does for the user: ask, not ask, or one of its refusals; `noFork` is not there the first time only. */
export type SudoMode =
  "password" | "nopasswd" | "denied" | "notAllowed" | "tty" | "noFork" | "echo" | "missing";

/** A folder with the fake sudo, and the environment that makes a test server's commands find it. */
export function fakeSudo(mode: SudoMode, password = "sudo password") {
  const folder = temporaryFolder();
  const bin = join(folder, "bin");
  mkdirSync(bin);
  // Not in the environment: the tests look for the password there.
  writeFileSync(join(folder, "password"), password);
  if (mode !== "missing") {
    writeFileSync(join(bin, "sudo"), SUDO);
    chmodSync(join(bin, "sudo"), 0o755);
  }
  const path = mode === "missing" ? bin : `${bin}:${process.env["PATH"]}`;
  if (mode === "missing") {
    // Only what the command line itself needs.
    symlinkSync("/bin/sh", join(bin, "sh"));
  }
  const log = join(folder, "log");
  const logged = () => (existsSync(log) ? readFileSync(log, "utf8") : "");
  return {
    env: { PATH: path, FAKE_SUDO_MODE: mode, FAKE_SUDO_FOLDER: folder },
    /** Every call's arguments. */
    logged,
    /** Passwords that were compared. */
    tries: () =>
      logged()
        .split("\n")
        .filter((line) => line === "tried").length,
    close: async () => rmSync(folder, { recursive: true, force: true }),
  };
}
