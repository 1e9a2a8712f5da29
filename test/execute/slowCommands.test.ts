/** Machines on which every command is slow to begin: announcing a step to all of them takes longer than a view lasts. */
import { MemoryMachine } from "../support/memoryMachine";
import { Rehearsal } from "../support/rehearsal";
import * as check from "../execute/checks";

afterEach(() => (MemoryMachine.roundTrip = 20));

test("each command takes 5 s to begin, as where sudo waits for a name server: the upgrade goes through", async () => {
  MemoryMachine.roundTrip = 10_000; // of which a call waits for half
  const r = new Rehearsal();
  expect(check.problemsAtTheEnd(r, await r.up())).toEqual([]);
});

test("it becomes so once a follower's package is installed: its `upgrade` is begun all the same", async () => {
  const r = new Rehearsal();
  r.onEvent = (event) => {
    if (event.type === "step-started" && event.step === "backend-2/upgrade") MemoryMachine.roundTrip = 12_000;
  };
  await r.up();
  expect(check.problemsAtTheEnd(r, await r.up())).toEqual([]);
});
