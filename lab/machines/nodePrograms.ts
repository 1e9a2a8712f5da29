import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** What a node's programs need to find the lab. */
export interface ProgramAddress {
  readonly bash: string;
  readonly port: number;
  /** Names the node to the lab; nobody else knows it. */
  readonly token: string;
}

/**
 * Bash functions to talk to the lab: words and frames end with NUL, which no argument can contain. Of the
 * environment only `CHEF_LICENSE` goes along: no simulated program looks at anything else.
 */
const connect = ({ bash, port, token }: ProgramAddress) => `#!${bash}
# Made by the embedded lab of pulumi-chef-backend: asks the simulated cluster.
LC_ALL=C
lost() { echo "\${0##*/}: the lab is gone" >&2; exit 255; }
{ exec 3<>/dev/tcp/127.0.0.1/${port}; } 2>/dev/null || lost
send() { printf '%s\\0' '${token}' "\${CHEF_LAB_USER:-root}" "$PWD" "\${CHEF_LICENSE-}" "$#" "$@" >&3 2>/dev/null || lost; }
`;

/** Relays the simulated program's output and exit status, or becomes the real program. */
const relay = (address: ProgramAddress) => `${connect(address)}
send "\${0##*/}" "$@"
while IFS= read -r -d '' kind <&3 && IFS= read -r -d '' text <&3; do
  case $kind in
    out) printf '%s' "$text" ;;
    err) printf '%s' "$text" >&2 ;;
    b64) printf '%s' "$text" | base64 -d ;;
    fill) yes "\${text#* }" | head -c "\${text%% *}" ;;
    exit) exit "$text" ;;
    real) exec 3>&-; exec "$text" "$@" ;;
  esac
done
lost
`;

/** `sudo` as far as scripts use it. The password is read from standard input and checked by the lab. */
const sudo = (address: ProgramAddress) => `${connect(address)}
ask() { # WORDS...: sets answer to the lab's exit status
  send "$@"
  while IFS= read -r -d '' kind <&3 && IFS= read -r -d '' text <&3; do
    case $kind in err) printf '%s' "$text" >&2 ;; exit) answer=$text; return ;; esac
  done
  lost
}
usage() { echo "usage: sudo [-nSkHE] [-p prompt] [-u user] [--] [VAR=value] command" >&2; exit 1; }
silent= stdin= prompt='[sudo] password for %p: ' user=root
while [ $# -gt 0 ]; do
  case $1 in
    --) shift; break ;;
    --non-interactive) silent=1 ;;
    --stdin) stdin=1 ;;
    --reset-timestamp|--set-home|--preserve-env) ;;
    --prompt=*) prompt=\${1#*=} ;;
    -p|--prompt) prompt=$2; shift ;;
    -u|--user) user=$2; shift ;;
    -*) letters=\${1#-}
        while [ -n "$letters" ]; do
          case $letters in
            n*) silent=1 ;; S*) stdin=1 ;; k*|K*|H*|E*) ;;
            p) prompt=$2; shift ;;
            *) usage ;;
          esac
          letters=\${letters#?}
        done ;;
    *) break ;;
  esac
  shift
done
variables=()
while [[ \${1-} =~ ^[A-Za-z_][A-Za-z_0-9]*= ]]; do variables+=("$1"); shift; done
me=\${CHEF_LAB_USER:-root}
ask sudo policy
if [ "$answer" = 2 ]; then exit 1; fi
if [ "$answer" = 1 ]; then
  if [ -n "$silent" ] && [ -z "$stdin" ]; then echo "sudo: a password is required" >&2; exit 1; fi
  if [ -z "$stdin" ]; then
    echo "sudo: a terminal is required to read the password; either use the -S option to read from standard input or configure an askpass helper" >&2
    echo "sudo: a password is required" >&2; exit 1
  fi
  if [ -n "$silent" ]; then echo "sudo: a password is required" >&2; exit 1; fi
  tries=0
  while :; do
    printf '%s' "\${prompt//%p/$me}" >&2
    if ! IFS= read -r password; then
      echo >&2
      if [ $tries = 0 ]; then echo "sudo: no password was provided" >&2; else echo "sudo: $tries incorrect password attempt$([ $tries = 1 ] || echo s)" >&2; fi
      [ $tries = 0 ] && echo "sudo: a password is required" >&2
      exit 1
    fi
    exec 3>&-; exec 3<>/dev/tcp/127.0.0.1/${address.port} || lost
    ask sudo check "$password"
    [ "$answer" = 0 ] && break
    tries=$((tries + 1))
    if [ $tries = 3 ]; then echo "sudo: 3 incorrect password attempts" >&2; exit 1; fi
    echo "Sorry, try again." >&2
  done
fi
exec 3>&-
[ $# -gt 0 ] || exit 0
type -P -- "$1" >/dev/null || { echo "sudo: $1: command not found" >&2; exit 1; }
unset password
export CHEF_LAB_USER=$user USER=$user LOGNAME=$user SUDO_USER=$me
[ "$user" = root ] && export HOME=$CHEF_LAB_ROOT_HOME
exec env "\${variables[@]}" "$@"
`;

/** Writes a node's own programs into its `bin` folder, `sudo` among them. */
export async function writeNodePrograms(bin: string, names: readonly string[], address: ProgramAddress) {
  await mkdir(bin, { recursive: true });
  const scripts = [...names.map((name) => [name, relay(address)] as const), ["sudo", sudo(address)] as const];
  await Promise.all(
    scripts.map(async ([name, text]) => {
      await writeFile(join(bin, name), text);
      await chmod(join(bin, name), 0o755);
    }),
  );
}
