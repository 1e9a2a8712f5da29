/** Taking and keeping the lock, where machines, clocks and connections behave as none should: every wait has an end. */
import { VirtualClock } from "../../lab/simulation/virtualClock";
import type { Context } from "../../provider/execute/context";
import { type HeldLock, takeLock } from "../../provider/execute/lock";
import {
  LockLostError,
  type LockState,
  type Machine,
  UnreachableError,
} from "../../provider/machine/machine";

/** A machine of which only the lock is there. */
function aMachine(name: string, change: Partial<Machine> = {}): Machine {
  return {
    name,
    read: () => Promise.resolve({ lock: null, jobs: [] }),
    takeLock: () => Promise.resolve(null),
    beat: () => Promise.resolve(),
    releaseLock: () => Promise.resolve(),
    ...change,
  } as unknown as Machine;
}

function rig(...machines: Machine[]) {
  const clock = Object.assign(new VirtualClock(), { suspended: 0 });
  // The time of day goes on while the clock stands still.
  const times = {
    now: () => clock.now(),
    sleep: (ms: number, signal?: AbortSignal) => clock.sleep(ms, signal),
    timeOfDay: () => clock.now() + clock.suspended,
  };
  const notes: string[] = [];
  const context = {
    ...{ clock: times, newId: () => "mine", process: "p", owner: "me@laptop", timestamp: () => "" },
    report: (event) => void (event.type === "note" && notes.push(event.text)),
    isAlive: () => null,
  } satisfies Context;
  const take = (): Promise<HeldLock> =>
    clock.run(takeLock({ backends: machines, machines }, { timeout: 100 }, context));
  return { clock, notes, take };
}

const heldBy = (change: Partial<LockState>): LockState => ({
  ...{ run: "theirs", owner: "them@runner", process: "q", age: 100, silent: 100 },
  ...change,
});

describe("a lock that is not given up is left to others in the end", () => {
  test("a dead run's lock that cannot be taken over", async () => {
    const { take, clock, notes } = rig(aMachine("b1", { takeLock: () => Promise.resolve(heldBy({})) }));
    const begun = clock.now();
    await expect(take()).rejects.toThrow(/Another run holds the lock \[locked\]/);
    expect(clock.now() - begun).toBeLessThan(60_000);
    expect(notes.length).toBeLessThan(10);
  });

  test("a folder without a run's name that never goes away", async () => {
    const { take, clock } = rig(
      aMachine("b1", { takeLock: () => Promise.resolve(heldBy({ run: "", silent: 0 })) }),
    );
    const begun = clock.now();
    await expect(take()).rejects.toThrow(/Another run holds the lock \[locked\]/);
    expect(clock.now() - begun).toBeLessThan(60_000);
  });

  test("a dead run's heartbeat that lies in the future, since the machine's clock was set back: our own time counts", async () => {
    let silent = -7200;
    const taking = jest.fn((_owner: unknown, replacing?: string) =>
      Promise.resolve(replacing ? null : heldBy({ silent: silent++ })),
    );
    const { take, clock, notes } = rig(aMachine("b1", { takeLock: taking }));
    const begun = clock.now();
    const lock = await take();
    expect(clock.now() - begun).toBeLessThan(60_000);
    expect(notes).toContainEqual(
      "Taking over the lock of them@runner on b1: it gave no sign of life while watched",
    );
    await clock.run(lock.release());
  });
});

describe("a heartbeat that is told to be old", () => {
  test("by a machine whose clock was just set, as one that was suspended: the next one shows that its run lives", async () => {
    let looks = 0;
    const taking = jest.fn((_owner: unknown, replacing?: string) =>
      Promise.resolve(replacing ? null : heldBy({ silent: ++looks < 9 ? 3600 + looks : 1 })),
    );
    await expect(rig(aMachine("b1", { takeLock: taking })).take()).rejects.toThrow(/\[locked\]/);
    expect(taking.mock.calls.filter(([, replacing]) => replacing)).toEqual([]);
  });

  test("and is renewed just before a third run takes the lock over: the third one is named", async () => {
    let looks = 0;
    const taking = () => {
      looks += 1;
      const theirs = heldBy({ silent: looks < 5 ? 100 + looks : 0 });
      return Promise.resolve(
        looks < 6 ? theirs : heldBy({ run: "third", owner: "third@runner", silent: looks % 10 }),
      );
    };
    await expect(rig(aMachine("b1", { takeLock: taking })).take()).rejects.toThrow(/third@runner, run third/);
  });

  test("and stays so: its run is gone, which is watched for once, on the first machine", async () => {
    const machine = (name: string) => {
      const taken = { silent: 100 };
      return aMachine(name, {
        takeLock: (_owner, replacing) =>
          Promise.resolve(replacing ? null : heldBy({ silent: taken.silent++ })),
      });
    };
    const { take, clock, notes } = rig(machine("b1"), machine("b2"), machine("b3"));
    const begun = clock.now();
    const lock = await take();
    expect((clock.now() - begun) / 1000).toBeGreaterThan(10);
    expect((clock.now() - begun) / 1000).toBeLessThan(30);
    expect(notes.filter((note) => note.startsWith("Taking over"))).toHaveLength(3);
    await clock.run(lock.release());
  });
});

describe("sure of the lock", () => {
  const three = (beats: (name: string) => Promise<void>) =>
    ["b1", "b2", "b3"].map((name) => aMachine(name, { beat: () => beats(name) }));

  test("as soon as a majority has answered, though one never does", async () => {
    const beats = (name: string) => (name === "b2" ? new Promise<void>(() => undefined) : Promise.resolve());
    const { take, clock } = rig(...three(beats));
    const begun = clock.now();
    const lock = await take();
    await clock.run(lock.confirm());
    await clock.run(lock.release());
    expect(clock.now() - begun).toBeLessThan(1000);
  });

  test("not after this machine was suspended: its own clock stood still, and another run may have the lock", async () => {
    let taken = false;
    let sent = 0;
    const { take, clock } = rig(
      ...three(() => {
        sent += 1;
        return taken ? Promise.reject(new LockLostError("another run")) : Promise.resolve();
      }),
    );
    const lock = await take();
    await clock.run(lock.confirm());
    expect(sent).toBe(3);
    clock.suspended = 3_600_000;
    await clock.run(lock.confirm());
    expect(sent).toBe(6);
    // And where it was taken over meanwhile, that is found before anything is begun.
    [clock.suspended, taken] = [7_200_000, true];
    await expect(clock.run(lock.confirm())).rejects.toThrow(LockLostError);
    await clock.run(lock.release());
  });

  test("too few answer: the error has each one's own reason", async () => {
    let down = false;
    const beats = (name: string) =>
      down ? Promise.reject(new UnreachableError(`${name}: no route`, false)) : Promise.resolve();
    const { take, clock } = rig(...three(beats));
    const lock = await take();
    down = true;
    await clock.advance(60_000);
    await expect(clock.run(lock.confirm())).rejects.toThrow(
      /^Too few backends .* this run's; b1: no route; b2: no route; b3: no route$/,
    );
    await clock.run(lock.release());
  });
});
