/** The lock while nodes are lost: of several runs exactly one proceeds, whichever backends each of them reaches. */
import fc from "fast-check";
import type { Context } from "../../provider/execute/context";
import { RefusedError } from "../../provider/execute/errors";
import { type HeldLock, takeLock } from "../../provider/execute/lock";
import { LockLostError } from "../../provider/machine/machine";
import { type ClientState, MemoryMachine } from "../support/memoryMachine";
import { names, Rehearsal } from "../support/rehearsal";
import * as check from "./checks";
import { numberFrom } from "../support/tier";

/** `RACES=10000 npx jest test/execute/lockMajority` looks longer. */
const numRuns = numberFrom("RACES", 1000);

/** A run that wants the lock on those backends that it reaches. */
class Contender {
  readonly state: ClientState = { dead: false, unreachable: new Set() };
  lock: HeldLock | null = null;
  error: unknown = null;

  constructor(
    readonly r: Rehearsal,
    readonly name: string,
    /** Whether the others can see that its process lives: they run on one machine. */
    private readonly known: ReadonlySet<string> | null,
  ) {}

  async take(breakLock: string | null = null): Promise<void> {
    const { clock } = this.r;
    const backends = this.r.nodes.map((node) => new MemoryMachine(node, this.state));
    // As upgradeCluster does: those that it reaches, if they are a majority.
    const machines = backends.filter(({ name }) => !this.state.unreachable.has(name));
    if (!this.majority) return void (this.error = new RefusedError([]));
    const context = {
      ...{ clock, report: () => undefined, newId: () => this.name, process: this.name },
      ...{ owner: `${this.name}@laptop`, timestamp: () => "" },
      isAlive: (process: string) => (this.known ? this.known.has(process) : null),
    } satisfies Context;
    try {
      this.lock = await takeLock({ backends, machines, breakLock }, { timeout: 100 }, context);
    } catch (error) {
      this.error = error;
    }
  }

  /** Whether it would start something now. */
  async proceeds(): Promise<boolean> {
    return (
      (await this.lock?.confirm().then(
        () => true,
        () => false,
      )) ?? false
    );
  }

  get majority(): boolean {
    return this.state.unreachable.size < 2;
  }
}

const lostNodes = fc.subarray([...names]);
const runner = fc.record({ lost: lostNodes, after: fc.integer({ min: 0, max: 400 }) });

test(`${numRuns} races of two and three runs, each with its own unreachable backends: exactly one proceeds`, async () => {
  let contested = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(runner, { minLength: 2, maxLength: 3 }),
      fc.boolean(),
      async (runners, sameMachine) => {
        const r = new Rehearsal();
        const all = runners.map((_each, at) => `run${at + 1}`);
        const runs = all.map((name) => new Contender(r, name, sameMachine ? new Set(all) : null));
        runners.forEach(({ lost }, at) => lost.forEach((node) => runs[at]!.state.unreachable.add(node)));
        await r.clock.run(
          Promise.all(
            runs.map(async (run, at) => {
              await r.clock.sleep(runners[at]!.after);
              await run.take();
            }),
          ),
        );
        const proceeding = await r.clock.run(Promise.all(runs.map((run) => run.proceeds())));
        const able = runs.filter((run) => run.majority).length;
        contested += able > 1 ? 1 : 0;
        expect(proceeding.filter(Boolean)).toHaveLength(able > 0 ? 1 : 0);
        for (const [at, run] of runs.entries())
          if (!proceeding[at]) expect(run.error).toBeInstanceOf(RefusedError);
        // Who did not get it has left nothing behind.
        const winner = all[proceeding.indexOf(true)];
        const owners = r.nodes.map((node) => node.lock?.run).filter((run) => run !== undefined);
        expect(owners.filter((run) => run !== winner)).toEqual([]);
        await r.clock.run(Promise.all(runs.map((run) => run.lock?.release())));
      },
    ),
    { numRuns },
  );
  expect(contested).toBeGreaterThan(numRuns / 10);
});

/** What happens while somebody holds the lock: connections go and come back, runs die, and others try. */
const event = fc.record({
  pause: fc.integer({ min: 0, max: 45_000 }),
  who: fc.integer({ min: 0, max: 2 }),
  what: fc.oneof(
    fc.record({ lose: lostNodes }),
    fc.constant("take" as const),
    fc.constant("take" as const),
    fc.constant("die" as const),
  ),
});

test(`${numRuns} histories of three runs whose connections come and go: never do two proceed`, async () => {
  let held = 0;
  let both = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(event, { minLength: 4, maxLength: 12 }), async (events) => {
      const r = new Rehearsal();
      let ids = 0;
      const runs = [0, 1, 2].map(() => new Contender(r, `run${++ids}`, null));
      const taking: Promise<void>[] = [];
      await r.clock.run(
        (async () => {
          for (const { pause, who, what } of events) {
            await r.clock.sleep(pause);
            const run = runs[who]!;
            if (what === "die") {
              run.state.dead = true;
              runs[who] = new Contender(r, `run${++ids}`, null);
            } else if (what !== "take") {
              run.state.unreachable.clear();
              for (const node of what.lose) run.state.unreachable.add(node);
            } else if (!run.lock && !run.error) taking.push(run.take());
            // Judged at one moment: whoever is sure of the lock could start a job now.
            const sure = await Promise.all(runs.map((each) => each.proceeds()));
            held += sure.some(Boolean) ? 1 : 0;
            both += sure.filter(Boolean).length > 1 ? 1 : 0;
            expect(sure.filter(Boolean).length).toBeLessThan(2);
          }
        })(),
      );
      for (const run of runs) run.state.dead = true;
    }),
    { numRuns },
  );
  expect([held > numRuns / 2, both]).toEqual([true, 0]);
});

describe("a node is lost after the lock was taken", () => {
  /** Takes it, and loses the connection to these backends. */
  async function holder(...lost: string[]) {
    const r = new Rehearsal();
    const first = new Contender(r, "first", null);
    await r.clock.run(first.take());
    for (const node of lost) first.state.unreachable.add(node);
    await r.clock.advance(60_000);
    return { r, first };
  }

  test("one: it is still sure of its lock, and nobody takes it over, though one backend heard nothing for long", async () => {
    for (const lost of names) {
      const { r, first } = await holder(lost);
      const second = new Contender(r, "second", null);
      await r.clock.run(second.take());
      expect(String(second.error)).toMatch(/Another run holds the lock [^]*first@laptop, run first/);
      expect(await r.clock.run(first.proceeds())).toBe(true);
      expect(r.nodes.map((node) => node.lock?.run)).toEqual(["first", "first", "first"]);
      await r.clock.run(first.lock!.release());
      // What it could not give back is taken over once it is silent.
      expect(r.node(lost).lock?.run).toBe("first");
      await r.clock.advance(60_000);
      const third = new Contender(r, "third", null);
      await r.clock.run(third.take());
      expect(await r.clock.run(third.proceeds())).toBe(true);
      await r.clock.run(third.lock!.release());
    }
  });

  test("two: it starts nothing more, and goes on when they are back in time", async () => {
    const { r, first } = await holder("backend-1", "backend-2");
    await expect(r.clock.run(first.lock!.confirm())).rejects.toThrow(/Too few backends/);
    first.state.unreachable.clear();
    expect(await r.clock.run(first.proceeds())).toBe(true);
    await r.clock.run(first.lock!.release());
  });

  test("two, and another run has taken over what it does not reach: it has lost, and the other one proceeds", async () => {
    const { r, first } = await holder("backend-1", "backend-2");
    const second = new Contender(r, "second", null);
    second.state.unreachable.add("backend-3");
    await r.clock.run(second.take());
    expect(await r.clock.run(second.proceeds())).toBe(true);
    expect(await r.clock.run(first.proceeds())).toBe(false);
    first.state.unreachable.clear();
    await expect(r.clock.run(first.lock!.confirm())).rejects.toThrow(LockLostError);
    await r.clock.run(Promise.all([first.lock!.release(), second.lock!.release()]));
  });
});

describe("breakLock", () => {
  test("takes the lock of the run that it names, though that one lives; that one can start nothing more", async () => {
    const r = new Rehearsal();
    const [first, second] = [r.client(), r.client()];
    let wakeUp: (() => void) | undefined;
    r.onEvent = (event) => {
      if (event.type === "step-started" && event.step === "backend-2/rejoin") wakeUp ??= first.fallAsleep();
      if (event.type === "note" && /^Breaking/.test(event.text)) wakeUp!();
    };
    const ends = Promise.all([
      first.up(r.spec()),
      r.clock.sleep(200_000).then(() => second.up(r.spec({ breakLock: "run1" }))),
    ]);
    const [broken, result] = await r.clock.run(ends);
    expect(check.textOf(broken)).toMatch(/another run has taken over the cluster's lock/);
    expect(check.allProblems(r, result)).toEqual([]);
    expect(r.texts("note")).toContainEqual(
      "Breaking the lock of run1@laptop on backend-1: breakLock names its run run1",
    );
  });

  test("never over a job that runs: it is waited for, wherever it is", async () => {
    const r = new Rehearsal();
    const [first, second] = [r.client(), r.client()];
    let broken = 0;
    r.onEvent = (event) => {
      if (event.type !== "note" || !/^Breaking/.test(event.text)) return;
      broken += 1;
      expect(r.nodes.flatMap((node) => node.jobs).filter((job) => job.state === "running")).toEqual([]);
    };
    // In the middle of backend-2's `upgrade`.
    const [, result] = await r.clock.run(
      Promise.all([
        first.up(r.spec()),
        r.clock.sleep(45_000).then(() => second.up(r.spec({ breakLock: "run1" }))),
      ]),
    );
    expect(broken).toBe(3);
    expect(r.texts("note").join("\n")).toMatch(/job run1-\d+-upgrade of an earlier run still runs; waiting/);
    expect(check.repeatedWork(r)).toEqual([]);
    expect(check.allProblems(r, result)).toEqual([]);
  });

  test("of another run's name it breaks nothing", async () => {
    const r = new Rehearsal();
    const [first, second] = [r.client(), r.client()];
    const [ended, refused] = await r.clock.run(
      Promise.all([
        first.up(r.spec()),
        r.clock.sleep(45_000).then(() => second.up(r.spec({ breakLock: "run0" }))),
      ]),
    );
    expect(check.textOf(refused)).toMatch(
      /Another run holds the lock .*run1@laptop.*set `breakLock: "run1"`/s,
    );
    expect(check.allProblems(r, ended)).toEqual([]);
  });
});
