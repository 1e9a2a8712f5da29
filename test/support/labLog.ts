import type { HistoryEntry } from "../../lab/simulation/types";
import type { RunEvent } from "../../provider/report/events";

type Log = () => string;

/** Read by tools/tests/environment.js, which a failed test's error goes through; emptied before each test. */
declare global {
  var labLogs: Map<string, Log> | undefined;
}

/** Most lines that a log shows: its last ones. */
const most = 60;

/** What is shown below the error when the test fails: of several logs with one title the one of the last call. */
export function showIfFailed(title: string, log: () => readonly string[]): void {
  globalThis.labLogs ??= new Map();
  globalThis.labLogs.set(title, () => log().slice(-most).join("\n"));
}

/** What changed something on a lab's machines, with how it ended. */
export const historyLines = (history: readonly HistoryEntry[]): string[] =>
  history.map(({ at, node, argv, code, killed }) => {
    const end = killed ? "killed" : code === undefined ? "still runs" : `ended with ${code}`;
    return `${new Date(at).toISOString().slice(11, 19)} ${node}: ${argv.join(" ")}: ${end}`;
  });

/** A rig in memory: what its runs reported, then what they changed. */
export function showRig(rig: {
  sim: { history: readonly HistoryEntry[] };
  events: readonly RunEvent[];
}): void {
  showIfFailed("What the runs reported last", () =>
    rig.events
      .filter(({ type }) => type !== "output")
      .map(({ type, text }) => `${type}: ${text}`)
      .filter((line, at, all) => line !== all[at - 1]),
  );
  showIfFailed("What was changed last", () => historyLines(rig.sim.history));
}
