/**
 * What befalls a node or the network during each step of a rolling update, in memory: driven from the plan's own list
 * of steps, so that a new step is covered by itself. Steps that fail, leaders that move, reboots and lost connections
 * at each step: test/execute/failures.sampled.test.ts, leaderMoves.sampled.test.ts, interrupted.sampled.test.ts.
 */
import type { Step } from "../../provider/plan/plan";
import * as check from "../execute/checks";
import { MemoryMachine } from "../support/memoryMachine";
import { type Client, names, Rehearsal } from "../support/rehearsal";
import { blame } from "../support/labLog";
import { noOpProblems } from "../support/interruptedRuns";

/** @returns what was not as promised, by step; and how many runs failed. */
async function atEachStep(
  happens: (r: Rehearsal, step: Step, client: Client) => void,
  passes: (r: Rehearsal, client: Client) => void,
  options: (r: Rehearsal) => check.OrderOptions = () => ({}),
) {
  const found: Record<string, string[]> = {};
  const texts: string[] = [];
  const steps = await check.planOf(new Rehearsal());
  expect(steps.length).toBeGreaterThan(8);
  for (const [index, step] of steps.entries()) {
    const r = new Rehearsal();
    const client = r.client();
    check.atStep(r, index, () => happens(r, step, client));
    const first = await r.up({}, client);
    r.onEvent = undefined;
    // Where nobody could be told to turn it on, saying that it is off is all that can be done.
    const couldNot = /^FAILOVER IS OFF \(it could not be turned on again/.test(check.textOf(first));
    const problems = first.failure ? check.failoverProblems(r, first, false) : [];
    if (couldNot) problems.splice(0, Infinity, ...problems.filter((each) => !/no node is inside/.test(each)));
    if (first.failure) texts.push(check.textOf(first));
    passes(r, client);
    await r.clock.advance(400_000);
    const last = await r.up();
    // A node that could not be reached at the very end keeps a lock that the next change takes over.
    const judged = check.allProblems(r, last, options(r));
    problems.push(...judged.filter((each) => each !== "the lock is still held"));
    problems.push(...(await noOpProblems(r, () => r.up())));
    if (blame(r, problems)) found[`${index} ${step.id}`] = problems;
  }
  return { found, texts, steps };
}

const nodeOf = (step: Step) => step.node ?? "backend-2";
const others = (step: Step) => names.filter((name) => name !== nodeOf(step));

describe.each<[string, (step: Step) => readonly string[]]>([
  ["the step's node", (step) => [nodeOf(step)]],
  ["the other nodes", others],
  ["every node", () => names],
])("%s", (_which, which) => {
  test("has a full disk from this step on: stopped where it matters, failover told, done when there is room", async () => {
    const { found, texts } = await atEachStep(
      (r, step) => which(step).forEach((name) => (r.sim.switches(name).diskFree = { "/": 1000 })),
      (r) => names.forEach((name) => (r.sim.switches(name).diskFree = { "/": 40 * 1024 * 1024 })),
    );
    expect(found).toEqual({});
    expect(texts.length).toBeGreaterThan(0);
    for (const text of texts) expect(text).toMatch(/No space left on device|KiB|MB|disk/);
  });

  test.each([8, 100])(
    "stands still for %s s: nobody hears of it, nothing of it is heard",
    async (seconds) => {
      let frozen: { from: number; nodes: readonly string[] } = { from: 0, nodes: [] };
      const { found } = await atEachStep(
        (r, step, client) => {
          frozen = { from: r.clock.now(), nodes: which(step) };
          for (const name of frozen.nodes) standStill(r, name, seconds, client);
        },
        (_r, client) => client.state.unreachable.clear(),
        // What stands still by fate: nobody can know of it as long as what leaderl posted before is shown.
        (r) => ({
          ignore: (job) => {
            const until = frozen.from + seconds * 1000 + check.staleFor;
            const late = r.moves.some((at) => at <= job.at && at > job.at - check.staleFor);
            return late ? names : job.at >= frozen.from && job.at < until ? frozen.nodes : [];
          },
        }),
      );
      expect(found).toEqual({});
    },
  );
});

/** The node answers nobody: neither us nor the cluster. What runs there goes on afterwards. */
function standStill(r: Rehearsal, name: string, seconds: number, client: Client): void {
  client.state.unreachable.add(name);
  const backend = r.sim.backend(name);
  const busy = () => r.node(name).jobs.some((job) => job.state === "running");
  // A job of ours stops and starts the services itself: then only the connection is gone.
  const stopped = backend.allRunning && !busy();
  if (stopped) backend.stop();
  r.clock.setTimer(seconds * 1000, () => {
    client.state.unreachable.delete(name);
    if (stopped && r.sim.machine(name).up && !busy()) backend.start();
  });
}

test.each([1000, 9000])("every round trip takes %s ms: the same order, nothing twice", async (ms) => {
  const usual = MemoryMachine.roundTrip;
  MemoryMachine.roundTrip = ms;
  try {
    const r = new Rehearsal();
    expect(check.allProblems(r, await r.up())).toEqual([]);
    expect(r.commands()).toHaveLength(new Set(r.commands()).size);
  } finally {
    MemoryMachine.roundTrip = usual;
  }
});
