/** The guard that a job leaves on its node, under real shells: `chef-backend-ctl` is a script that prints files. */
import { spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ShellMachine } from "../../provider/gate/shellMachine";
import { realClock } from "../../provider/machine/clock";
import { fixture } from "../fixtures/read";
import { LocalShell, processesOf } from "../support/localShell";
import { until } from "../support/until";

const shells = ["/bin/sh", "bash"];
const opened: LocalShell[] = [];
const programs = mkdtempSync(join(tmpdir(), "guard-bin-"));
const owner = (run: string) => ({ run, owner: `${run}@laptop`, process: `${run} 1 2` });
const healthy = { status: fixture("status-two-tables.txt"), table: fixture("cluster-status.txt") };
/** A record of a run that has turned failover off, and whose step on this node has begun. */
const off = (change: object = {}) =>
  JSON.stringify({
    ...{ failover: "off", offSeq: 3, inside: "backend-2", finished: false, run: "r", seq: 4 },
    ...change,
  });

/** A node whose `chef-backend-ctl` says what lies in files, and notes what it was asked to change. */
function open(shell: string) {
  const bin = mkdtempSync(join(programs, "bin-"));
  const said = (name: string) => join(bin, name);
  const ctl = `#!/bin/sh
case "$1" in
  status) echo look >> ${said("looks")}; cat ${said("status")} ;;
  cluster-status) cat ${said("table")} ;;
  *) echo "$*" >> ${said("changes")}; if [ -e ${said("fails")} ]; then echo no; exit 3; fi; cat ${said("slow")} 2> /dev/null || : ;;
esac
`;
  writeFileSync(said("chef-backend-ctl"), ctl);
  chmodSync(said("chef-backend-ctl"), 0o755);
  for (const [name, text] of Object.entries(healthy)) writeFileSync(said(name), text);
  const root = new LocalShell(shell, { PATH: `${bin}:${process.env.PATH}` });
  opened.push(root);
  const machine = new ShellMachine("backend-2", root, realClock);
  const lines = (name: string) =>
    existsSync(said(name)) ? readFileSync(said(name), "utf8").split("\n").length - 1 : 0;
  const at = (...path: string[]) => join(root.stateDir, ...path);
  return {
    ...{ machine, root, said, at, dir: root.stateDir },
    looks: () => lines("looks"),
    changes: () => (existsSync(said("changes")) ? readFileSync(said("changes"), "utf8") : ""),
    say: (name: "status" | "table", text: string) => writeFileSync(said(name), text),
    /** The client has been silent for so many seconds. */
    silent(seconds: number, run = "r") {
      const then = Date.now() / 1000 - seconds;
      utimesSync(at("lock", run, "heartbeat"), then, then);
    },
  };
}

const guard = { node: "backend-2", silence: 60, pause: 1, giveUp: 3600, lease: 3, backends: 3 };

/** A job has ended well under the lock of run `r`, and its guard stands. */
async function guarded(
  shell: string,
  record = off(),
  change: Partial<typeof guard> = {},
  command = ["true"],
) {
  const node = open(shell);
  await node.machine.takeLock(owner("r"));
  await node.machine.writeRecord("r", record);
  const job = { id: "r-1-upgrade", commands: [command], guard: { ...guard, ...change } };
  await node.machine.startJob("r", job);
  const end = await node.machine.followJob("r", job.id, { deadline: realClock.now() + 20_000 });
  return { ...node, end };
}

/** Long enough for two looks, and a third. */
const aWhile = () => realClock.sleep(4500);
const gone = (dir: string) => until(() => processesOf(dir).length === 0);

afterAll(async () => {
  for (const root of opened) {
    rmSync(join(root.stateDir, "lock"), { recursive: true, force: true });
    await gone(root.stateDir);
    await root.close();
  }
  rmSync(programs, { recursive: true, force: true });
});

// Side by side: each of them mostly waits.
describe.each(shells)("%s", (shell) => {
  test.concurrent("a client that has gone: failover is turned on, once, and the node says so", async () => {
    const node = await guarded(shell);
    // To everybody else the job has ended.
    expect(node.end).toMatchObject({ state: "ended", code: 0 });
    expect((await node.machine.read([])).jobs).toEqual([]);
    node.silent(100);
    await until(() => node.changes() !== "");
    await gone(node.dir);
    expect(node.changes()).toBe("set-cluster-failover on\n");
    expect(node.looks()).toBe(2);
    expect(await node.machine.read([])).toMatchObject({ guard: "3", jobs: [] });
    const done = await node.machine.followJob("r", "r-1-upgrade-guard-1", {
      deadline: realClock.now() + 5000,
    });
    expect(done).toMatchObject({ state: "ended", code: 0 });
    await node.machine.releaseLock("r");
    expect((await node.machine.read([])).lock).toBeNull();
  });

  test.concurrent(
    "with nobody inside a step: without a look at the tables; with another node inside: nothing at all is done",
    async () => {
      const nobody = await guarded(shell, off({ inside: null }));
      nobody.say("status", "");
      const other = await guarded(shell, off({ inside: "backend-3" }));
      const alike = await guarded(shell, off({ inside: "backend-22" }));
      for (const node of [nobody, other, alike]) node.silent(100);
      await until(() => nobody.changes() === "set-cluster-failover on\n");
      expect(nobody.looks()).toBe(0);
      await aWhile();
      expect([other.looks(), other.changes(), alike.looks(), alike.changes()]).toEqual([0, "", 0, ""]);
    },
  );

  test.concurrent(
    "a client that lives: nothing is looked at, and when the lock is given back it is gone at once",
    async () => {
      const node = await guarded(shell);
      await aWhile();
      expect(node.looks()).toBe(0);
      expect(processesOf(node.dir)).not.toEqual([]);
      await node.machine.releaseLock("r");
      await gone(node.dir);
      expect(node.changes()).toBe("");
    },
  );

  // What is healthy and what is sick, shape by shape, is in guardHealth.test.ts.
  const sick = {
    "a yellow search": () => healthy.status.replace("state: green", "state: yellow"),
    "a service that is down": () => healthy.status.replace("running (pid 1189)", "down             "),
    nothing: () => "",
  };
  test.concurrent("status with anything wrong: it waits, and acts once that has passed", async () => {
    const one = async (text: () => string) => {
      const node = await guarded(shell);
      node.say("status", text());
      node.silent(100);
      await until(() => node.looks() >= 2);
      expect(node.changes()).toBe("");
      node.say("status", healthy.status);
      await until(() => node.changes() === "set-cluster-failover on\n");
    };
    for (const text of Object.values(sick)) expect(text()).not.toBe(healthy.status);
    await Promise.all(Object.values(sick).map(one));
  });

  const wrong = {
    "two leaders": () => healthy.table.replace("follower  follower", "leader    leader  "),
    "one node less": () => healthy.table.replace(/^backend-3.*\n/m, ""),
  };
  test.concurrent("cluster-status with anything wrong: nothing is done", async () => {
    const one = async (text: () => string) => {
      const node = await guarded(shell);
      node.say("table", text());
      node.silent(100);
      await until(() => node.looks() >= 2);
      expect(node.changes()).toBe("");
    };
    for (const text of Object.values(wrong)) expect(text()).not.toBe(healthy.table);
    await Promise.all(Object.values(wrong).map(one));
  });

  test.concurrent.each([
    ["failover is on", off({ failover: "on", offSeq: null })],
    ["failover is on for the leader", off({ failover: "on-for-leader", offSeq: null })],
    ["the run has finished", off({ finished: true })],
    ["there is no record", "{"],
    ["of a release that knew no guard", JSON.stringify({ failover: "off", inside: null, finished: false })],
  ])("the record says that %s: it ends", async (_what, record) => {
    const node = await guarded(shell, record);
    node.silent(100);
    await gone(node.dir);
    expect([node.looks(), node.changes()]).toEqual([0, ""]);
  });

  test.concurrent(
    "a job that ended badly leaves none; nor one without a guard; and after its time it ends",
    async () => {
      const bad = await guarded(shell, off(), {}, ["false"]);
      const late = await guarded(shell, off(), { giveUp: 0 });
      for (const node of [bad, late]) {
        await gone(node.dir);
        expect(node.looks()).toBe(0);
      }
    },
  );

  test.concurrent("another run has the lock: it ends, and that run sees no job of it", async () => {
    const node = await guarded(shell);
    await node.machine.takeLock(owner("s"), "r");
    node.silent(100, "s");
    await gone(node.dir);
    expect([node.looks(), node.changes()]).toEqual([0, ""]);
  });

  test.concurrent("another job was begun on the node: it ends", async () => {
    const node = await guarded(shell);
    await node.machine.startJob("r", { id: "r-2-upgrade", commands: [["false"]] });
    node.silent(100);
    await gone(node.dir);
    expect([node.looks(), node.changes()]).toEqual([0, ""]);
  });

  test.concurrent("the command fails: nobody is told that failover is on, and it tries again", async () => {
    const node = await guarded(shell);
    writeFileSync(node.said("fails"), "");
    node.silent(100);
    await until(() => node.changes() !== "");
    await until(() => existsSync(node.at("lock/r/jobs/r-1-upgrade-guard-1/status")));
    expect((await node.machine.read([])).guard).toBe("");
    rmSync(node.said("fails"));
    await gone(node.dir);
    expect((await node.machine.read([])).guard).toBe("3");
  });

  test.concurrent(
    "while it acts it is a job that runs: who takes the lock over waits for its end, which is kept",
    async () => {
      const node = await guarded(shell);
      spawnFifo(node.said("slow"));
      node.silent(100);
      await until(() => node.changes() !== "");
      const { jobs } = await node.machine.read([]);
      expect(jobs).toEqual([{ run: "r", id: "r-1-upgrade-guard-1", state: "running", code: null }]);
      // Given back in the middle: it is not cut off.
      await node.machine.takeLock(owner("s"), "r");
      await node.machine.releaseLock("s");
      writeFileSync(node.said("slow"), "done\n");
      const end = await node.machine.followJob("s", jobs[0]!.id, { deadline: realClock.now() + 10_000 });
      expect(end).toMatchObject({ state: "ended", code: 0, output: "done\n" });
      await gone(node.dir);
      expect((await node.machine.read([])).guard).toBe("3");
    },
  );

  const lost = {
    status: fixture("status-leader-lost.txt"),
    table: fixture("cluster-status-leader-lost.txt"),
  };
  test.concurrent(
    "nobody leads for longer than a lease, and two could elect one: failover is turned on",
    async () => {
      const node = await guarded(shell);
      for (const [name, text] of Object.entries(lost)) node.say(name as keyof typeof lost, text);
      node.silent(100);
      await until(() => node.changes() !== "");
      await gone(node.dir);
      expect(node.changes()).toBe("set-cluster-failover on\n");
      // Over more than three seconds, with one in between.
      expect(node.looks()).toBeGreaterThan(3);
      expect((await node.machine.read([])).guard).toBe("3");
    },
  );

  test.concurrent(
    "nobody leads, and somebody does for a moment, or this one is alone: nothing is done",
    async () => {
      const flaps = await guarded(shell);
      const alone = await guarded(shell);
      for (const node of [flaps, alone])
        for (const [name, text] of Object.entries(lost)) node.say(name as keyof typeof lost, text);
      alone.say("table", lost.table.replace(/^backend-3.*\n/m, ""));
      for (const node of [flaps, alone]) node.silent(100);
      for (let round = 1; round <= 3; round++) {
        await until(() => flaps.looks() >= 2 * round);
        flaps.say("table", healthy.table);
        await until(() => flaps.looks() >= 2 * round + 1);
        flaps.say("table", lost.table);
      }
      expect([flaps.changes(), alone.changes()]).toEqual(["", ""]);
    },
  );

  test.concurrent("the client is back between the looks: nothing is done", async () => {
    const node = await guarded(shell);
    node.silent(100);
    await until(() => node.looks() >= 1);
    await node.machine.beat("r");
    await aWhile();
    expect(node.changes()).toBe("");
  });
});

/** Reading it waits until somebody has written. */
function spawnFifo(path: string): void {
  mkdirSync(join(path, ".."), { recursive: true });
  spawn("mkfifo", [path]).on("error", (error) => {
    throw error;
  });
}
