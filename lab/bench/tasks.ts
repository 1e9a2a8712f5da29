import { fork } from "node:child_process";
import { join } from "node:path";

export type Task =
  | { readonly kind: "upgrade"; readonly settings: unknown }
  | { readonly kind: "probes"; readonly settings: unknown; readonly times: number };

/** Milliseconds since 1970, and of processor time. */
export interface UpgradeTime {
  readonly started: number;
  readonly ended: number;
  readonly cpu: number;
}

/** Milliseconds of each repetition: three nodes side by side. */
export interface ProbeTimes {
  /** Dialling, handshake, login, and a first script that reads our own files only. */
  readonly first: readonly number[];
  /** The same script on the open connections. */
  readonly again: readonly number[];
  /** A reading of what changes. */
  readonly status: readonly number[];
  /** Processor time of the provider in it. */
  readonly statusCpu: readonly number[];
  /** A reading with all that the preflight needs. */
  readonly full: readonly number[];
  readonly fullCpu: readonly number[];
}

/** Does one task in a process that holds the provider only. @throws Error with what went wrong there. */
export function inProviderProcess<T>(task: Task, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const child = fork(join(__dirname, "providerProcess.js"), {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    child.once("message", (answer: { result?: T; error?: string }) =>
      answer.error === undefined ? resolve(answer.result as T) : reject(new Error(answer.error)),
    );
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`the provider's process ended with ${code}`)));
    signal.addEventListener("abort", () => child.kill(), { once: true });
    child.send(task);
  });
}
