import type { VirtualClock } from "../../lab/simulation/virtualClock";
import { untilDone } from "./honestRuns";
import { hasOmission, type LiedNode, type LieName, lieNames, listen, tell, type Told } from "./lies";
import { sampled } from "./sample";
import { byTier } from "./tier";

interface Result {
  readonly failure: unknown;
}

/** A procedure that is tried with lying commands, on a rig in memory. */
export interface LyingRuns<R, T extends Result> {
  readonly build: () => R | Promise<R>;
  readonly parts: (rig: R) => { readonly nodes: readonly LiedNode[]; readonly clock: VirtualClock };
  readonly up: (rig: R) => Promise<T>;
  readonly text: (result: T) => string;
  /** What is not true of a run that says that it has ended well. @param told the command that has lied; null: none has */
  readonly untrue: (rig: R, result: T, told: Told | null, lie: LieName | null) => string[];
  /** What a run that has failed does not say, or has left as it must not. */
  readonly unsaid: (rig: R, result: T) => string[];
}

/** The tiers but for the last look at so many fewer than the samples have. */
const fewer = byTier({ quick: 10, full: 2, soak: 1 });
/** So that samples which follow each other lie far apart. */
const apart = 11;

/**
 * Each command of each job of a procedure in turn does what a lie says, once; the runs after it are honest. The commands are
 * those of a run in which none lies, so that a new one is covered by itself.
 * @param name of the procedure
 * @param from where the samples begin
 */
export function everyCommandLies<R, T extends Result>(
  name: string,
  runs: LyingRuns<R, T>,
  from: number,
): void {
  describe(name, () => {
    let commands: readonly Told[] = [];
    beforeAll(async () => {
      const whole = await runs.build();
      const heard = listen(runs.parts(whole).nodes);
      expect(runs.untrue(whole, await runs.up(whole), null, null)).toEqual([]);
      commands = heard;
    });

    test.each(lieNames)("each command in turn %s: never a wrong end", async (lie) => {
      const found: Record<string, string[]> = {};
      const all = [...commands.entries()].filter(
        ([, told]) => lie !== "leaves one thing out, and ends with 0" || hasOmission(told),
      );
      expect(commands.length).toBeGreaterThan(0);
      for (const [at, told] of sampled(
        all,
        (from * lieNames.length + lieNames.indexOf(lie)) * apart,
        fewer,
      )) {
        const problems = await lieOnce(runs, at, told, lie);
        if (problems.length > 0) found[`${told.node} ${told.kind}: ${told.argv.join(" ")}`] = problems;
      }
      expect(found).toEqual({});
    });
  });
}

async function lieOnce<R, T extends Result>(
  runs: LyingRuns<R, T>,
  at: number,
  told: Told,
  lie: LieName,
): Promise<string[]> {
  const rig = await runs.build();
  const { nodes, clock } = runs.parts(rig);
  const lied = tell(nodes, at, told, lie);
  const first = await runs.up(rig);
  const problems = lied() ? [] : ["nothing lied"];
  const last = await untilDone(first, problems, {
    ...{ clock, text: runs.text },
    up: () => runs.up(rig),
    unsaid: (result) => runs.unsaid(rig, result),
    between: (result, nth) => {
      if (lie !== "does everything, tells success, and never ends") return [];
      // No run goes on beside a command that may still change its machine, or ends it: who looks at it does.
      if (nth === 1) for (const { jobs } of nodes) endRunning(jobs);
      const text = runs.text(result!);
      return /still run(s|ning) after/.test(text) ? [] : [`it is not said that it still runs: ${text}`];
    },
  });
  return last?.failure === null ? [...problems, ...runs.untrue(rig, last, told, lie)] : problems;
}

function endRunning(jobs: LiedNode["jobs"]): void {
  for (const job of jobs) if (job.state === "running") job.kill.abort();
}
