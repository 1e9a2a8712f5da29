/** A real file system that is full, or read-only: the gate's folder, a staged package, and what dpkg unpacks into. */
import { execFileSync, spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { arch, tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { backendFacts } from "../../provider/commands/facts";
import { ShellMachine } from "../../provider/gate/shellMachine";
import { realClock } from "../../provider/machine/clock";
import { parseDpkg } from "../../provider/observe/package";
import { useServers } from "../support/connections";
import { LocalShell } from "../support/localShell";
import { given, type Need, programs } from "../support/needs";
import { openSsh } from "../support/openssh";
import { buildDeb, runFacts } from "../support/realPackages";
import { aJob, owner, soon, startNode } from "./aNode";

const root = mkdtempSync(join(tmpdir(), "full-disk-"));
/** Whether this process may mount: root outside of a container that forbids it. */
const mayMount = userInfo().uid === 0 && spawnSync("mount", ["-t", "tmpfs", "tmpfs", root]).status === 0;
if (mayMount) spawnSync("umount", [root]);

const mounted: string[] = [];
afterEach(() => {
  for (const each of mounted.splice(0)) execFileSync("umount", ["-l", each]);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A small file system of its own. */
function disk(kib: number) {
  const path = mkdtempSync(join(root, "disk-"));
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${kib}k`, "tmpfs", path]);
  mounted.push(path);
  const ballast = join(path, "ballast");
  return {
    path,
    fill: () => {
      const { status } = spawnSync("dd", ["if=/dev/zero", `of=${ballast}`, "bs=4k"], { stdio: "ignore" });
      expect(status).not.toBe(0);
    },
    free: () => rmSync(ballast),
    /** As a kernel makes it after an error of the disk. */
    turn: (to: "ro" | "rw") => execFileSync("mount", ["-o", `remount,${to}`, path]),
  };
}

const run = "run1";
const log = join(root, "log");
const job = (script: string) => aJob("job1", `echo x >> ${log}; ${script}`);
const started = () => (existsSync(log) ? readFileSync(log, "utf8").split("\n").length - 1 : 0);
beforeEach(() => rmSync(log, { force: true }));

const small: Need = () => (mayMount ? null : "a small file system of its own needs root, and leave to mount");
given("a full disk under the gate's folder", small).describe.each(["/bin/sh", "bash"])(
  "the gate's folder under %s",
  (shell) => {
    function node() {
      const it = disk(256);
      return {
        ...it,
        machine: new ShellMachine("backend-1", new LocalShell(shell, {}, join(it.path, "s")), realClock),
      };
    }

    test("full from the beginning: the lock is not taken, and the reason is the node's own words", async () => {
      const { machine, fill, free } = node();
      fill();
      const taking = machine.takeLock(owner(run)).then(
        (held) => (held ? `held by ${held.owner}` : "taken"),
        (error: Error) => error.message,
      );
      expect(await taking).toMatch(/cannot write below \S+: 0 KiB are free there/);
      free();
      expect(await machine.takeLock(owner(run))).toBeNull();
    });

    test("full under the lock: nothing begins that could not be told afterwards", async () => {
      const { machine, fill, free, path } = node();
      await machine.takeLock(owner(run));
      await machine.writeRecord(run, "before");
      fill();
      await expect(machine.writeRecord(run, "after ".repeat(2000))).rejects.toThrow(/0 KiB are free/);
      // Where there is no room for its files a job is none: no claim stays that would look like one.
      await expect(machine.startJob(run, job("sleep 1"))).rejects.toThrow(/0 KiB are free/);
      expect(existsSync(join(path, "s/lock", run, "jobs/job1"))).toBe(false);
      expect(started()).toBe(0);
      expect((await machine.read([])).record).toBe("before\n");
      free();
      await machine.writeRecord(run, "after");
      expect((await machine.read([])).record).toBe("after\n");
      await machine.releaseLock(run);
    });

    test("read-only: never taken for another run's lock, neither free nor held, nor that of a run that has ended", async () => {
      const { machine, turn } = node();
      await machine.takeLock(owner("old"));
      await machine.releaseLock("old");
      turn("ro");
      await expect(machine.takeLock(owner(run))).rejects.toThrow(
        /taking the lock ended with 1: .*Read-only/s,
      );
      turn("rw");
      await machine.takeLock(owner(run));
      turn("ro");
      expect(await machine.takeLock(owner("run2"))).toMatchObject({ run });
      const calls = {
        takeOver: () => machine.takeLock(owner("run2"), run),
        beat: () => machine.beat(run),
        record: () => machine.writeRecord(run, "text"),
        job: () => machine.startJob(run, job("true")),
      };
      for (const [name, call] of Object.entries(calls)) {
        const error = await call().then(
          () => null,
          (error: Error) => error,
        );
        expect([name, error?.name, error?.message]).toEqual([
          ...[name, "Error"],
          expect.stringMatching(/Read-only file system.*cannot write below/s),
        ]);
      }
      turn("rw");
      await machine.beat(run);
      expect(await machine.startJob(run, job("true"))).toBe("started");
      expect(await machine.followJob(run, "job1", { deadline: soon(50) })).toMatchObject({ code: 0 });
      await machine.releaseLock(run);
    });

    test.each([0, 7])(
      "fills up while a job runs: that it ended, and with %s, is known all the same",
      async (code) => {
        const { machine, fill } = node();
        await machine.takeLock(owner(run));
        await machine.startJob(run, job(`sleep 1; exit ${code}`));
        while (started() === 0) await realClock.sleep(20);
        fill();
        const result = await machine.followJob(run, "job1", { deadline: soon(50) });
        expect(result).toMatchObject({ state: "ended", code });
        expect(started()).toBe(1);
      },
    );
  },
);

given("a full disk where a package is staged", small, openSsh).describe("a staged package", () => {
  const { keep } = useServers();
  test("does not fit: refused in the node's words, no file of its name, and the next one succeeds", async () => {
    const place = disk(2000);
    const node = keep(await startNode({ stateDir: join(place.path, "s") }));
    const data = randomBytes(3_000_000);
    const [source, small] = [join(root, "big.deb"), join(root, "small.deb")];
    writeFileSync(source, data);
    writeFileSync(small, data.subarray(0, 500_000));
    const sha256 = (path: string) => createHash("sha256").update(readFileSync(path)).digest("hex");
    const stage = (path: string) => {
      const staging = { kind: "upload", source: path, sha256: sha256(path), file: "it.deb" } as const;
      return node.machine.stage(run, staging, { deadline: soon() });
    };
    await node.machine.takeLock(owner(run));
    await expect(stage(source)).rejects.toThrow(/No space left|Failure|full/i);
    expect(existsSync(join(place.path, "s/packages/it.deb"))).toBe(false);
    await stage(small);
    expect(sha256(join(place.path, "s/packages/it.deb"))).toBe(sha256(small));
  });
});

given("a full disk below dpkg", small, programs("dpkg", "dpkg-deb")).describe("dpkg's target", () => {
  test("fills up while it unpacks: it fails, the old version stays, and it works when there is room", () => {
    const place = disk(2000);
    const admin = join(root, "dpkg");
    for (const each of ["info", "updates", "triggers"]) mkdirSync(join(admin, each), { recursive: true });
    for (const each of ["status", "available"]) writeFileSync(join(admin, each), "");
    const words = [`--admindir=${admin}`, `--instdir=${place.path}`, "--force-not-root", "--force-bad-path"];
    const dpkg = (file: string) => spawnSync("dpkg", [...words, "-i", file], { encoding: "utf8" });
    const query = () => {
      const { argv } = backendFacts().find(({ name }) => name === "dpkg")!;
      const facts = runFacts([{ name: "dpkg", argv: [argv[0]!, `--admindir=${admin}`, ...argv.slice(1)] }]);
      return parseDpkg(facts["dpkg"]!, { code: 1, stdout: "", stderr: "" });
    };
    const deb = (version: string, kib: number) =>
      buildDeb(root, `${version}.deb`, { version, kib, arch: arch() === "arm64" ? "arm64" : "amd64" });
    expect(dpkg(deb("2.1.0-1", 64)).status).toBe(0);
    const big = dpkg(deb("2.3.16-1", 4000));
    expect(big.status).toBe(1);
    expect(big.stderr).toContain("No space left on device");
    expect(query()).toMatchObject({ state: "installed", version: "2.1.0-1" });
    expect(dpkg(deb("2.3.17-1", 64)).status).toBe(0);
    expect(query()).toMatchObject({ state: "installed", version: "2.3.17-1" });
  });
});
