import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { ClusterInputs } from "../../../provider/inputs/schema";
import { repository } from "../../support/pulumiStack";
import type { RunEvent } from "../../../provider/report/events";

/** How a run ended. */
export interface End {
  /** Whether anything was changed. */
  readonly touched: boolean;
  /** Codes of the refusals, where it was refused. */
  readonly refused: readonly string[];
  /** What people read; null when it ended well. */
  readonly error: string | null;
}
export type Said = { readonly event: RunEvent } | { readonly end: End };

/** A process of its own that upgrades the cluster, as a provider's would: it can be stopped and killed. */
export class Client {
  /** Null when it was killed. */
  readonly end: Promise<End | null>;

  private constructor(
    private readonly child: ChildProcess,
    onEvent: (event: RunEvent) => void,
  ) {
    let end: End | null = null;
    let errors = "";
    child.stderr!.on("data", (chunk: Buffer) => (errors += String(chunk)));
    createInterface({ input: child.stdout! }).on("line", (line) => {
      const said = JSON.parse(line) as Said;
      if ("event" in said) onEvent(said.event);
      else end = said.end;
    });
    this.end = new Promise((resolve, reject) =>
      child.on("close", (code) => (code ? reject(new Error(errors)) : resolve(end))),
    );
  }

  static start(inputs: ClusterInputs, onEvent: (event: RunEvent) => void = () => {}): Client {
    const script = [
      "--require",
      join(repository, "tools/typescript.js"),
      join(__dirname, "clientProcess.ts"),
    ];
    const client = new Client(spawn(process.execPath, script, { stdio: "pipe" }), onEvent);
    client.child.stdin!.end(JSON.stringify(inputs));
    return client;
  }

  /** SIGTERM: it is asked to stop when it can. SIGSTOP, SIGCONT, SIGKILL: it is not asked. */
  signal(signal: "SIGTERM" | "SIGSTOP" | "SIGCONT" | "SIGKILL"): void {
    this.child.kill(signal);
  }
}
