/** What may come in place of a table: a named refusal or the right facts, and nothing is changed on any node. */
import type { Printed } from "../../lab/simulation/switches";
import { RefusedError } from "../../provider/execute/errors";
import { found } from "../field/corpus";
import { fixture } from "../fixtures/read";
import { Rehearsal } from "../support/rehearsal";

const table = { status: fixture("status-two-tables.txt"), "cluster-status": fixture("cluster-status.txt") };
const trace = found("ctl-failure").find(({ text }) => /\.rb:\d+/.test(text))!;

const instead: [string, (command: keyof typeof table) => Printed, RegExp][] = [
  [
    "binary",
    () => Uint8Array.from({ length: 4096 }, (_none, at) => (at * 37) % 256),
    /printed no table .* most of them not text/s,
  ],
  ["nothing at all", () => "", /It printed nothing/],
  [
    "a table cut off in the middle",
    (command) => table[command].slice(0, table[command].length / 2),
    /could not be read|lists 1 of 3 backends \(seen on backend-2\)/,
  ],
  ["output of another product", () => found("etcd")[0]!.text, /printed no table/],
  ["a stack trace of Ruby", () => trace.text, /printed no table/],
  [
    "a stack trace, and an exit status",
    () => ({ code: 1, message: trace.text }),
    /Control command failed .*ended with 1/s,
  ],
];

describe.each(["status", "cluster-status"] as const)("in place of %s", (command) => {
  test.each(instead)("%s: refused by name", async (_what, make, says) => {
    const rehearsal = new Rehearsal();
    rehearsal.sim.switches("backend-2").prints = { [command]: make(command) };
    const { failure, touched } = await rehearsal.up();
    expect(failure!.error).toBeInstanceOf(RefusedError);
    expect(failure!.error.message).toMatch(says);
    expect(failure!.error.message).toMatch(/where: .*backend-2/);
    expect([touched, rehearsal.commands(), rehearsal.sim.failover]).toEqual([false, [], true]);
  });
});

test.each([
  [
    "chatter of sudo before the table",
    { before: "sudo: unable to resolve host backend-2: Name or service not known\n" },
  ],
  ["the table twice", { twice: true }],
])("%s: the right facts", async (_what, shape) => {
  const rehearsal = new Rehearsal();
  Object.assign(rehearsal.sim.shape, shape);
  expect((await rehearsal.up()).failure).toBeNull();
});
