/** A limit on everything that a machine is asked, whatever hangs: the command, the channel, or the dial before it. */
import { PassThrough } from "node:stream";
import {
  backendFacts,
  frontendFacts,
  frontendPreflightFacts,
  preflightFacts,
} from "../../provider/commands/facts";
import type { RootShell, ShellOptions, ShellResult } from "../../provider/gate/rootShell";
import { ShellMachine } from "../../provider/gate/shellMachine";
import { realClock } from "../../provider/machine/clock";
import type { FactRequest } from "../../provider/machine/machine";
import { SshError, type SshErrorKind } from "../../provider/ssh/sshError";

const ended: ShellResult = {
  ...{ stdout: "", stderr: "", code: 0, signal: null },
  ...{ lost: false, timedOut: false, aborted: false, truncated: false },
};
type Answer = (script: string, options: ShellOptions) => Promise<ShellResult>;
const never: Answer = () => new Promise(() => undefined);

/** A machine that was reached, and then answers so. */
async function reached() {
  const shell = { answer: (async () => ended) as Answer, asked: [] as ShellOptions[] };
  const root = {
    address: null,
    execAsRoot: (script: string, options: ShellOptions = {}) => {
      shell.asked.push(options);
      return shell.answer(script, options);
    },
  } as unknown as RootShell;
  const machine = new ShellMachine("backend-1", root, realClock);
  await machine.read([]);
  return { shell, machine };
}

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

/** Seconds after which a promise settles, and how. */
async function outcome(promise: Promise<unknown>): Promise<[number, string, string]> {
  const begun = performance.now();
  let end: [number, string, string] | null = null;
  const settled = (name: string, text: string) =>
    void (end = [Math.round((performance.now() - begun) / 1000), name, text]);
  promise.then(
    (value) => settled("resolved", JSON.stringify(value)),
    (error: Error) => settled(error.name, error.message),
  );
  for (let seconds = 0; seconds < 4000 && !end; seconds++) await jest.advanceTimersByTimeAsync(1000);
  if (!end) throw new Error("it has no end");
  return end;
}

const job = { id: "job1", commands: [["true"]] };
const calls: [string, number, (machine: ShellMachine) => Promise<unknown>][] = [
  ["a reading", 120, (machine) => machine.read([])],
  ["a heartbeat", 20, (machine) => machine.beat("run")],
  ["the lock", 120, (machine) => machine.takeLock({ run: "run", owner: "o", process: "p" })],
  ["its release", 120, (machine) => machine.releaseLock("run")],
  ["the record", 120, (machine) => machine.writeRecord("run", "text")],
  ["a file", 120, (machine) => machine.keepFile("run", "name", "text")],
  ["the start of a job", 120, (machine) => machine.startJob("run", job)],
  ["a sum over a folder", 1800, (machine) => machine.fingerprint("/etc")],
];

test.each(calls)("%s: %s s, then the machine counts as not reached", async (_what, limit, call) => {
  const { shell, machine } = await reached();
  shell.answer = never;
  const [seconds, name, message] = await outcome(call(machine));
  expect([seconds, name]).toEqual([limit, "UnreachableError"]);
  expect(message).toMatch(/^backend-1: .*gave no answer within \d+ s$/);
  // It was told to stop, so that nothing begins later.
  expect(shell.asked.at(-1)!.signal?.aborted).toBe(true);
});

test("a slow command that hangs leaves the others of its reading as they are", async () => {
  const { shell, machine } = await reached();
  shell.answer = (script, options) => {
    if (script.includes("hangs")) return never(script, options);
    return Promise.resolve(ended);
  };
  const facts: FactRequest[] = [{ name: "hangs", argv: ["hangs"], slow: true, limit: 10 }];
  const [seconds, , reading] = await outcome(machine.read(facts));
  expect([seconds, reading]).toEqual([25, expect.stringContaining("gave no answer within 10 s")]);
});

test("quick commands that hang, each to its own limit, leave the reading its time", async () => {
  const { shell, machine } = await reached();
  const sets = [backendFacts(), [...backendFacts(), ...preflightFacts()], frontendFacts()];
  for (const facts of [...sets, [...frontendFacts(), ...frontendPreflightFacts()]]) {
    shell.asked.length = 0;
    await machine.read(facts).catch(() => undefined);
    const quick = facts.filter(({ slow }) => !slow);
    const hanging = quick.reduce((sum, { limit = 0 }) => sum + limit, 0);
    expect(hanging).toBeGreaterThan(0);
    expect(shell.asked[0]!.timeoutMs).toBeGreaterThan(hanging * 1000 + 60_000);
  }
});

test("until it was reached once, it is dialed as long as the inputs say", async () => {
  const root = { address: null, execAsRoot: never } as unknown as RootShell;
  const machine = new ShellMachine("backend-1", root, realClock);
  await expect(outcome(machine.read([]))).rejects.toThrow("it has no end");
});

test("a stream that was given up is waited for no longer", async () => {
  const { shell, machine } = await reached();
  shell.answer = (_script, { signal }) =>
    new Promise((resolve) =>
      signal?.addEventListener("abort", () => resolve({ ...ended, code: null, aborted: true })),
    );
  for (const send of [
    (pipe: PassThrough) => machine.sendFile("/etc/hosts", pipe),
    (pipe: PassThrough) => machine.receiveFile("run", { name: "f", sha256: "0" }, pipe),
  ]) {
    const pipe = new PassThrough().on("error", () => undefined);
    const sending = outcome(send(pipe));
    pipe.destroy(new Error("took too long"));
    expect((await sending)[0]).toBeLessThan(5);
  }
});

describe("a job that is followed", () => {
  const follow = async (answer: Answer, seconds = 3000) => {
    const { shell, machine } = await reached();
    shell.answer = answer;
    const told: (string | null)[] = [];
    const options = {
      deadline: performance.now() + seconds * 1000,
      onConnection: (trouble: string | null) => void told.push(trouble),
    };
    return { shell, told, end: await outcome(machine.followJob("run", "job1", options)) };
  };
  const failing =
    (kind: SshErrorKind, transient = false) =>
    () =>
      Promise.reject(new SshError(kind, "node", "10.0.0.1:22", `it was ${kind}`, transient));

  test("whose channel hangs is asked for on another one, until the deadline", async () => {
    const { shell, end } = await follow(never);
    expect(end).toEqual([3000, "resolved", expect.stringContaining('"state":"running"')]);
    expect(shell.asked.length).toBeGreaterThan(3);
  });

  test.each(["hostKeyChanged", "hostKeyRevoked", "authentication", "sudo", "otherMachine"] as const)(
    "an error that cannot pass ends the wait at once, and is told: %s",
    async (kind) => {
      const { end } = await follow(failing(kind));
      expect(end).toEqual([0, "UnreachableError", `backend-1: node 10.0.0.1:22: it was ${kind}`]);
    },
  );

  test.each([
    ["unreachable", false],
    ["refused", false],
    ["handshake", false],
    ["sudo", true], // for a reason that is not known, such as no memory to fork
    ["authentication", true], // the server ended the login before a password was sent
  ] as const)(
    "one that may pass is waited out, and each loss and return of the connection is told: %s",
    async (kind, transient) => {
      let calls = 0;
      const lost = { ...ended, code: null, lost: true };
      const { told, end } = await follow((_script, { onStdout }) => {
        calls += 1;
        if (calls === 1) return Promise.resolve(lost);
        if (calls < 4) return failing(kind, transient)();
        onStdout!(Buffer.from("text\n\0ended 0\n"));
        return Promise.resolve(ended);
      });
      expect(end[2]).toContain('"state":"ended","code":0,"output":"text\\n"');
      const trouble = `node 10.0.0.1:22: it was ${kind}`;
      expect(told).toEqual(["the connection was lost", trouble, trouble, null]);
    },
  );
});
