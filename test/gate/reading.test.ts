/** What a reading makes of what commands print, whatever that is, under real shells and with real processes. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ShellMachine } from "../../provider/gate/shellMachine";
import { realClock } from "../../provider/machine/clock";
import type { FactRequest } from "../../provider/machine/machine";
import { LocalShell } from "../support/localShell";

const folder = mkdtempSync(join(tmpdir(), "reading-"));
const opened: LocalShell[] = [];
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  for (const shell of opened) await shell.close();
});

/** A program that the node has. */
function program(name: string, script: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

async function read(shell: string, facts: FactRequest[]) {
  const root = new LocalShell(shell);
  opened.push(root);
  return (await new ShellMachine("backend-1", root, realClock).read(facts)).facts;
}

describe.each(["/bin/sh", "bash"])("%s", (shell) => {
  test("control sequences, binary and bare CRs between its frames arrive as plain text, every fact in its place", async () => {
    const path = program(
      `nasty`,
      String.raw`printf '\033[2J\033]0;title\007one\r\ntwo\033[1A\b\b\n\342\200\256three\n\377\376\000 four\033]0;open'
printf '\033[31m[ERROR]\033[0m bad\r' >&2
exit 3`,
    );
    const facts = await read(shell, [
      { name: "fast", argv: [path] },
      { name: "slow", argv: [path], slow: true },
      { name: "after", argv: ["echo", "still there"] },
    ]);
    const plain = { code: 3, stdout: "one\ntwo\nthree\n\ufffd\ufffd four0;open", stderr: "[ERROR] bad" };
    expect(facts.fast).toEqual(plain);
    expect(facts.slow).toEqual(plain);
    expect(facts.after).toEqual({ code: 0, stdout: "still there\n", stderr: "" });
  });

  test("plain output is asked for: no terminal, no colors, no translation", async () => {
    const path = program(
      "asked",
      `echo "$TERM $LC_ALL"; [ -t 1 ] && echo terminal; [ -t 0 ] && echo input; exit 0`,
    );
    expect((await read(shell, [{ name: "fact", argv: [path], slow: true }])).fact!.stdout).toBe("dumb C\n");
  });

  test("50 MB of output are no result, and not kept", async () => {
    const path = program("flood", "head -c 52428800 /dev/zero | tr '\\000' x");
    const facts = await read(shell, [
      { name: "flood", argv: [path], slow: true },
      { name: "after", argv: ["echo", "here"] },
    ]);
    expect(facts.flood).toEqual({ code: 1, stdout: "", stderr: "", problem: "printed more than 4 MiB" });
    expect(facts.after!.stdout).toBe("here\n");
    await expect(read(shell, [{ name: "flood", argv: [path] }])).rejects.toThrow(
      "backend-1: its answer to a reading printed more than 4 MiB",
    );
  });

  test("a command that never ends is given up, and ended on the node", async () => {
    const path = program("hangs", "echo begun; exec sleep 600");
    const facts = await read(shell, [{ name: "hangs", argv: [path], slow: true, limit: 1 }]);
    expect(facts.hangs).toEqual({
      code: 124,
      stdout: "begun\n",
      stderr: "",
      problem: "gave no answer within 1 s",
    });
  });

  test("a limit needs no more of timeout than coreutils 8.4 have, and works without any", async () => {
    const old = mkdtempSync(join(folder, "old-"));
    writeFileSync(
      join(old, "timeout"),
      `#!/bin/sh\ncase $1 in -*) echo "timeout: invalid option" >&2; exit 125 ;; esac\nexec /usr/bin/timeout "$@"\n`,
    );
    chmodSync(join(old, "timeout"), 0o755);
    const root = new LocalShell(shell, { PATH: `${old}:${process.env.PATH}` });
    opened.push(root);
    const asked = { name: "fact", argv: ["sh", "-c", "echo here; exec sleep 600"], slow: true, limit: 1 };
    const { facts } = await new ShellMachine("backend-1", root, realClock).read([asked]);
    expect(facts.fact).toMatchObject({ code: 124, stdout: "here\n", problem: "gave no answer within 1 s" });
  });

  test("what a command leaves behind cannot hold a reading for ever: the channel has a limit of its own", async () => {
    const seen: (number | undefined)[] = [];
    const root = new LocalShell(shell);
    opened.push(root);
    const execAsRoot = root.execAsRoot.bind(root);
    root.execAsRoot = (script, options = {}) => {
      seen.push(options.timeoutMs);
      return execAsRoot(script, { ...options, timeoutMs: 500 });
    };
    const machine = new ShellMachine("backend-1", root, realClock);
    const orphan = ["sh", "-c", "setsid sleep 5 & exit 0"];
    const { facts } = await machine.read([{ name: "slow", argv: orphan, slow: true, limit: 1 }]);
    expect(facts.slow).toMatchObject({ problem: "gave no answer within 1 s" });
    await expect(machine.read([{ name: "quick", argv: ["sleep", "5"] }])).rejects.toThrow(
      "gave no answer within 120 s",
    );
    expect(seen).toEqual(expect.arrayContaining([120_000, 16_000]));
  });

  test("a job's output is plain too, also where a sequence comes in two pieces", async () => {
    const root = new LocalShell(shell);
    opened.push(root);
    const machine = new ShellMachine("backend-1", root, realClock);
    await machine.takeLock({ run: "r1", owner: "somebody", process: "p" });
    const script = String.raw`printf 'a\033[3'; sleep 0.4; printf '1mb\r'; sleep 0.4; printf '\nc\033]0;title\007d\n'`;
    await machine.startJob("r1", { id: "r1-1-job", commands: [["/bin/sh", "-c", script]] });
    const seen: string[] = [];
    const result = await machine.followJob("r1", "r1-1-job", {
      deadline: realClock.now() + 60_000,
      onOutput: (text) => seen.push(text),
    });
    expect([result.code, result.output, seen.join("")]).toEqual([0, "ab\ncd\n", "ab\ncd\n"]);
  });
});
