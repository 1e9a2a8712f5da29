import { drbdText, isInStep, isSyncing, parseDrbd } from "../../provider/drbd/drbd";
import type { FactResult } from "../../provider/machine/machine";

const none: FactResult = { code: 127, stdout: "", stderr: "drbdadm: command not found" };
const says = (stdout: string): FactResult => ({ code: 0, stdout, stderr: "" });
const silent = { cstate: none, role: none, dstate: none };

const head = "version: 8.3.11 (api:88/proto:86-96)\nsrcversion: 41C52C8CD882E47FB5AF767\n";
const counts = "    ns:1048508 nr:0 dw:1048508 dr:1060 al:257 bm:64 lo:0 pe:0 ua:0 ap:0 ep:1 wo:f oos:0\n";
const device = (text: string) => says(`${head} 0: ${text} C r-----\n${counts}`);

test("/proc/drbd: one device and several", () => {
  const one = parseDrbd(device("cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate"), silent);
  expect(one).toEqual([
    { name: "0", connection: "Connected", roles: "Primary/Secondary", disks: "UpToDate/UpToDate" },
  ]);
  expect([isInStep(one), drbdText(one)]).toEqual([true, "Connected Primary/Secondary UpToDate/UpToDate"]);
  const two = parseDrbd(
    says(
      `${head} 0: cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C r-----\n${counts} 1: cs:WFConnection ro:Primary/Unknown ds:UpToDate/DUnknown C r-----\n`,
    ),
    silent,
  );
  expect(two).toHaveLength(2);
  expect(isInStep(two)).toBe(false);
});

test.each([
  ["cs:WFConnection ro:Primary/Unknown ds:UpToDate/DUnknown", false],
  ["cs:StandAlone ro:Primary/Unknown ds:UpToDate/DUnknown", false],
  ["cs:Connected ro:Secondary/Primary ds:Inconsistent/UpToDate", false],
  ["cs:Connected ro:Primary/Secondary ds:UpToDate/DUnknown", false],
  ["cs:SyncTarget ro:Secondary/Primary ds:Inconsistent/UpToDate", true],
  ["cs:SyncSource ro:Primary/Secondary ds:UpToDate/Inconsistent", true],
  ["cs:Unconfigured", false],
])("%s is not in step", (text, syncing) => {
  const drbd = parseDrbd(device(text), silent);
  expect([isInStep(drbd), isSyncing(drbd)]).toEqual([false, syncing]);
});

test("without devices there drbdadm is asked", () => {
  const adm = {
    cstate: says("Connected\nConnected\n"),
    role: says("Primary/Secondary\nPrimary/Secondary\n"),
    dstate: says("UpToDate/UpToDate\nUpToDate/UpToDate\n"),
  };
  const drbd = parseDrbd(says("version: 9.1.4 (api:2/proto:110-121)\n"), adm);
  expect([drbd.length, isInStep(drbd)]).toEqual([2, true]);
  expect(isInStep(parseDrbd(none, { ...adm, dstate: says("UpToDate/UpToDate\n") }))).toBe(false);
});

test("where nothing tells, that is what it says", () => {
  const drbd = parseDrbd({ code: 1, stdout: "", stderr: "cat: /proc/drbd: No such file" }, silent);
  expect(drbd).toBe("neither /proc/drbd nor drbdadm shows a resource: drbdadm: command not found");
  expect([isInStep(drbd), isSyncing(drbd)]).toEqual([false, false]);
});
