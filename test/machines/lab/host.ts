import { type ChildProcess, spawn } from "node:child_process";

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program of this machine to its end; its standard input is `input`, or empty. Never throws for its status.
 * @param running has its process for as long as it runs.
 */
export function attempt(argv: readonly string[], input = "", running?: Set<ChildProcess>): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(argv[0]!, argv.slice(1), { stdio: "pipe" });
    running?.add(child);
    child.on("close", () => running?.delete(child));
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
    child.stdin.on("error", () => {}); // it ended without reading it
    child.stdin.end(input);
    child.on("error", reject);
    child.on("close", (code) =>
      resolve({ code, stdout: String(Buffer.concat(out)), stderr: String(Buffer.concat(err)) }),
    );
  });
}

/** The same, and it must end with 0: what it printed. */
export async function run(argv: readonly string[], input = ""): Promise<string> {
  const { code, stdout, stderr } = await attempt(argv, input);
  if (code !== 0) throw new Error(`${argv.join(" ")} ended with ${code}: ${(stderr + stdout).trim()}`);
  return stdout;
}

/** Waits until it is so. @throws Error when it is not within `seconds`: generous, only to end what hangs. */
export async function waitFor(
  what: string,
  seconds: number,
  look: () => boolean | Promise<boolean>,
): Promise<void> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const begun = Date.now();
    if (await look()) return;
    if (Date.now() > end) throw new Error(`${what}: not within ${seconds} s`);
    // A look that asks every machine is work itself: half of the time is left to those who are waited for.
    const pause = Math.max(100, Date.now() - begun);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}
