/** Runs the project's own programs in the foreground, with this process's terminal. */
import { spawn } from "node:child_process";
import { constants } from "node:os";

/**
 * Runs one program to its end and lets it clean up: a signal never ends this process before the program.
 * @returns {Promise<number>} its exit status, or 128 + the number of the signal that ended it
 */
export function runInForeground([program, ...args], options = {}) {
  const child = spawn(program, args, { stdio: "inherit", ...options });
  const terminal = [process.stdin, process.stdout, process.stderr].some((stream) => stream.isTTY);
  let passedOn = false;
  const forward = (signal) => {
    if (passedOn) return;
    passedOn = true;
    child.kill(signal);
  };
  // At a terminal Ctrl-C reaches the program by itself, and npm repeats it to us. Many programs, Pulumi's CLI
  // among them, take a second one to mean "at once, without cleaning up": so it is not passed on again.
  const handlers = { SIGINT: terminal ? () => {} : forward, SIGTERM: forward };
  for (const [signal, handler] of Object.entries(handlers)) process.on(signal, handler);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status, signal) => {
      for (const [name, handler] of Object.entries(handlers)) process.off(name, handler);
      resolve(status ?? 128 + constants.signals[signal]);
    });
  });
}
