import { VirtualClock } from "../../lab/simulation/virtualClock";

test("time passes only as far as somebody waits for it", async () => {
  const clock = new VirtualClock(0);
  const seen: string[] = [];
  const wait = async (name: string, ms: number) => {
    await clock.sleep(ms);
    seen.push(`${name} at ${clock.now()}`);
  };
  await clock.run(Promise.all([wait("slow", 86_400_000), wait("quick", 5), wait("quick too", 5)]));
  expect(seen).toEqual(["quick at 5", "quick too at 5", "slow at 86400000"]);
});

test("a promise that nobody will settle is a deadlock, and the error says so", async () => {
  const clock = new VirtualClock();
  await expect(clock.run(new Promise(() => undefined))).rejects.toThrow("deadlock in virtual time");
});

test("gives a rejection through, and takes aborted sleeps and cancelled timers back", async () => {
  const clock = new VirtualClock(0);
  const abort = new AbortController();
  const sleep = clock.sleep(1000, abort.signal);
  clock.setTimer(10, () => abort.abort(new Error("enough")));
  const cancel = clock.setTimer(5, () => {
    throw new Error("was cancelled");
  });
  cancel();
  await expect(clock.run(sleep)).rejects.toThrow("enough");
  expect(clock.now()).toBe(10);
});

test("advance fires what falls due on the way, in order", async () => {
  const clock = new VirtualClock(0);
  const fired: number[] = [];
  for (const at of [30, 10, 20, 999]) clock.setTimer(at, () => fired.push(clock.now()));
  await clock.advance(100);
  expect(fired).toEqual([10, 20, 30]);
  expect(clock.now()).toBe(100);
});
