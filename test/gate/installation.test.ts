/** What the last installation printed stays on the node, as far as it tells of failed scripts, whatever becomes of us. */
import { existsSync, readFileSync, statSync, symlinkSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { ShellMachine } from "../../provider/gate/shellMachine";
import { realClock } from "../../provider/machine/clock";
import { LocalShell, processesOf } from "../support/localShell";
import { until } from "../support/until";

const opened: LocalShell[] = [];
afterAll(async () => {
  for (const { stateDir } of opened) await until(() => processesOf(stateDir).length === 0);
  for (const root of opened) root.close();
});

const line = "warning: %post(chef-backend-2.3.16-1.el7.x86_64) scriptlet failed, exit status 1";

describe.each(["/bin/sh", "bash"])("%s", (shell) => {
  const open = async () => {
    const root = new LocalShell(shell);
    opened.push(root);
    const machine = new ShellMachine("backend-1", root, realClock);
    const at = (...path: string[]) => join(root.stateDir, ...path);
    const lock = (run: string) => machine.takeLock({ run, owner: run, process: run });
    const job = async (run: string, id: string, script: string, installs: boolean) => {
      await machine.startJob(run, {
        id,
        commands: [["sh", "-c", script]],
        ...(installs ? { installs } : {}),
      });
      return machine.followJob(run, id, { deadline: realClock.now() + 20_000 });
    };
    await lock("r");
    return { machine, at, lock, job, read: async () => (await machine.read([])).installation };
  };

  test("only its lines of failed scripts are read, from megabytes; beyond the last runs, until the next one", async () => {
    const { machine, at, lock, job, read } = await open();
    expect(await read()).toBeNull();
    const tools = [
      "Error in POSTIN scriptlet in rpm package chef-backend",
      ">>> Non-critical error in %post scriptlet: chef-backend-0:2.3.16-1.el7.x86_64",
      `error: lua script failed: [string "%post(a-1-1.x86_64)"]:1: no`,
      "Non-fatal POSTIN scriptlet failure in rpm package a",
    ];
    const printed = [line, ...tools].map((each) => `echo '${each}'`).join("\n");
    await job("r", "r-1-install", `${printed}\nseq 1 300000; echo '  Running scriptlet: a'`, true);
    await machine.releaseLock("r");
    for (let run = 1; run <= 7; run++) {
      await lock(`r${run}`);
      await job(`r${run}`, `r${run}-1-upgrade`, "echo done", false);
      await machine.releaseLock(`r${run}`);
    }
    expect(existsSync(at("history/r"))).toBe(false);
    expect((await read())!.lines.trim().split("\n")).toEqual([line, ...tools]);
    await lock("next");
    await job("next", "next-1-install", "echo fine", true);
    expect(await read()).toMatchObject({ lines: "" });
  });

  test("killed together with what it runs: what it had printed is there", async () => {
    const { machine, at, read } = await open();
    const script = `echo '${line}'; exec sleep 60`;
    await machine.startJob("r", { id: "r-1-install", commands: [["sh", "-c", script]], installs: true });
    await until(async () => (await read())?.lines.includes(line) ?? false);
    process.kill(-Number(readFileSync(at("lock/r/jobs/r-1-install/pid"), "utf8").split(" ")[0]), "SIGKILL");
    await until(async () => (await machine.read([])).jobs[0]?.state === "died");
    expect((await read())!.lines).toContain(line);
  });

  test("what a script has left running prints on: the installation is as old as its end", async () => {
    const { at, job, read } = await open();
    const output = at("lock/r/jobs/r-1-install/output");
    await job(
      "r",
      "r-1-install",
      `echo '${line}'; (while [ ! -e go ]; do sleep 0.1; done; echo later) &`,
      true,
    );
    const then = Math.floor(Date.now() / 1000) - 100;
    utimesSync(at("install"), then, then);
    symlinkSync("/dev/null", at("lock/r/jobs/r-1-install/go"));
    await until(() => readFileSync(output, "utf8").includes("later"));
    expect(statSync(output).mtimeMs).toBeGreaterThan(then * 1000 + 50_000);
    expect(await read()).toEqual({ endedAt: then, lines: `${line}\n` });
  });

  test("a link in its place is not followed", async () => {
    const { at, read } = await open();
    symlinkSync("/etc/passwd", at("install"));
    expect(await read()).toBeNull();
  });
});
