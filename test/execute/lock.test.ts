import { RefusedError } from "../../provider/execute/errors";
import { hasEnded } from "../../provider/execute/lock";
import { LockLostError } from "../../provider/machine/machine";
import { type Client, names, Rehearsal } from "../support/rehearsal";
import * as check from "./checks";
import { blame } from "../support/labLog";

/** Several clients' runs side by side, on one clock. */
async function sideBySide(r: Rehearsal, ...starts: [client: Client, seconds: number][]) {
  return r.clock.run(
    Promise.all(
      starts.map(async ([client, seconds]) => {
        await r.clock.sleep(seconds * 1000);
        return client.up(r.spec()).catch((error: Error) => error);
      }),
    ),
  );
}

const nobodyKnows = (client: Client) => Object.assign(client, { knows: () => null });

describe("two clients", () => {
  test.each([0, 0.01, 0.02, 0.05, 1, 30, 120, 240])(
    "the second %s s later: exactly one proceeds, the other names it",
    async (later) => {
      for (const blind of [false, true]) {
        const r = new Rehearsal();
        const clients = [r.client(), r.client()] as const;
        if (blind) clients.forEach(nobodyKnows);
        const ends = await sideBySide(r, [clients[0], 0], [clients[1], later]);
        const results = ends.map((end) => (end instanceof Error ? end.message : check.textOf(end)));
        const refused = results.filter((text) => text !== "");
        expect(refused).toHaveLength(1);
        expect(refused[0]).toMatch(
          /Another run holds the lock \[locked\]\n  where: backend-1\n  seen:  run[12]@laptop, run run[12], for .*set `breakLock: "run[12]"`/s,
        );
        expect(refused[0]).not.toMatch(/FAILOVER IS OFF/);
        const winner = ends.find((end) => !(end instanceof Error) && !end.failure);
        expect(check.allProblems(r, winner as Awaited<ReturnType<Rehearsal["up"]>>)).toEqual([]);
      }
    },
  );

  test("the one that did not get the lock has changed nothing, not even locks on other nodes", async () => {
    const r = new Rehearsal();
    await sideBySide(r, [r.client(), 0], [r.client(), 40]);
    expect(r.jobs.every((job) => job.run === "run1")).toBe(true);
    expect(r.nodes.map((node) => node.lock)).toEqual([null, null, null]);
  });

  test("the first is killed while the second asks: the second takes over", async () => {
    for (const seconds of [20, 45, 100, 200]) {
      const r = new Rehearsal();
      const [first, second] = [r.client(), r.client()];
      r.clock.setTimer(seconds * 1000, () => first.kill());
      const [, end] = await sideBySide(r, [first, 0], [second, seconds + 1]);
      expect(end).not.toBeInstanceOf(Error);
      expect(check.allProblems(r, end as Awaited<ReturnType<Rehearsal["up"]>>)).toEqual([]);
      expect(r.texts("note").join("\n")).toMatch(/Taking over the lock of run1@laptop/);
    }
  });

  test("a heartbeat comes every ten seconds on every node, also while a job of an earlier run is waited for", async () => {
    const r = new Rehearsal();
    r.sim.switches("backend-2").rejoinSlow = 300;
    const first = r.client();
    check.atStep(r, 2, () => r.clock.setTimer(5000, () => first.kill()));
    await expect(r.up({}, first)).rejects.toThrow("killed");
    r.onEvent = undefined;
    // The job on backend-2 runs for minutes; a third one comes meanwhile, from elsewhere.
    const [second, third] = [r.client(), nobodyKnows(r.client())];
    let most = 0;
    second.state.onCall = () => {
      for (const node of r.nodes)
        if (node.lock?.run === "run2") most = Math.max(most, r.clock.now() - node.lock.beat);
    };
    const [end, refused] = await sideBySide(r, [second, 0], [third, 100]);
    expect(most).toBeLessThan(12_000);
    expect(check.textOf(refused as never)).toMatch(/Another run holds the lock [^]*run2@laptop/);
    expect(check.allProblems(r, end as never)).toEqual([]);
  });
});

describe("a laptop that slept", () => {
  test("has lost the lock and can start nothing; the other one finishes", async () => {
    const steps = await check.planOf(new Rehearsal());
    const found: Record<string, string[]> = {};
    for (const [index, step] of steps.entries()) {
      const r = new Rehearsal();
      const [sleeper, other] = [r.client(), nobodyKnows(r.client())];
      let wakeUp: () => void = () => undefined;
      check.atStep(r, index, () => (wakeUp = sleeper.fallAsleep()));
      const asleep = sleeper.up(r.spec());
      await r.clock.advance(300_000);
      r.onEvent = undefined;
      const finished = other.up(r.spec());
      // It wakes up in the middle of the other's run.
      await r.clock.advance(90_000);
      const begun = r.jobs.length;
      wakeUp();
      const [first, second] = await r.clock.run(Promise.all([asleep, finished]));
      const problems = check.allProblems(r, second);
      if (r.jobs.slice(begun).some((job) => job.run === "run1")) problems.push("the sleeper started a job");
      if (!/another run has taken over/.test(check.textOf(first)) && r.jobs.length > begun)
        problems.push(`the sleeper says: ${check.textOf(first)}`);
      if (blame(r, problems)) found[`${index} ${step.id}`] = problems;
    }
    expect(found).toEqual({});
  });

  test("wakes up in time: it goes on", async () => {
    const r = new Rehearsal();
    const client = r.client();
    check.atStep(r, 3, () => r.clock.setTimer(25_000, client.fallAsleep()));
    expect(check.allProblems(r, await r.up({}, client))).toEqual([]);
  });

  test("wakes up while another run waits for the end of its job: it lives, and goes on", async () => {
    const r = new Rehearsal();
    const [sleeper, other] = [r.client(), nobodyKnows(r.client())];
    r.sim.switches("backend-1").rejoinSlow = 400;
    let second: Promise<unknown> | undefined;
    r.onEvent = (event) => {
      if (event.type !== "step-started" || !event.step.startsWith("backend-1/upgrade")) return;
      r.clock.setTimer(5000, () => {
        r.clock.setTimer(90_000, sleeper.fallAsleep());
        second ??= r.clock.sleep(40_000).then(() => other.up(r.spec()));
      });
    };
    const end = await r.up({}, sleeper);
    const refused = await r.clock.run(Promise.resolve(second));
    const notes = r.texts("note").join("\n");
    expect(notes).toContain("of an earlier run still runs; waiting for its end");
    expect(notes).not.toContain("Taking over");
    expect(check.textOf(refused as never)).toMatch(/Another run holds the lock \[locked\][^]*run1@laptop/);
    expect(check.allProblems(r, end)).toEqual([]);
  });

  test("a client without a connection for long loses the lock to another one", async () => {
    const r = new Rehearsal();
    const [lost, other] = [r.client(), nobodyKnows(r.client())];
    const cutOff = () => names.forEach((name) => lost.state.unreachable.add(name));
    check.atStep(r, 2, () => r.clock.setTimer(3000, cutOff));
    const away = lost.up(r.spec());
    await r.clock.advance(200_000);
    r.onEvent = undefined;
    const result = await r.up({}, other);
    lost.state.unreachable.clear();
    await r.clock.run(away);
    expect(r.jobs.filter((job) => job.run === "run1")).toHaveLength(3);
    expect(check.allProblems(r, result)).toEqual([]);
  });
});

describe("one machine that gives no answer", () => {
  test("to a second run that looks whether the first one lives: however long its looks take, that one keeps its lock", async () => {
    const r = new Rehearsal();
    const [first, second] = [r.client(), nobodyKnows(r.client())];
    r.sim.switches("backend-2").rejoinSlow = 400;
    let other: Promise<Awaited<ReturnType<Client["up"]>> | Error> | undefined;
    r.onEvent = (event) => {
      if (event.type === "step-started" && event.step === "backend-2/rejoin")
        other ??= second.up(r.spec()).catch((error: Error) => error);
      if (event.type === "note" && event.text.startsWith("Another run holds the lock"))
        second.state.hanging = new Set(["backend-3"]);
    };
    const result = await r.up({}, first);
    const refused = await r.clock.run(Promise.resolve(other));
    expect(r.texts("note").join("\n")).not.toContain("Taking over");
    expect(check.textOf(refused as never)).toMatch(/Another run holds the lock \[locked\][^]*run1@laptop/);
    expect(check.allProblems(r, result)).toEqual([]);
  });

  test("is no reason for silence on the others: they hear from the run every ten seconds", async () => {
    const r = new Rehearsal();
    const client = r.client();
    let most = 0;
    const watch = () => {
      for (const { name, lock } of r.nodes)
        if (name !== "backend-3" && lock) most = Math.max(most, r.clock.now() - lock.beat);
      r.clock.setTimer(1000, watch);
    };
    check.atStep(r, 2, () => {
      client.state.hanging = new Set(["backend-3"]);
      watch();
    });
    const run = client.up(r.spec());
    await r.clock.advance(400_000);
    expect(most).toBeLessThan(12_000);
    // Nobody takes its lock over meanwhile, though one backend has heard nothing for long.
    expect(check.textOf(await r.up({}, nobodyKnows(r.client())))).toMatch(/Another run holds the lock/);
    client.state.hanging = undefined;
    await r.clock.run(run);
  });
});

describe("a machine that cannot be written to", () => {
  const readOnly = (client: Client, name: string) => {
    client.state.onCall = (node, operation) => {
      if (node === name && /takeLock|beat|writeRecord|startJob/.test(operation))
        throw new Error(`${node}: ${operation} ended with 1: Read-only file system`);
    };
    return client;
  };

  test("from the middle of a run on: no other run is blamed, and failover is on again", async () => {
    const steps = await check.planOf(new Rehearsal());
    const found: Record<string, string[]> = {};
    for (const [index, step] of steps.entries()) {
      const r = new Rehearsal();
      const client = r.client();
      check.atStep(r, index, () => readOnly(client, "backend-3"));
      const result = await r.up({}, client);
      const problems = check.failoverProblems(r, result);
      if (/another run/i.test(check.textOf(result))) problems.push(check.textOf(result));
      r.onEvent = undefined;
      problems.push(...check.allProblems(r, await r.up()));
      if (blame(r, problems)) found[`${index} ${step.id}`] = problems;
    }
    expect(found).toEqual({});
  });

  test.each(names)("%s, after a run that was lost: failover is turned on by the others", async (name) => {
    const r = new Rehearsal();
    const first = r.client();
    check.atStep(r, 0, () => r.clock.setTimer(2000, () => first.kill()));
    await expect(r.up({ failoverGuard: 0 }, first)).rejects.toThrow("killed");
    r.onEvent = undefined;
    expect(r.sim.failover).toBe(false);
    const result = await r.up({ failoverGuard: 0 }, readOnly(r.client(), name));
    expect(check.textOf(result)).toMatch(
      new RegExp(`^Lock cannot be taken \\[lock\\]\n  where: ${name}\n  seen:  .*Read-only file system`),
    );
    expect(r.sim.failover).toBe(true);
    expect(check.allProblems(r, await r.up())).toEqual([]);
  });

  test("two of three: nothing is begun", async () => {
    const r = new Rehearsal();
    const client = r.client();
    client.state.onCall = (node, operation) => {
      if (node !== "backend-2" && operation === "takeLock") throw new Error("Read-only file system");
    };
    expect(check.textOf(await r.up({}, client))).toMatch(/Lock cannot be taken \[lock\]/);
    expect([r.jobs, r.nodes.map(({ lock }) => lock)]).toEqual([[], [null, null, null]]);
  });
});

test("a job that never ends is not waited for without end, and never started again", async () => {
  const r = new Rehearsal();
  r.sim.switches("backend-2").upgradeHangs = "after-restart";
  const first = await r.up();
  expect(check.textOf(first)).toMatch(/^FAILOVER IS OFF.*\n.*still runs after 1800 s/);
  const began = r.clock.now();
  const second = await r.up();
  expect(r.clock.now() - began).toBeLessThan(2 * 1800_000);
  expect(check.textOf(second)).toMatch(
    /^FAILOVER IS OFF \(.*\nJob of an earlier run still runs \[job\]\n.*\n.*job run1-3-upgrade /,
  );
  expect(check.failoverProblems(r, second)).toEqual([]);
  expect(check.count(r, "backend-2", /upgrade/)).toBe(1);
  r.sim.switches("backend-2").upgradeHangs = false;
  expect(check.allProblems(r, await r.up())).toEqual([]);
  expect(check.count(r, "backend-2", /upgrade/)).toBe(1);
});

test("whether a lock's run has ended", () => {
  const lock = { run: "a", owner: "b", process: "p", age: 100, silent: 5 };
  expect(hasEnded(lock, { isAlive: () => false })).toBe("its process has ended");
  expect(hasEnded(lock, { isAlive: () => true })).toBeNull();
  expect(hasEnded(lock, { isAlive: () => null })).toBeNull();
  expect(hasEnded({ ...lock, silent: 31 }, { isAlive: () => null })).toMatch(/no sign of life for 31 s/);
  expect(new RefusedError([]).name).not.toBe(new LockLostError("x").name);
});
