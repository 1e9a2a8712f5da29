/** Runs the programs that set-up needs: quietly, with a sign of life now and then, and their output on failure. */
import { spawn } from "node:child_process";

const signOfLife = 15_000;
const keptOutput = 20_000;

/** A failure to be shown as it is, without a stack trace. */
export class SetupError extends Error {}

/**
 * Runs one command to its end. Nothing of its output is shown unless it fails; every 15 s one line tells
 * that it still runs.
 * @param {string} what the line to show, such as "installing the npm packages"
 * @param {string[]} command the program and its arguments
 * @param {{cwd?: string, env?: NodeJS.ProcessEnv, limit?: number, usual?: string}} options
 *   `limit` in ms, after which the command is ended; `usual` how long it takes
 * @returns {Promise<string>} what it wrote to its standard output
 * @throws {SetupError} when it cannot be started, fails, or takes longer than the limit
 */
export async function run(what, command, { cwd, env, limit, usual } = {}) {
  const begun = Date.now();
  const seconds = () => `${Math.round((Date.now() - begun) / 1000)} s`;
  const timer = setInterval(() => say(`${what} … ${seconds()}${usual ? ` (${usual})` : ""}`), signOfLife);
  try {
    return await finished(command, { cwd, env, limit });
  } catch (error) {
    throw new SetupError(`${what} failed after ${seconds()}: ${error.message}`);
  } finally {
    clearInterval(timer);
  }
}

/** One line about what set-up does. It goes to standard error: standard output is the program's own. */
export function say(line) {
  process.stderr.write(`${line}\n`);
}

function finished([program, ...args], { cwd, env, limit }) {
  return new Promise((resolve, reject) => {
    // A group of its own: what it starts in turn (compilers, a download) must end with it. The price is that
    // the terminal's Ctrl-C does not reach it, so the signals are passed on here.
    const child = spawn(program, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
    const end = () => endGroup(child);
    const interrupted = (signal) => {
      end();
      process.exit(signal === "SIGINT" ? 130 : 143);
    };
    let late = false;
    const timer = limit && setTimeout(() => end((late = true)), limit);
    process.once("SIGINT", interrupted).once("SIGTERM", interrupted);
    let stdout = "";
    let all = "";
    child.stdout.on("data", (data) => (stdout += data));
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (data) => (all = (all + data).slice(-keptOutput)));
    }
    const settle = (error) => {
      clearTimeout(timer);
      process.off("SIGINT", interrupted).off("SIGTERM", interrupted);
      if (error) reject(error);
      else resolve(stdout.trim());
    };
    child.on("error", settle);
    child.on("close", (status, signal) => {
      if (status === 0) return settle();
      const ended = late ? `it took longer than ${limit / 1000} s` : `it was ended by ${signal}`;
      const why = signal || late ? ended : `exit status ${status}`;
      settle(new Error(`${why}${all.trim() ? `\n${all.trim()}` : ""}`));
    });
  });
}

function endGroup(child) {
  try {
    process.kill(-child.pid, "SIGTERM");
  } catch {
    // It has ended meanwhile.
  }
}
