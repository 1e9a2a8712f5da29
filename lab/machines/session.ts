import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { ServerChannel, Session } from "ssh2";
import { serveSftp } from "./sftp";

/** Where and as whom a session's commands run. */
export interface Login {
  readonly user: string;
  readonly home: string;
  readonly tools: string;
  readonly env: Readonly<Record<string, string>>;
}

/** What a client may set in the environment, as in the usual `AcceptEnv`. */
const accepted = /^(LANG|LC_\w+)$/;

/**
 * Serves one session as sshd would: each command in a real shell, in a process group of its own.
 * @returns ends the session's processes as a lost connection does: hang-up, pipes closed; detached ones stay
 */
export function serveSession(session: Session, login: Login): () => void {
  const children = new Set<ChildProcessWithoutNullStreams>();
  const env: Record<string, string> = { ...login.env };
  let terminal = false;
  const start = (channel: ServerChannel, command: string | null) => {
    const child = launch(login, env, command, terminal);
    children.add(child);
    child.once("exit", () => children.delete(child));
    connect(channel, child);
  };
  session.on("env", (accept, reject, info) => {
    if (!accepted.test(info.key)) return void reject?.();
    env[info.key] = info.val;
    accept?.();
  });
  session.on("pty", (accept) => {
    terminal = true;
    accept?.();
  });
  session.on("window-change", (accept) => accept?.());
  session.on("signal", (accept, _reject, info) => {
    for (const child of children) signalGroup(child, `SIG${info.name}` as NodeJS.Signals);
    accept?.();
  });
  session.on("exec", (accept, _reject, info) => start(accept(), info.command));
  session.on("shell", (accept) => start(accept(), null));
  session.on("sftp", (accept) => serveSftp(accept(), login.home));
  return () => {
    for (const child of children) {
      signalGroup(child, "SIGHUP");
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
    }
  };
}

function launch(login: Login, env: Record<string, string>, command: string | null, terminal: boolean) {
  const script = join(login.tools, "script");
  const options = { cwd: login.home, env, detached: true };
  // `script` gives the command a terminal of its own; Node cannot.
  if (terminal && existsSync(script))
    return spawn(script, ["-qfec", command ?? "/bin/bash --norc -i", "/dev/null"], {
      ...options,
      env: { ...env, TERM: "xterm", PS1: `${login.user}@${env["CHEF_LAB"]?.replace(/^.*:/, "")}:\\w# ` },
    });
  return spawn("/bin/sh", command === null ? [] : ["-c", command], options);
}

function connect(channel: ServerChannel, child: ChildProcessWithoutNullStreams): void {
  channel.on("error", () => undefined);
  child.stdin.on("error", () => undefined);
  channel.pipe(child.stdin);
  child.stdout.pipe(channel, { end: false });
  child.stderr.pipe(channel.stderr, { end: false });
  child.on("error", (error) => {
    channel.stderr.write(`${error.message}\n`);
    channel.exit(127);
    channel.end();
  });
  child.once("exit", (code, signal) => {
    // A channel that the client has closed takes no status any more.
    if (channel.destroyed || !channel.writable) return;
    if (signal) channel.exit(signal.replace(/^SIG/, ""), false, "");
    else channel.exit(code ?? 255);
  });
  // As sshd: the channel stays open while anybody holds the command's output open.
  child.once("close", () => channel.end());
  channel.once("close", () => {
    child.stdin.destroy();
    child.stdout.destroy();
    child.stderr.destroy();
  });
}

function signalGroup(child: ChildProcessWithoutNullStreams, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group has ended.
  }
}
