import { spawn } from "node:child_process";
import type { RunHere } from "../execute/context";
import { plainText } from "../values/plainText";

/** Characters of what a line printed that are kept. */
const kept = 4000;
/** Milliseconds for the rest of the output once the shell has ended: ssh may leave a master behind that holds the pipes. */
const drains = 500;
/** Exit status of what a signal has ended, as a shell tells it of SIGKILL. */
const killed = 137;

/**
 * Runs a line of shell on this machine, in a process group of its own: Ctrl-C ends Pulumi at a safe point, and not this. The line
 * is in no process list: the shell takes it from its environment.
 */
export const runHere: RunHere = (line, env, limit) =>
  new Promise((resolve) => {
    const shell = spawn("/bin/sh", ["-c", 'eval "$PULUMI_CHEF_LINE"'], {
      env: { ...process.env, ...env, PULUMI_CHEF_LINE: line },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    let output = "";
    let late = false;
    const hear = (data: Buffer) => (output = (output + data.toString()).slice(-kept));
    shell.stdout.on("data", hear);
    shell.stderr.on("data", hear);
    let timer = setTimeout(() => {
      late = true;
      process.kill(-shell.pid!, "SIGKILL");
    }, limit * 1000);
    const end = (code: number | null, said = output) => {
      clearTimeout(timer);
      shell.stdout.destroy();
      shell.stderr.destroy();
      resolve({
        code: code ?? killed,
        output: plainText(
          late ? `${said}\nkilled: it ran for more than ${limit} s (\`timeouts.services\`)` : said,
        ),
      });
    };
    shell.on("error", (error) => end(127, error.message));
    shell.on("close", (code) => end(code));
    shell.on("exit", (code) => {
      clearTimeout(timer);
      timer = setTimeout(() => end(code), drains);
    });
  });
