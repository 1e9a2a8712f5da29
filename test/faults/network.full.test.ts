/** The gate over real SSH while the network and the node's sshd do what they should not: each job runs once. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ShellMachine } from "../../provider/gate/shellMachine";
import { realClock } from "../../provider/machine/clock";
import { useServers } from "../support/connections";
import { LocalShell } from "../support/localShell";
import { withOpenSsh } from "../support/openssh";
import { until } from "../support/until";
import { aJob, type ANode, owner, soon, startNode } from "./aNode";

const run = "run1";
/** Says that it began, works until the file `go` is there, and says that it ended. */
const work = (it: ANode) =>
  aJob(
    "job1",
    `echo begun; echo x >> '${it.at("log")}'; while [ -e '${it.at("log")}' ] && [ ! -e '${it.at("go")}' ]; do sleep 0.1; done; echo ended`,
  );
const go = (it: ANode) => writeFileSync(it.at("go"), "");

/** What signals to a job's processes are sent to: the job leads its own process group. */
function groupOf({ stateDir }: ANode): number {
  return -Number(readFileSync(join(stateDir, "lock", run, "jobs", "job1", "pid"), "utf8").split(" ")[0]);
}

withOpenSsh("a job on a node with a real sshd", () => {
  const { keep } = useServers();
  const node = async (options: Parameters<typeof startNode>[0] = {}) => {
    const it = keep(await startNode(options));
    expect(await it.machine.takeLock(owner(run))).toBeNull();
    return it;
  };

  /** Starts the job, lets something happen when its output has begun, and follows it to its end. */
  async function followedThrough(
    it: Awaited<ReturnType<typeof node>>,
    happens: () => Promise<void>,
  ): Promise<void> {
    const job = work(it);
    await it.machine.startJob(run, job);
    let output = "";
    let after: Promise<void> | undefined;
    const result = await it.machine.followJob(run, job.id, {
      deadline: soon(),
      onOutput: (text) => {
        output += text;
        after ??= happens();
      },
    });
    await after;
    expect(result).toMatchObject({ state: "ended", code: 0 });
    expect(output).toBe("begun\nended\n");
    // Sent once more, as after a lost answer, it is not started again.
    expect(await it.machine.startJob(run, job)).toBe("claimed before");
    expect(it.lines("log")).toHaveLength(1);
  }

  test("sshd and its sessions are killed, and nobody listens for a while", async () => {
    const it = await node();
    await followedThrough(it, async () => {
      await it.sshd.stop();
      await realClock.sleep(1500);
      await it.sshd.start();
      go(it);
    });
  });

  test("it ends while nobody listens: its end is found later", async () => {
    const it = await node();
    await followedThrough(it, async () => {
      await it.sshd.stop();
      go(it);
      await realClock.sleep(2500);
      await it.sshd.start();
    });
  });

  test("a black hole swallows the connection: keep-alives find it, the job is attached to again", async () => {
    const it = await node({ keepAlive: { intervalMs: 300, count: 2 } });
    await followedThrough(it, async () => {
      it.relay.freeze();
      await realClock.sleep(1500);
      it.relay.thaw();
      go(it);
    });
    expect(it.relay.connections).toBeGreaterThan(1);
  });

  test("the node stands still (SIGSTOP) and goes on", async () => {
    const it = await node({ keepAlive: { intervalMs: 300, count: 2 } });
    await followedThrough(it, async () => {
      const group = groupOf(it);
      await it.sshd.pause();
      process.kill(group, "SIGSTOP");
      await realClock.sleep(2500);
      process.kill(group, "SIGCONT");
      await it.sshd.resume();
      go(it);
    });
  });

  test("the job stands still past its time-out: left alone, and found when it goes on", async () => {
    const it = await node();
    const job = work(it);
    await it.machine.startJob(run, job);
    await until(() => it.lines("log").length === 1);
    const group = groupOf(it);
    process.kill(group, "SIGSTOP");
    const late = await it.machine.followJob(run, job.id, { deadline: soon(2) });
    expect(late).toMatchObject({ state: "running", code: null });
    expect((await it.machine.read([])).jobs).toEqual([{ run, id: job.id, state: "running", code: null }]);
    go(it);
    process.kill(group, "SIGCONT");
    expect(await it.machine.followJob(run, job.id, { deadline: soon() })).toMatchObject({
      ...{ state: "ended", code: 0, output: "begun\nended\n" },
    });
    expect(it.lines("log")).toHaveLength(1);
  });

  test("every connection is cut after some kilobytes: no byte of the output is lost, none comes twice", async () => {
    const it = await node();
    const job = aJob(
      "job1",
      `echo x >> '${it.at("log")}'; i=0; while [ $i -lt 45000 ]; do echo "line $i"; i=$((i+1)); done`,
    );
    await it.machine.startJob(run, job);
    it.relay.dropEach(120_000);
    it.relay.drop();
    let output = "";
    const before = it.relay.connections;
    const result = await it.machine.followJob(run, job.id, {
      deadline: soon(110),
      onOutput: (text) => (output += text),
    });
    expect(result).toMatchObject({ state: "ended", code: 0 });
    expect(output).toBe(Array.from({ length: 45_000 }, (_, i) => `line ${i}\n`).join(""));
    expect(it.relay.connections - before).toBeGreaterThan(3);
    expect(it.lines("log")).toHaveLength(1);
  });

  test("300 ms of distance and a link that stands still now and then: slow, and nothing else", async () => {
    const it = await node();
    it.relay.delay(150);
    const stalls = setInterval(() => {
      it.relay.stall();
      setTimeout(() => it.relay.go(), 400);
    }, 900);
    try {
      await it.machine.beat(run);
      await it.machine.writeRecord(run, "é".repeat(5000));
      const reading = await it.machine.read([
        { name: "date", argv: ["date", "+%s.%N"] },
        { name: "own", argv: ["cat", it.sshd.userKey] },
      ]);
      expect(reading.facts["own"]!.stdout).toBe(readFileSync(it.sshd.userKey, "utf8"));
      expect(reading.record).toBe(`${"é".repeat(5000)}\n`);
      // The distance is no drift of the clock.
      expect(reading.clockUncertainty).toBeGreaterThanOrEqual(0.15);
      expect(Math.abs(reading.clockOffset) - reading.clockUncertainty).toBeLessThan(1.5);
      await followedThrough(it, async () => go(it));
    } finally {
      clearInterval(stalls);
      it.relay.go();
    }
    expect(it.relay.connections).toBe(1);
  });

  test("a black hole without an end to its dials: a heartbeat ends in time all the same", async () => {
    const it = await node({
      keepAlive: { intervalMs: 300, count: 2 },
      dial: { perDialTimeout: 1, dialErrorLimit: -1 },
    });
    it.relay.freeze();
    const ends = await Promise.allSettled([it.machine.beat(run), it.machine.beat(run)]);
    for (const end of ends)
      expect(end).toMatchObject({
        reason: { name: "UnreachableError", message: expect.stringContaining("no answer within 20 s") },
      });
    it.relay.thaw();
    await it.machine.beat(run);
  });

  test("another run takes over while this one is in a black hole: it can start nothing when it is back", async () => {
    const it = await node({ keepAlive: { intervalMs: 300, count: 2 } });
    it.relay.freeze();
    const starting = it.machine.startJob(run, work(it)).then(
      () => "started",
      (error: Error) => error.name,
    );
    // On the node itself: another laptop, with a connection.
    const other = new ShellMachine("backend-1", new LocalShell("sh", {}, it.stateDir), realClock);
    expect(await other.takeLock(owner("run2"), run)).toBeNull();
    await realClock.sleep(1000);
    it.relay.thaw();
    expect(["LockLostError", "UnreachableError"]).toContain(await starting);
    await expect(it.machine.startJob(run, work(it))).rejects.toThrow("taken over");
    expect(it.lines("log")).toEqual([]);
  });
});
