import type { ChildProcess } from "node:child_process";
import { closeSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import type { PulumiRun, PulumiStack } from "../../support/pulumiStack";

/** A line that the provider has handed to the engine. */
export interface Said {
  readonly text: string;
  /** What happens now, in the resource's row; else a line that stays. */
  readonly status: boolean;
}

let ups = 0;

/** One `pulumi up`. @param onSaid told of each line as the engine gets it */
export function watchedUp(
  stack: PulumiStack,
  onSaid: (said: Said) => void,
): { child: ChildProcess; done: Promise<PulumiRun> } {
  const log = join(stack.folder, `events-${++ups}`);
  // The only place where the engine writes down what it shows for a moment.
  const args = ["up", "--yes", "--skip-preview", "--non-interactive", "--event-log", log];
  const { child, done } = stack.start(args, { PULUMI_DEBUG_COMMANDS: "true" });
  const stop = follow(log, (line) => {
    const { diagnosticEvent: event } = JSON.parse(line) as { diagnosticEvent?: EngineLine };
    if (event && event.severity !== "debug")
      onSaid({ text: event.message.trim(), status: event.ephemeral ?? false });
  });
  return { child, done: done.finally(stop) };
}

interface EngineLine {
  readonly message: string;
  readonly severity: string;
  readonly ephemeral?: boolean;
}

/** Tells of every line that is written to a file, from its beginning; gives what ends it. */
function follow(path: string, onLine: (line: string) => void): () => void {
  const chunk = Buffer.alloc(65_536);
  let file: number | null = null;
  let rest = Buffer.alloc(0);
  const look = () => {
    try {
      file ??= openSync(path, "r");
    } catch {
      return; // not there yet
    }
    for (let size; (size = readSync(file, chunk)) > 0;) rest = Buffer.concat([rest, chunk.subarray(0, size)]);
    for (let end; (end = rest.indexOf(10)) >= 0; rest = rest.subarray(end + 1))
      onLine(rest.subarray(0, end).toString());
  };
  const timer = setInterval(look, 20);
  return () => {
    clearInterval(timer);
    look();
    if (file !== null) closeSync(file);
  };
}
