import type { HistoryEntry } from "../../lab/simulation/types";
import type { RunEvent } from "../../provider/report/events";

/** Read by tools/tests/environment.js, which a failed test's error goes through. */
declare global {
  var labLogs: { shown: Map<string, () => Promise<string>>; blamed: boolean };
}
globalThis.labLogs ??= { shown: new Map(), blamed: false };

/** Most lines that a log shows: its last ones. */
const most = 60;

/** What is shown below the error when the test fails: of several logs with one title the one of the last call. */
export function showIfFailed(title: string, log: () => readonly string[] | Promise<readonly string[]>): void {
  globalThis.labLogs.shown.set(title, async () => (await log()).slice(-most).join("\n"));
}

/** What changed something on a lab's machines, with how it ended. */
export const historyLines = (history: readonly HistoryEntry[]): string[] =>
  history.map(({ at, node, argv, code, killed }) => {
    const end = killed ? "killed" : code === undefined ? "still runs" : `ended with ${code}`;
    return `${new Date(at).toISOString().slice(11, 19)} ${node}: ${argv.join(" ")}: ${end}`;
  });

interface Rig {
  readonly sim: { readonly history: readonly HistoryEntry[] };
  readonly events: readonly RunEvent[];
  readonly ends?: readonly string[];
}

/** A rig in memory: what its runs reported, then what they changed. Until one is blamed, the last one is shown. */
export function showRig(rig: Rig): void {
  if (!globalThis.labLogs.blamed) show(rig);
}

/**
 * Of many tries one went wrong: it is this one's log that belongs to the failure, though others come after it.
 * @returns whether there are problems
 */
export function blame(rig: Rig, problems: readonly string[]): boolean {
  if (problems.length === 0) return false;
  show(rig);
  globalThis.labLogs.blamed = true;
  return true;
}

function show({ sim, events, ends }: Rig): void {
  showIfFailed("What the runs reported last", () =>
    events
      .filter(({ type }) => type !== "output")
      .map(({ type, text }) => `${type}: ${text}`)
      .filter((line, at, all) => line !== all[at - 1]),
  );
  showIfFailed("What was changed last", () => historyLines(sim.history));
  if (ends) showIfFailed("How the runs ended", () => ends);
}
