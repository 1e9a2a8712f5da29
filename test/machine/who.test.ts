import type { Identity, Journal } from "../../provider/machine/journal";
import { idOf, inTodaysNames, renamedJournal, type Who } from "../../provider/machine/who";

const a: Identity = { machineId: "a", addresses: ["10.0.0.1"] };
const b: Identity = { machineId: "b", addresses: ["10.0.0.2"] };
const away: Identity = { machineId: "", addresses: [] };
const record = (who?: Who): Journal => ({
  ...{ seq: 1, run: "r", finished: false, times: {}, done: [], ...(who ? { who } : {}) },
  begun: ["one/install", "two/install", "cluster/verify", "frontends/backup"],
  jobs: { "two/install": { run: "r", id: "two-install-1", node: "two" } },
});
const today = (was: Who | undefined, now: Who, gone: string[] = []) =>
  inTodaysNames(record(was), now, gone, (its, rename) => ({ ...its, ...renamedJournal(its, rename) }))!;
/** What the machines of the record are called by now. */
const begun = (...args: Parameters<typeof today>) =>
  today(...args).begun.flatMap((id) =>
    /^(cluster|frontends)\//.test(id) ? [] : [id.slice(0, -"/install".length)],
  );
const clone = (address: string): Identity => ({ machineId: "clone", addresses: ["172.17.0.1", address] });

test.each<[string, Who | undefined, Who, string[]]>([
  ["the same names", { one: a, two: b }, { one: a, two: b }, ["one", "two"]],
  ["other names", { one: a, two: b }, { x: b, y: a }, ["y", "x"]],
  ["each other's names", { one: a, two: b }, { one: b, two: a }, ["two", "one"]],
  [
    "another address as well: it may be a clone",
    { one: { ...a, addresses: ["10.0.0.1", "10.0.0.3"] }, two: b },
    { x: a, y: { ...a, addresses: ["10.9.9.9"] }, two: b },
    ["x", "two"],
  ],
  [
    "the machine id alone: it may be a clone",
    { one: a, two: b },
    { one: { ...a, addresses: ["10.9.9.9"] }, two: b },
    ["one (a)", "two"],
  ],
  ["one is gone", { one: a, two: b }, { two: b }, ["one", "two"]],
  ["one is gone, another one has its name", { one: a, two: b }, { one: b }, ["one (a)", "one"]],
  [
    "a new machine has its name",
    { one: a, two: b },
    { one: { ...a, machineId: "c" }, two: b },
    ["one (a)", "two"],
  ],
  ["one cannot be reached", { one: a, two: b }, { one: away, two: b }, ["one", "two"]],
  ["one cannot be reached under its new name", { one: a, two: b }, { x: away, two: b }, ["one", "two"]],
  ["of an earlier release", undefined, { two: a, one: b }, ["one", "two"]],
  ["of an earlier release, other names", undefined, { x: a, y: b }, ["one", "two"]],
  [
    "other hardware with the same GUID",
    { one: { ...a, guid: "g" }, two: b },
    { x: { machineId: "c", addresses: [], guid: "g" }, one: { ...a, guid: "h" } },
    ["x", "two"],
  ],
  [
    "joined anew, with another GUID",
    { one: { ...a, guid: "g" }, two: { ...b, guid: "h" } },
    { x: { ...a, guid: "i" }, two: { ...b, guid: "h" } },
    ["x", "two"],
  ],
  [
    "another machine with the id of one that is gone, by its template",
    { one: { ...a, guid: "g" }, two: b },
    { one: { machineId: "a", addresses: ["10.0.0.9"], guid: "i" }, two: b },
    ["one (a)", "two"],
  ],
  [
    "clones, told by their addresses",
    { one: clone("10.0.0.1"), two: clone("10.0.0.2") },
    { one: clone("10.0.0.2"), two: clone("10.0.0.1") },
    ["two", "one"],
  ],
  [
    "clones, of which one cannot be reached: the other one is not it",
    { one: clone("10.0.0.1"), two: clone("10.0.0.2") },
    { one: away, two: clone("10.0.0.2") },
    ["one", "two"],
  ],
  [
    "clones with other names and other addresses: neither is taken for the other",
    { one: clone("10.0.0.1"), two: clone("10.0.0.2") },
    { x: clone("10.0.0.3"), y: clone("10.0.0.4") },
    ["one", "two"],
  ],
  [
    "no machine id, the VIP has moved, and the names are turned: nobody is taken for the other",
    { one: { machineId: "", addresses: ["10.0.0.1", "10.0.0.9"] }, two: { ...b, machineId: "" } },
    { one: { machineId: "", addresses: ["10.0.0.2", "10.0.0.9"] }, two: { ...a, machineId: "" } },
    ["one (one)", "two (two)"],
  ],
  [
    "no machine id (EL 6): by addresses, else by name",
    { one: { ...a, machineId: "" }, two: { ...b, machineId: "" } },
    { x: { ...a, machineId: "" }, two: { machineId: "", addresses: ["10.0.0.9"] } },
    ["x", "two"],
  ],
])("%s", (_what, was, now, names) => {
  expect(begun(was, now)).toEqual(names);
});

test("a name that was made up for one that is gone lasts, and is found again", () => {
  const lost = today({ one: a, two: b }, { one: b });
  const again = (now: Who) =>
    inTodaysNames(lost, now, [], (its, rename) => ({ ...its, ...renamedJournal(its, rename) }))!.begun.slice(
      0,
      2,
    );
  expect(again({ one: b })).toEqual(["one (a)/install", "one/install"]);
  expect(again({ one: b, new: a })).toEqual(["new/install", "one/install"]);
});

test("what is known to be gone stands in it no more; steps on no machine, and where a job lies, stay", () => {
  const its = today({ one: a, two: b }, { x: b }, ["a"]);
  expect(its).toMatchObject({
    begun: ["x/install", "cluster/verify", "frontends/backup"],
    jobs: { "x/install": { id: "two-install-1", node: "x" } },
    who: { x: b },
  });
  const failedScripts = { two: { build: "2.3.16-1", installedAt: 7, line: "%post failed" } };
  const lacked = { "two/upgrade": "nothing runs" };
  const noted = { ...record({ one: a, two: b }), failedScripts, lacked };
  expect(renamedJournal(noted, (name) => (name === "two" ? "x" : null))).toMatchObject({
    failedScripts: { x: failedScripts.two },
    lacked: { "x/upgrade": "nothing runs" },
  });
});

test("of clones each has an id of its own: what is said of one is not said of the other", () => {
  const was = { one: clone("10.0.0.1"), two: clone("10.0.0.2") };
  expect(["one", "two"].map((name) => idOf(record(was), name))).toEqual(["clone@10.0.0.1", "clone@10.0.0.2"]);
  expect(begun(was, { x: away }, ["clone@10.0.0.1"])).toEqual(["two"]);
});
