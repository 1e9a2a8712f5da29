import type { EngineLog } from "../../provider/pulumi/engineLog";
import { display } from "../../provider/pulumi/display";
import type { RunEvent } from "../../provider/report/events";

function shown(events: readonly (RunEvent & { at?: number })[]): string[] {
  const lines: string[] = [];
  const log: EngineLog = {
    status: (text) => void lines.push(`status: ${text}`),
    info: (text) => void lines.push(`info: ${text}`),
    warning: (text) => void lines.push(`warning: ${text}`),
    flush: () => Promise.resolve(),
  };
  let now = 0;
  const report = display(log, { now: () => now, sleep: () => Promise.resolve() });
  for (const event of events) {
    now = event.at ?? now;
    report(event);
  }
  return lines;
}

const step = { step: "backend-3/rejoin", node: "backend-3" };
const waiting = (seconds: number, text = "postgresql syncing: 1"): RunEvent & { at: number } => ({
  ...{ type: "waiting", ...step, text, seconds, limit: 900, at: seconds * 1000 },
});

describe("display", () => {
  it("says in the status line what happens, and for how long it is waited for", () => {
    expect(
      shown([
        { type: "step-started", ...step, text: "2/3 backend-3: waiting for rejoin" },
        waiting(41),
        { type: "step-finished", ...step, text: "2/3 backend-3: waiting for rejoin", seconds: 96 },
      ]),
    ).toEqual([
      "status: 2/3 backend-3: waiting for rejoin",
      "status: 2/3 backend-3: waiting for rejoin 41 s, postgresql syncing: 1 (of 15 min 0 s)",
      "info: 2/3 backend-3: waiting for rejoin: done in 1 min 36 s",
    ]);
  });

  it("shows a reason at once when it changes, and the same one ever more seldom", () => {
    const everySecond = Array.from({ length: 600 }, (_, second) => waiting(second));
    const lines = shown([...everySecond, waiting(600, "elasticsearch state: yellow")]);
    expect(lines).toHaveLength(11);
    expect(lines.at(-1)).toContain("10 min 0 s, elasticsearch state: yellow (of 15 min 0 s)");
  });

  it("keeps a job's output out of the row", () => {
    expect(shown([{ type: "output", step: "backend-3/upgrade", node: "backend-3", text: "a line" }])).toEqual(
      [],
    );
  });
});
