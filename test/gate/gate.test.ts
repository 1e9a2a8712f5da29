/** The gate's scripts under real shells, with real processes: lock, jobs, record. No SSH is needed for that. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { followJobScript, startJobScript } from "../../provider/gate/jobScripts";
import {
  beatScript,
  keepFileScript,
  releaseLockScript,
  takeLockScript,
  writeRecordScript,
} from "../../provider/gate/lockScripts";
import { readScript } from "../../provider/gate/readScript";
import { ShellMachine } from "../../provider/gate/shellMachine";
import { realClock } from "../../provider/machine/clock";
import {
  type Job,
  type JobResult,
  LockLostError,
  spareRoom,
  verifiedCopy,
} from "../../provider/machine/machine";
import { plainText } from "../../provider/values/plainText";
import { cut, LocalShell, processesOf } from "../support/localShell";
import { given, root as asRoot } from "../support/needs";

const shells = ["/bin/sh", "bash"];
const opened: LocalShell[] = [];
const soon = () => realClock.now() + 20_000;
const owner = (run: string) => ({ run, owner: `${run}@laptop`, process: `${run} 1 2` });

function open(shell: string, env: Record<string, string> = {}, stateDir?: string) {
  const root = new LocalShell(shell, env, stateDir);
  opened.push(root);
  const machine = new ShellMachine("backend-1", root, realClock);
  return { root, machine, dir: root.stateDir, at: (...path: string[]) => join(root.stateDir, ...path) };
}

async function until(what: () => boolean): Promise<void> {
  const limit = Date.now() + 15_000;
  while (!what()) {
    if (Date.now() > limit) throw new Error("it did not happen");
    await realClock.sleep(20);
  }
}

/** As if nothing had been written there for so many seconds. */
function older(path: string, seconds: number): void {
  const then = Date.now() / 1000 - seconds;
  utimesSync(path, then, then);
}

afterAll(async () => {
  // Whatever a test has started has ended: nothing is left running, on no way through.
  for (const { stateDir } of opened) await until(() => processesOf(stateDir).length === 0);
  for (const root of opened) root.close();
});

test("no script uses ':' to make a file: where that fails, dash ends the script with a status of its own", () => {
  const job = { id: "j", commands: [["true"]] };
  const scripts = [
    ...[takeLockScript(owner("a")), takeLockScript(owner("b"), "a"), beatScript("a"), releaseLockScript("a")],
    ...[
      writeRecordScript("a", 1),
      keepFileScript("a", "f", 1),
      startJobScript("a", job),
      followJobScript("a", "j", 0),
      readScript([], "m"),
    ],
  ];
  for (const script of scripts) expect(script).not.toMatch(/(^|[\s;&|]):\s*>/m);
});

describe.each(shells)("%s", (shell) => {
  describe("the lock", () => {
    test("is taken once, told to others with its owner and age, kept alive, and given back", async () => {
      const { machine, at } = open(shell);
      expect(await machine.takeLock(owner("a"))).toBeNull();
      older(at("lock/a/taken"), 100);
      older(at("lock/a/heartbeat"), 50);
      const held = await machine.takeLock(owner("b"));
      expect(held).toMatchObject({ run: "a", owner: "a@laptop", process: "a 1 2" });
      expect(held!.age).toBeGreaterThanOrEqual(100);
      expect(held!.silent).toBeGreaterThanOrEqual(50);
      await machine.beat("a");
      expect((await machine.read([])).lock!.silent).toBeLessThan(10);
      expect((await machine.read([])).lock!.age).toBeGreaterThanOrEqual(100);
      await machine.releaseLock("a");
      expect((await machine.read([])).lock).toBeNull();
      expect(await machine.takeLock(owner("b"))).toBeNull();
    });

    test("taken or given back twice, because an answer was lost: the same as once", async () => {
      const { machine, root } = open(shell);
      expect(await machine.takeLock(owner("a"))).toBeNull();
      expect(await machine.takeLock(owner("a"))).toBeNull();
      root.onScript = (child, _script, scripts) => scripts === 5 && cut(child);
      expect(await machine.takeLock(owner("c"), "a")).toBeNull();
      expect(await machine.takeLock(owner("c"), "a")).toBeNull();
      await machine.releaseLock("c");
      await machine.releaseLock("c");
      expect((await machine.read([])).lock).toBeNull();
    });

    test("taken over: the old run can claim, beat and write nothing, and gives nothing back", async () => {
      const { machine, at } = open(shell);
      await machine.takeLock(owner("a"));
      await machine.writeRecord("a", '{"seq":1}');
      expect(await machine.takeLock(owner("b"), "a")).toBeNull();
      const job: Job = { id: "a-1-install", commands: [["touch", at("ran")]] };
      await expect(machine.beat("a")).rejects.toThrow(LockLostError);
      await expect(machine.startJob("a", job)).rejects.toThrow(LockLostError);
      await expect(machine.writeRecord("a", '{"seq":2}')).rejects.toThrow(LockLostError);
      await expect(machine.keepFile("a", "level", "2")).rejects.toThrow(LockLostError);
      await machine.releaseLock("a");
      expect(await machine.read([])).toMatchObject({
        lock: { run: "b", owner: "b@laptop" },
        record: '{"seq":1}\n',
        jobs: [],
      });
      expect(existsSync(at("ran"))).toBe(false);
      expect(existsSync(at("files/level"))).toBe(false);
    });

    test("a lock that is not that run's any more is not taken over", async () => {
      const { machine } = open(shell);
      await machine.takeLock(owner("a"));
      expect(await machine.takeLock(owner("c"), "b")).toMatchObject({ run: "a" });
    });

    test("a run that died before its first sign of life grows silent like any other", async () => {
      const { machine, at } = open(shell);
      await machine.takeLock(owner("a"));
      for (const file of ["heartbeat", "taken", "owner"]) rmSync(at("lock/a", file));
      older(at("lock/a"), 100);
      const held = (await machine.takeLock(owner("b")))!;
      expect([held.run, held.silent >= 100, held.age >= 100]).toEqual(["a", true, true]);
      expect(await machine.takeLock(owner("b"), "a")).toBeNull();
    });

    test("a folder that a dying run left empty: a young one is somebody's, an old one nobody's", async () => {
      const { machine, at } = open(shell);
      mkdirSync(at("lock"), { recursive: true });
      expect(await machine.takeLock(owner("a"))).toMatchObject({ run: "", silent: 0 });
      older(at("lock"), 100);
      expect(await machine.takeLock(owner("a"))).toBeNull();
    });

    test("taking over makes the new run look alive at once", async () => {
      const { machine, at } = open(shell);
      await machine.takeLock(owner("a"));
      older(at("lock/a/heartbeat"), 100);
      await machine.takeLock(owner("b"), "a");
      expect((await machine.read([])).lock!.silent).toBeLessThan(10);
    });
  });

  // Two takers at the same moment, each a real process.
  const rounds = shell === "bash" ? 20 : 100;
  test(`${rounds} races for a free lock: exactly one wins`, async () => {
    const { machine } = open(shell);
    for (let round = 0; round < rounds; round++) {
      const runs = [`a${round}`, `b${round}`];
      const held = await Promise.all(runs.map((run) => machine.takeLock(owner(run))));
      expect(held.filter((each) => each === null)).toHaveLength(1);
      await Promise.all(runs.map((run) => machine.releaseLock(run)));
    }
  });

  test(`${rounds} races to take over a dead run's lock: exactly one wins, and the lock says who`, async () => {
    const { machine, at } = open(shell);
    await machine.takeLock(owner("r0"));
    let holder = "r0";
    for (let round = 1; round <= rounds; round++) {
      older(at("lock", holder, "heartbeat"), 100);
      const runs = [`a${round}`, `b${round}`];
      const held = await Promise.all(runs.map((run) => machine.takeLock(owner(run), holder)));
      const winners = runs.filter((_run, index) => held[index] === null);
      expect(winners).toHaveLength(1);
      expect(readdirSync(at("lock"))).toEqual(winners);
      expect(readFileSync(at("lock", winners[0]!, "owner"), "utf8")).toContain(`${winners[0]}@laptop`);
      holder = winners[0]!;
    }
  });

  describe("a job", () => {
    const started = async (
      job: Partial<Job> = {},
      env: Record<string, string> = {},
      opened = open(shell, env),
    ) => {
      await opened.machine.takeLock(owner("r"));
      const full = { id: "r-1-x", commands: [["true"]], ...job };
      expect(await opened.machine.startJob("r", full)).toBe("started");
      const follow = (deadline = soon()): Promise<JobResult> =>
        opened.machine.followJob("r", full.id, { deadline });
      return { ...opened, follow, job: full };
    };
    const running = (dir: string) => until(() => existsSync(join(dir, "lock/r/jobs/r-1-x/pid")));
    const pidOf = (dir: string) =>
      Number(readFileSync(join(dir, "lock/r/jobs/r-1-x/pid"), "utf8").split(" ")[0]);

    test("runs its commands one after another; output and exit status are kept", async () => {
      const { follow } = await started({
        commands: [
          ["echo", "one"],
          ["sh", "-c", "echo two >&2"],
        ],
      });
      const result = await follow();
      expect(result).toEqual({ run: "r", id: "r-1-x", state: "ended", code: 0, output: "one\ntwo\n" });
      expect(await follow()).toEqual(result);
    });

    test("copies a package to where only root may write, and goes on only with what was expected", async () => {
      const folder = mkdtempSync(join(tmpdir(), "package-"));
      const from = join(folder, "it's a package.deb");
      writeFileSync(from, "right");
      const sum = createHash("sha256").update("right").digest("hex");
      const copyTo = (to: string, and: string[]) => ({ commands: [[verifiedCopy, from, to, sum], and] });
      const job = open(shell);
      const copy = job.at("packages", "it's a package.deb");
      const { follow } = await started(
        copyTo(copy, ["sh", "-c", 'cat "$0"; stat -c %a "$0" "${0%/*}"', copy]),
        {},
        job,
      );
      expect(await follow()).toMatchObject({ code: 0, output: "right600\n700\n" });

      writeFileSync(from, "swapped");
      const other = open(shell);
      const its = other.at("packages", "p.deb");
      const again = await started(copyTo(its, ["touch", other.at("installed")]), {}, other);
      const result = await again.follow();
      expect(result).toMatchObject({ state: "ended", code: 1 });
      expect(result.output).toMatch(
        new RegExp(`SHA-256 of ${from} is now [0-9a-f]{64}, expected ${sum}: .*not installed`),
      );
      expect(readdirSync(other.at("packages"))).toEqual([]);
      expect(existsSync(other.at("installed"))).toBe(false);
      rmSync(folder, { recursive: true });
    });

    test("ends what fills the disk before too little is free there, and removes what it has written", async () => {
      const job = open(shell);
      const path = job.at("files", "it's a backup");
      const fill = ["sh", "-c", 'mkdir -p "$0" && echo data > "$0/file" && exec sleep 600', path];
      const { follow } = await started({ commands: [[spareRoom, "999999999999", path, ...fill]] }, {}, job);
      const result = await follow();
      expect(result).toMatchObject({ state: "ended", code: 143 });
      expect(result.output).toMatch(
        new RegExp(
          `^[0-9]+ KiB are left on the disk of ${path}, 999999999999 KiB have to stay free: it is stopped`,
        ),
      );
      expect(existsSync(path)).toBe(false);
    });

    const fills = (then: string) => `mkdir -p "$0"; while :; do echo data >> "$0/file"; ${then}; done`;

    test.each([
      ["knife, which traps TERM and ends with 1", 1, `trap "exit 1" TERM; ${fills("sleep 0.1")}`],
      ["what ends well at TERM", 1, `trap "exit 0" TERM; ${fills("sleep 0.1")}`],
      ["what does not heed TERM", 137, `trap "" TERM; ${fills("sleep 0.1")}`],
      ["what a wrapper has started", 143, `sh -c '${fills("sleep 0.1")}' "$0"; true`],
    ])("so it does with %s", async (_what, code, script) => {
      const job = open(shell);
      const path = job.at("files", "backup");
      const fill = ["sh", "-c", script, path];
      const { follow } = await started({ commands: [[spareRoom, "999999999999", path, ...fill]] }, {}, job);
      const result = await follow();
      expect(result).toMatchObject({ state: "ended", code });
      expect(result.output).toMatch(/it is stopped, and what it has written is removed/);
      await until(() => processesOf(job.root.stateDir).length === 0);
      expect(existsSync(path)).toBe(false);
    });

    test("which ends with the job, too: whoever ends its group reaches the command", async () => {
      const job = open(shell);
      const path = job.at("files", "copy");
      const write = ["sh", "-c", 'mkdir -p "$0" && exec sleep 600', path];
      const { follow, at } = await started({ commands: [[spareRoom, "1", path, ...write]] }, {}, job);
      await until(() => existsSync(path));
      const [pid] = readFileSync(at("lock/r/jobs/r-1-x/pid"), "utf8").split(" ");
      process.kill(-Number(pid));
      expect(await follow()).toMatchObject({ state: "died" });
      await until(() => processesOf(job.root.stateDir).length === 0);
    });

    test.each([0, 3])("leaves what has room alone, and its status is the job's (%i)", async (status) => {
      const job = open(shell);
      const path = job.at("files", "copy");
      const write = [
        "sh",
        "-c",
        `mkdir -p "$0" && echo data > "$0/file" && echo said && sleep 1.2; exit ${status}`,
        path,
      ];
      const { follow } = await started({ commands: [[spareRoom, "1", path, ...write]] }, {}, job);
      expect(await follow()).toMatchObject({ state: "ended", code: status, output: "said\n" });
      expect(readdirSync(path)).toEqual(["file"]);
    });

    test("whose files cannot all be written is none: its claim is taken back", async () => {
      const { machine, at } = open(shell);
      await machine.takeLock(owner("r"));
      writeFileSync(at("logs"), "in the way of the folder");
      const job = { id: "j", commands: [["true"]], log: "kept" };
      await expect(machine.startJob("r", job)).rejects.toThrow("cannot write below");
      expect(existsSync(at("lock/r/jobs/j"))).toBe(false);
    });

    test("the first failure ends it", async () => {
      const { follow, at } = await started({
        commands: [
          ["sh", "-c", "exit 7"],
          ["touch", "ran"],
        ],
      });
      expect(await follow()).toMatchObject({ state: "ended", code: 7, output: "" });
      expect(existsSync(at("lock/r/jobs/r-1-x/ran"))).toBe(false);
    });

    test("a program that is not there: 127, and the shell's words", async () => {
      const { follow } = await started({ commands: [["no-such-program"]] });
      const result = await follow();
      expect(result.code).toBe(127);
      expect(result.output).toContain("no-such-program");
    });

    test("claimed twice, and by many at once, it starts once", async () => {
      const { machine, at } = open(shell);
      await machine.takeLock(owner("r"));
      for (let round = 0; round < 10; round++) {
        const job = { id: `r-${round}-x`, commands: [["sh", "-c", `echo x >> '${at("count")}'`]] };
        const starts = await Promise.all([1, 2, 3].map(() => machine.startJob("r", job)));
        expect(starts.sort()).toEqual(["claimed before", "claimed before", "started"]);
        expect(await machine.startJob("r", job)).toBe("claimed before");
        expect(await machine.followJob("r", job.id, { deadline: soon() })).toMatchObject({ code: 0 });
        expect(readFileSync(at("count"), "utf8")).toBe("x\n".repeat(round + 1));
      }
    });

    test("a start that begins long after the last heartbeat, since the machine stood still, claims nothing; one of a run that lives does", async () => {
      const { machine, root, at } = open(shell);
      const job = { id: "r-1-x", commands: [["true"]] };
      await machine.takeLock(owner("r"));
      older(at("lock/r/heartbeat"), 3600);
      const late = await root.execAsRoot(startJobScript("r", job));
      expect(late).toMatchObject({ code: 77, stderr: expect.stringMatching(/no heartbeat .* for 36\d\d s/) });
      expect(readdirSync(at("lock/r/jobs"))).toEqual([]);
      // The same answer to a run that waits for it: its heartbeats had not arrived, or the clock there has leapt.
      expect(await machine.startJob("r", job)).toBe("started");
      older(at("lock/r/heartbeat"), 3600);
      expect(await machine.startJob("r", job)).toBe("claimed before");
      expect(await machine.followJob("r", job.id, { deadline: soon() })).toMatchObject({ state: "ended" });
    });

    test("a second start of the same script (systemd-run failed after it started it) does nothing", async () => {
      const { follow, at } = await started({ commands: [["echo", "once"]] });
      await follow();
      const place = at("lock/r/jobs/r-1-x");
      expect(() => execFileSync("/bin/sh", [join(place, "script"), place])).toThrow();
      expect(readFileSync(join(place, "output"), "utf8")).toBe("once\n");
    });

    test("it has no terminal, nothing to read, and a root-only folder", async () => {
      const { follow, at } = await started({
        commands: [["sh", "-c", "cat; tty; [ -t 0 ] || echo no terminal; umask"]],
      });
      expect((await follow()).output).toMatch(/not a tty\nno terminal\n0077\n/);
      expect(statSync(at(".")).mode & 0o777).toBe(0o700);
      expect(statSync(at("lock/r/jobs/r-1-x")).mode & 0o077).toBe(0);
    });

    test("it survives the connection that started it, and whoever watched", async () => {
      const { dir, follow, root, at } = await started({
        commands: [["sh", "-c", "until [ -e ../../../../go ]; do sleep 0.05; done; echo done"]],
      });
      await running(dir);
      root.onScript = (child) => void setTimeout(() => cut(child), 200);
      const early = follow(realClock.now() + 700);
      expect(await early).toMatchObject({ state: "running", code: null });
      root.onScript = undefined;
      writeFileSync(at("go"), "");
      expect(await follow()).toMatchObject({ state: "ended", code: 0, output: "done\n" });
    });

    test("at the deadline it is left alone", async () => {
      const { dir, follow, at } = await started({
        commands: [["sh", "-c", "echo begun; until [ -e ../../../../go ]; do sleep 0.05; done; echo done"]],
      });
      await running(dir);
      expect(await follow(realClock.now() + 500)).toMatchObject({ state: "running", output: "begun\n" });
      writeFileSync(at("go"), "");
      expect(await follow()).toMatchObject({ state: "ended", output: "begun\ndone\n" });
    });

    test("a follower does not stay for ever: it asks to be sent again, where it stopped", async () => {
      const { dir, root, at, follow } = await started({
        commands: [["sh", "-c", "echo one; until [ -e ../../../../go ]; do sleep 0.05; done; echo two"]],
      });
      await running(dir);
      await until(() => readFileSync(join(dir, "lock/r/jobs/r-1-x/output"), "utf8") !== "");
      const first = await root.execAsRoot(followJobScript("r", "r-1-x", 0, 2));
      expect(first).toMatchObject({ code: 0, stdout: "one\n\0running\n" });
      writeFileSync(at("go"), "");
      expect(await follow()).toMatchObject({ state: "ended", code: 0, output: "one\ntwo\n" });
    });

    test("its wrapper is killed: it runs as long as what it started runs, then it has died", async () => {
      const { dir, follow, machine, at } = await started({
        commands: [["sh", "-c", "echo begun; until [ -e ../../../../go ]; do sleep 0.05; done; echo late"]],
        marksRunning: "2.3.16-1",
      });
      await running(dir);
      await until(() => readFileSync(join(dir, "lock/r/jobs/r-1-x/output"), "utf8") !== "");
      process.kill(pidOf(dir), "SIGKILL");
      expect((await machine.read([])).jobs).toEqual([
        { run: "r", id: "r-1-x", state: "running", code: null },
      ]);
      expect(await follow(realClock.now() + 400)).toMatchObject({ state: "running" });
      writeFileSync(at("go"), "");
      expect(await follow()).toMatchObject({ state: "died", code: null, output: "begun\nlate\n" });
      expect(await machine.read([])).toMatchObject({
        ...{ jobs: [{ run: "r", id: "r-1-x", state: "died", code: null }], upgradedTo: "" },
      });
    });

    test("killed with everything in it: died, without a status, and no build is marked", async () => {
      const { dir, follow, machine } = await started({
        commands: [["sh", "-c", "echo begun; exec sleep 60"]],
        marksRunning: "2.3.16-1",
      });
      await running(dir);
      await until(() => readFileSync(join(dir, "lock/r/jobs/r-1-x/output"), "utf8") !== "");
      process.kill(-pidOf(dir), "SIGKILL");
      expect(await follow()).toMatchObject({ state: "died", code: null, output: "begun\n" });
      expect((await machine.read([])).upgradedTo).toBe("");
    });

    test("of another boot, or with a process number that is somebody else's now: died", async () => {
      const { dir, follow, at, machine } = await started();
      await follow();
      rmSync(at("lock/r/jobs/r-1-x/status"));
      const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
      for (const pid of [`1 ${boot} 12345678901`, `${process.pid} other-boot 1`]) {
        writeFileSync(join(dir, "lock/r/jobs/r-1-x/pid"), `${pid}\n`);
        expect((await machine.read([])).jobs).toMatchObject([{ state: "died" }]);
        expect(await follow()).toMatchObject({ state: "died" });
      }
    });

    test("claimed, and its starter gone before it began: alive for a moment, then died", async () => {
      const { machine, at } = open(shell);
      await machine.takeLock(owner("r"));
      mkdirSync(at("lock/r/jobs/r-1-x"));
      expect((await machine.read([])).jobs).toMatchObject([{ state: "running" }]);
      older(at("lock/r/jobs/r-1-x"), 100);
      expect((await machine.read([])).jobs).toMatchObject([{ state: "died" }]);
    });

    test("marks the build that the node runs only after exit 0", async () => {
      const { machine } = open(shell);
      await machine.takeLock(owner("r"));
      const upgrade = async (id: string, program: string) => {
        await machine.startJob("r", { id, commands: [[program]], marksRunning: `2.3.16-${id}` });
        await machine.followJob("r", id, { deadline: soon() });
        const { upgradedTo, upgradedAt } = await machine.read([]);
        expect(upgradedTo === "" ? upgradedAt : Math.abs(upgradedAt! - Date.now() / 1000) < 60).toBe(
          upgradedTo === "" ? null : true,
        );
        return upgradedTo;
      };
      expect(await upgrade("1", "false")).toBe("");
      expect(await upgrade("2", "true")).toBe("2.3.16-2");
      expect(await upgrade("3", "false")).toBe("2.3.16-2");
    });

    test("a job that is not there: died, and said so", async () => {
      const { machine } = open(shell);
      await machine.takeLock(owner("r"));
      expect(await machine.followJob("r", "nope", { deadline: soon() })).toMatchObject({
        ...{ state: "died", code: null, output: "\n(the job is not on backend-1 any more)" },
      });
    });

    test("is followed across a takeover and a release: it stays the same job", async () => {
      const { dir, machine, at, follow } = await started({
        commands: [
          [
            "sh",
            "-c",
            "echo begun; until [ -e '$GO' ]; do sleep 0.05; done".replace("$GO", "/proc/self/cwd/go"),
          ],
        ],
      });
      await running(dir);
      await machine.takeLock(owner("s"), "r");
      expect((await machine.read([])).jobs).toMatchObject([{ run: "s", id: "r-1-x", state: "running" }]);
      const end = machine.followJob("s", "r-1-x", { deadline: soon() });
      writeFileSync(at("lock/s/jobs/r-1-x/go"), "");
      expect(await end).toMatchObject({ state: "ended", code: 0 });
      await machine.releaseLock("s");
      expect(await machine.followJob("s", "r-1-x", { deadline: soon() })).toMatchObject({
        ...{ state: "ended", code: 0, output: "begun\n" },
      });
      // Whoever knows it by the run that began it finds it, wherever the take-overs have brought it.
      expect(await follow()).toMatchObject({ state: "ended", code: 0 });
      expect(await machine.followJob("r", "r-2-x", { deadline: soon() })).toMatchObject({ state: "died" });
    });

    describe("whose lock is taken over after the claim, before it began", () => {
      /** A program of this name that, called like this, waits for the file `go`; then it is the real one. */
      const slow = (program: string, called: string) => {
        const bin = mkdtempSync(join(tmpdir(), "gate-bin-"));
        const real = execFileSync("sh", ["-c", `command -v ${program}`], { encoding: "utf8" }).trim();
        const wait = `: > ${bin}/here; until [ -e ${bin}/go ]; do sleep 0.02; done`;
        const text = `#!/bin/sh\ncase "$*" in ${called}) ${wait};; esac\nexec ${real} "$@"\n`;
        writeFileSync(join(bin, program), text);
        chmodSync(join(bin, program), 0o755);
        return { bin, env: { PATH: `${bin}:${process.env.PATH}` } };
      };

      test("not even its script is found any more", async () => {
        const { bin, env } = slow("setsid", "*");
        const { machine, at, dir } = await started({ commands: [["touch", "ran"]] }, env);
        await until(() => existsSync(join(bin, "here")));
        await machine.takeLock(owner("s"), "r");
        writeFileSync(join(bin, "go"), "");
        await until(() => processesOf(dir).length === 0);
        expect(readdirSync(at("lock/s/jobs/r-1-x")).sort()).toEqual(["output", "script"]);
        rmSync(bin, { recursive: true });
      });

      test("or its run has been silent since for longer than it waits for a start: nothing is done", async () => {
        const { bin, env } = slow("mkdir", "begun");
        const { follow, at } = await started({ commands: [["touch", "ran"]] }, env);
        await until(() => existsSync(join(bin, "here")));
        older(at("lock/r/heartbeat"), 3600);
        writeFileSync(join(bin, "go"), "");
        expect(await follow()).toMatchObject({
          ...{ state: "ended", code: 77 },
          output: expect.stringMatching(/^its run gave no sign of life for 36\d\d s .*: nothing was run\n$/),
        });
        expect(existsSync(at("lock/r/jobs/r-1-x/ran"))).toBe(false);
        rmSync(bin, { recursive: true });
      });

      test("or it looks at the lock, and ends with nothing done", async () => {
        const { bin, env } = slow("mkdir", "begun");
        const { machine, at } = await started({ commands: [["touch", "ran"]] }, env);
        await until(() => existsSync(join(bin, "here")));
        await machine.takeLock(owner("s"), "r");
        writeFileSync(join(bin, "go"), "");
        expect(await machine.followJob("s", "r-1-x", { deadline: soon() })).toMatchObject({
          ...{ state: "ended", code: 75, output: "the lock was taken over before this job began\n" },
        });
        expect(existsSync(at("lock/s/jobs/r-1-x/ran"))).toBe(false);
        rmSync(bin, { recursive: true });
      });
    });
  });

  describe("a job's output", () => {
    const watch = async (command: string, onScript?: LocalShell["onScript"]) => {
      const { machine, root, at } = open(shell);
      await machine.takeLock(owner("r"));
      await machine.startJob("r", { id: "r-1-x", commands: [["sh", "-c", command]] });
      root.onScript = onScript;
      let text = "";
      const onOutput = (part: string) => void (text += part);
      const result = await machine.followJob("r", "r-1-x", { deadline: soon(), onOutput });
      return { result, text, written: readFileSync(at("lock/r/jobs/r-1-x/output")) };
    };

    test("NUL bytes in it are no end of it", async () => {
      const { result, text } = await watch(
        "printf 'a\\000ended 9\\000b'; sleep 0.3; printf '\\000died\\nc\\n'; exit 3",
      );
      expect(result).toMatchObject({ state: "ended", code: 3 });
      expect(text).toBe("a ended 9 b died\nc\n");
    });

    test("5 MB of it come through; for errors its end is kept", async () => {
      const { result, text, written } = await watch("seq 1 800000");
      expect(written.length).toBeGreaterThan(5_000_000);
      expect(text).toBe(written.toString());
      expect(result.output.length).toBeLessThanOrEqual(16_384);
      expect(result.output.endsWith("800000\n")).toBe(true);
    });

    test("what is no UTF-8 does no harm", async () => {
      const { result, text } = await watch("printf '\\377\\376ok\\n'");
      expect(result).toMatchObject({ state: "ended", code: 0 });
      expect(text).toContain("ok\n");
    });

    test("connections lost in the middle, even of a character: no byte is lost, none comes twice", async () => {
      let cuts = 0;
      // It goes on until all of them were made, however slow this machine is.
      const folder = mkdtempSync(join(tmpdir(), "gate-cuts-"));
      const enough = `[ -e ${folder}/enough ] || [ $i -gt 20000 ]`;
      const command = `i=0; until ${enough}; do printf '%s €äö\\n' $i; i=$((i+1)); sleep 0.005; done`;
      const { result, text, written } = await watch(command, (child) => {
        let seen = 0;
        child.stdout!.on("data", (chunk: Buffer) => {
          const before = seen;
          seen += chunk.length;
          if (cuts === 4 || before > 150 || seen <= 150) return;
          cut(child);
          cuts += 1;
          if (cuts === 4) writeFileSync(join(folder, "enough"), "");
        });
      });
      rmSync(folder, { recursive: true });
      expect(cuts).toBe(4);
      expect(result).toMatchObject({ state: "ended", code: 0 });
      expect(text).toBe(written.toString());
    });

    test("a character cut in two by a lost connection arrives whole", async () => {
      let first = true;
      const { text } = await watch("printf '\\342\\202'; sleep 1; printf '\\254 done\\n'", (child) => {
        if (!first) return;
        first = false;
        child.stdout!.on("data", () => cut(child));
      });
      expect(text).toBe("€ done\n");
    });
  });

  describe("hostile words are words", () => {
    const words = [
      ...[
        "a b",
        "it's",
        '"quoted"',
        "$(touch pwned)",
        "`touch pwned`",
        "$HOME ${PATH}",
        "a\nb\n",
        "\\n\\\\",
        "%s%n%",
      ],
      ...[
        "*",
        "; touch pwned",
        "&& false",
        "-n",
        "--",
        "ümläut € 💥",
        "",
        "\t",
        "\r\n",
        "!x",
        "~",
        "#x",
        "\u0001\u007f",
      ],
    ];

    test("as arguments of a job", async () => {
      const { machine, at } = open(shell);
      await machine.takeLock(owner("r"));
      const show = ["sh", "-c", 'for one do printf "%s\\001" "$one"; done > ../../../../argv', "sh"];
      await machine.startJob("r", { id: "r-1-x", commands: [[...show, ...words]] });
      expect(await machine.followJob("r", "r-1-x", { deadline: soon() })).toMatchObject({ code: 0 });
      expect(readFileSync(at("argv"), "utf8")).toBe(words.map((word) => `${word}\u0001`).join(""));
      expect(readdirSync(at("lock/r/jobs/r-1-x"))).not.toContain("pwned");
    });

    test("as the owner of a lock, and as a run record", async () => {
      const { machine, at, dir } = open(shell);
      const oneLine = words.filter((word) => !/[\r\n]/.test(word)).join(" ");
      await machine.takeLock({ run: "r", owner: oneLine, process: oneLine });
      expect((await machine.read([])).lock).toMatchObject({
        owner: plainText(oneLine),
        process: plainText(oneLine),
      });
      for (const text of [words.join("|"), JSON.stringify({ words })]) {
        await machine.writeRecord("r", text);
        expect(readFileSync(at("record"), "utf8")).toBe(`${text}\n`);
        expect((await machine.read([])).record).toBe(plainText(`${text}\n`));
      }
      expect(readdirSync(dir).sort()).toEqual(["lock", "record"]);
    });

    test("as facts: as plain text, with their own exit status and standard error", async () => {
      const { machine } = open(shell);
      const facts = words.map((word, index) => ({ name: `f${index}`, argv: ["printf", "%s", word] }));
      const { facts: read } = await machine.read(facts);
      expect(words.map((_word, index) => read[`f${index}`]!.stdout)).toEqual(words.map(plainText));
    });
  });

  describe("a kept file", () => {
    async function locked() {
      const opened = open(shell);
      await opened.machine.takeLock(owner("r"));
      return opened;
    }

    test("lies in a folder of ours, for root only, under the path that is told", async () => {
      const { machine, at } = await locked();
      const path = await machine.keepFile("r", "migration-level", "34\n");
      expect(path).toBe(at("files/migration-level"));
      expect(readFileSync(path, "utf8")).toBe("34\n");
      expect(statSync(path).mode & 0o777).toBe(0o600);
      expect(statSync(at("files")).mode & 0o777).toBe(0o700);
      // Nothing half-written stays behind.
      expect(readdirSync(at("files"))).toEqual(["migration-level"]);
      expect(readdirSync(at("lock/r")).filter((each) => each.startsWith("input"))).toEqual([]);
    });

    test.each([
      ["nothing at all", ""],
      ["no newline at the end", '{"major":1,"minor":34}'],
      ["newlines", "\n\na\n\n b \n\n"],
      ["quotes", `it's "so" \`id\` $(id) $HOME`],
      ["percent signs and escapes", "100% %s %d %n \\n \\t \\0 \\c tail"],
      ["a leading dash, and tabs", "-n -e\t--\t$'x'"],
      ["many bytes beyond ASCII", "äöü ✓ 𝄞 ".repeat(2000)],
    ])("holds the text byte for byte: %s", async (_what, text) => {
      const { machine } = await locked();
      const path = await machine.keepFile("r", "f", text);
      expect(readFileSync(path, "utf8")).toBe(text);
    });

    test("has a hostile name without harm", async () => {
      const { machine, at } = await locked();
      for (const name of ["with space", "it's", "$(touch x)", "-rf", "%s", "a\\nb"]) {
        expect(await machine.keepFile("r", name, name)).toBe(at("files", name));
        expect(readFileSync(at("files", name), "utf8")).toBe(name);
      }
      expect(readdirSync(at("files"))).toHaveLength(6);
    });

    test("written again is replaced whole; sent twice, because an answer was lost, is written once", async () => {
      const { machine, root, at } = await locked();
      await machine.keepFile("r", "f", "a long first text");
      chmodSync(at("files/f"), 0o644);
      root.onScript = (child, _script, scripts) => scripts === 3 && cut(child);
      expect(await machine.keepFile("r", "f", "second")).toBe(at("files/f"));
      expect(readFileSync(at("files/f"), "utf8")).toBe("second");
      expect(statSync(at("files/f")).mode & 0o777).toBe(0o600);
      expect(readdirSync(at("files"))).toEqual(["f"]);
    });

    test("outlives its run, and is replaced by the next one's", async () => {
      const { machine, at } = await locked();
      await machine.keepFile("r", "f", "1");
      await machine.releaseLock("r");
      expect(readFileSync(at("files/f"), "utf8")).toBe("1");
      await expect(machine.keepFile("r", "f", "2")).rejects.toThrow(LockLostError);
      await machine.takeLock(owner("s"));
      await machine.keepFile("s", "f", "3");
      expect(readFileSync(at("files/f"), "utf8")).toBe("3");
    });

    test("is not written without the lock, nor after another run has taken it over", async () => {
      const { machine, at, dir } = open(shell);
      await expect(machine.keepFile("r", "f", "x")).rejects.toThrow("cannot write below");
      expect(existsSync(dir)).toBe(false);
      await machine.takeLock(owner("r"));
      await machine.keepFile("r", "f", "kept");
      await machine.takeLock(owner("s"), "r");
      await expect(machine.keepFile("r", "f", "too late")).rejects.toThrow(LockLostError);
      expect(readFileSync(at("files/f"), "utf8")).toBe("kept");
    });

    test("the lock is taken over while it is written: the old run's text does not come through", async () => {
      const { root, machine, at } = await locked();
      await machine.keepFile("r", "f", "kept");
      // What a take-over does to the folder, between the write and the rename.
      const script = keepFileScript("r", "f", 8).replace(/^mv /m, 'mv "$D/lock/r" "$D/lock/s"\nmv ');
      expect(await root.execAsRoot(script, { stdin: "too late" })).toMatchObject({ code: 75, stdout: "" });
      expect(readFileSync(at("files/f"), "utf8")).toBe("kept");
    });

    test("whose text was cut off on the way is not there, and what was there stays", async () => {
      const { root, machine, at } = await locked();
      await machine.keepFile("r", "f", "kept");
      const cutOff = await root.execAsRoot(keepFileScript("r", "f", 9), { stdin: "half of" });
      expect(cutOff).toMatchObject({ code: 1, stderr: "the input was cut off\n" });
      expect(readFileSync(at("files/f"), "utf8")).toBe("kept");
      expect(readdirSync(at("lock/r")).filter((each) => each.startsWith("input"))).toEqual([]);
    });

    test("a folder that cannot be written to is an error, and no lost lock", async () => {
      const { machine, at } = await locked();
      writeFileSync(at("files"), "in the way");
      const failed = machine.keepFile("r", "level", "1");
      await expect(failed).rejects.toThrow(/backend-1: writing level ended with 1/);
      await expect(failed).rejects.not.toBeInstanceOf(LockLostError);
    });
  });

  describe("reading", () => {
    test("changes nothing: not even the folder is made", async () => {
      const { machine, dir } = open(shell);
      expect(await machine.read([])).toMatchObject({
        ...{ lock: null, jobs: [], record: "", upgradedTo: "", stateDir: dir },
      });
      expect(existsSync(dir)).toBe(false);
    });

    test("each fact by itself: status, output with and without newline, errors, what is not there", async () => {
      const { machine } = open(shell);
      const { facts, clockOffset } = await machine.read([
        { name: "date", argv: ["date", "+%s.%N"] },
        { name: "plain", argv: ["printf", "a\\nb"] },
        { name: "empty", argv: ["true"] },
        { name: "failed", argv: ["sh", "-c", "echo out; echo err >&2; exit 3"], slow: true },
        { name: "absent", argv: ["no-such-program", "x"] },
        { name: "silent", argv: ["sh", "-c", "seq 100000; echo why >&2; exit 2"], discard: true },
        { name: "killed", argv: ["sh", "-c", "kill -9 $$"] },
      ]);
      expect(facts.plain).toEqual({ code: 0, stdout: "a\nb", stderr: "" });
      expect(facts.empty).toEqual({ code: 0, stdout: "", stderr: "" });
      expect(facts.failed).toEqual({ code: 3, stdout: "out\n", stderr: "err" });
      expect(facts.absent).toMatchObject({ code: 127, stdout: "" });
      expect(facts.absent!.stderr).toContain("no-such-program");
      expect(facts.silent).toEqual({ code: 2, stdout: "", stderr: "why" });
      expect(facts.killed!.code).toBe(137);
      expect(Math.abs(clockOffset)).toBeLessThan(2);
    });

    test("a node that stands still before it tells its time: the delay is no drift of its clock", async () => {
      const { machine } = open(shell);
      const { clockOffset, clockUncertainty } = await machine.read([
        { name: "date", argv: ["sh", "-c", "sleep 3; date +%s.%N"] },
      ]);
      expect(clockUncertainty).toBeGreaterThanOrEqual(1.5);
      expect(Math.abs(clockOffset) - clockUncertainty).toBeLessThan(0.1);
    });

    test("this machine's own clock stood still while it read, as in a suspension: no drift of that one's", async () => {
      const { root } = open(shell);
      const machine = new ShellMachine("backend-1", root, { ...realClock, now: () => 0 });
      const { clockOffset, clockUncertainty } = await machine.read([
        { name: "date", argv: ["date", "+%s.%N"] },
        { name: "long", argv: ["sleep", "3"] },
      ]);
      expect(Math.abs(clockOffset) - clockUncertainty).toBeLessThan(0.1);
    });

    test("the connection is lost after it has told its time: the second answer counts", async () => {
      const { machine, root } = open(shell);
      root.onScript = (child, _script, scripts) => scripts === 1 && setTimeout(() => cut(child), 1500);
      const { clockOffset, clockUncertainty } = await machine.read([
        { name: "date", argv: ["date", "+%s.%N"] },
        { name: "long", argv: ["sleep", "3"] },
      ]);
      expect(clockUncertainty).toBeGreaterThanOrEqual(0.7);
      expect(Math.abs(clockOffset) - clockUncertainty).toBeLessThan(0.1);
    });

    test("a lost connection is tried once more; lost again it is 'not reachable', never a result", async () => {
      const { machine, root } = open(shell);
      root.onScript = (child, _script, scripts) => scripts === 1 && cut(child);
      expect((await machine.read([])).stateDir).toBe(root.stateDir);
      root.lose = true;
      await expect(machine.read([])).rejects.toMatchObject({ name: "UnreachableError", fatal: false });
    });
  });

  describe("the folder", () => {
    test("that is a link is refused", async () => {
      const real = mkdtempSync(join(tmpdir(), "gate-real-"));
      const link = join(mkdtempSync(join(tmpdir(), "gate-")), "state");
      symlinkSync(real, link);
      await expect(open(shell, {}, link).machine.takeLock(owner("a"))).rejects.toThrow(
        /is a link or not owned/,
      );
      expect(readdirSync(real)).toEqual([]);
      rmSync(real, { recursive: true });
    });

    given("a folder of somebody else's", asRoot).test("that is somebody else's is refused", async () => {
      const dir = join(mkdtempSync(join(tmpdir(), "gate-")), "state");
      mkdirSync(dir);
      chownSync(dir, 65534, 65534);
      await expect(open(shell, {}, dir).machine.takeLock(owner("a"))).rejects.toThrow(
        /not owned by root: refused/,
      );
      expect(readdirSync(dir)).toEqual([]);
    });

    test("that was open to others is closed", async () => {
      const dir = join(mkdtempSync(join(tmpdir(), "gate-")), "state");
      mkdirSync(dir, { mode: 0o777 });
      await open(shell, {}, dir).machine.takeLock(owner("a"));
      expect(statSync(dir).mode & 0o777).toBe(0o700);
    });
  });

  test("the last five runs are kept, and every one that has a job which still runs", async () => {
    const { machine, at } = open(shell);
    for (let run = 1; run <= 8; run++) {
      await machine.takeLock(owner(`r${run}`));
      const command = run === 2 ? ["sleep", "300"] : ["echo", String(run)];
      await machine.startJob(`r${run}`, { id: `j${run}`, commands: [command] });
      // The second one's job has begun, and goes on when its run is over.
      if (run === 2) await until(() => existsSync(at("lock/r2/jobs/j2/pid")));
      else await machine.followJob(`r${run}`, `j${run}`, { deadline: soon() });
      older(at(`lock/r${run}`), 1000 - run);
      await machine.releaseLock(`r${run}`);
    }
    expect(readdirSync(at("history")).sort()).toEqual(["r2", "r4", "r5", "r6", "r7", "r8"]);
    expect(await machine.followJob("r8", "j8", { deadline: soon() })).toMatchObject({
      code: 0,
      output: "8\n",
    });
    expect((await machine.read([])).jobs).toEqual([{ run: "r2", id: "j2", state: "running", code: null }]);
    process.kill(-Number(readFileSync(at("history/r2/jobs/j2/pid"), "utf8").split(" ")[0]), "SIGKILL");
  });
});
