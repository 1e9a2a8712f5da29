/** A file from one machine to another, through us, with the system's own shell and tools. */
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ShellMachine } from "../../provider/gate/shellMachine";
import { type Clock, realClock } from "../../provider/machine/clock";
import { LockLostError } from "../../provider/machine/machine";
import { moveFile } from "../../provider/migration/moveFile";
import { cut, LocalShell } from "../support/localShell";

const base = mkdtempSync(join(tmpdir(), "move-file-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));
const content = Buffer.alloc(3_000_000, "secret\n");
const source = join(base, "it's the source");
writeFileSync(source, content);

let count = 0;
async function machine() {
  const stateDir = join(base, `machine-${count++}`);
  const shell = new LocalShell("/bin/sh", {}, stateDir);
  const port = new ShellMachine("m", shell, realClock);
  await port.takeLock({ run: "run-1", owner: "me", process: "p" });
  return { port, shell, files: join(stateDir, "files") };
}
type M = Awaited<ReturnType<typeof machine>>;

const move = (from: M, to: M, run = "run-1", clock: Clock = realClock, timeout = 300) =>
  moveFile({ from: from.port, path: source, to: to.port, name: "archive", timeout }, run, clock);
const inside = ({ files }: M) => (existsSync(files) ? readdirSync(files) : []);

test("it arrives byte by byte, for root alone, and is not sent again where it lies rightly", async () => {
  const [from, to] = [await machine(), await machine()];
  const archive = await move(from, to);
  const sha256 = createHash("sha256").update(content).digest("hex");
  expect(archive).toEqual({ node: "m", path: join(to.files, "archive"), sha256, bytes: content.length });
  expect(readFileSync(archive.path).equals(content)).toBe(true);
  expect(statSync(archive.path).mode & 0o777).toBe(0o600);
  const { ino } = statSync(archive.path);
  expect(await move(from, to)).toEqual(archive);
  expect(statSync(archive.path).ino).toBe(ino);
  writeFileSync(archive.path, "something else");
  await move(from, to);
  expect(readFileSync(archive.path).equals(content)).toBe(true);
});

test.each(["from", "to"] as const)(
  "the connection of its %s side is cut: nothing is left, the next attempt succeeds",
  async (side) => {
    const machines = { from: await machine(), to: await machine() };
    machines[side].shell.onScript = (child, script) => {
      if (/sha256sum <|\ncat '/.test(script)) setTimeout(() => cut(child), 0);
    };
    await expect(move(machines.from, machines.to)).rejects.toThrow();
    expect(inside(machines.to)).not.toContain("archive");
    machines[side].shell.onScript = undefined;
    await move(machines.from, machines.to);
    expect(inside(machines.to)).toEqual(["archive"]);
  },
);

test("what changes on its way is thrown away", async () => {
  const [from, to] = [await machine(), await machine()];
  const sent = from.port.sendFile.bind(from.port);
  from.port.sendFile = async (path, pipe) => {
    pipe.write("more");
    await sent(path, pipe);
  };
  await expect(move(from, to)).rejects.toThrow("what arrived is not what was sent");
  expect(inside(to)).toEqual([]);
});

test("it takes longer than it may: the error names the file and both machines", async () => {
  const [from, to] = [await machine(), await machine()];
  // Nothing comes any more.
  from.port.sendFile = (_path, pipe) => new Promise((_resolve, reject) => pipe.once("error", reject));
  const clock: Clock = { ...realClock, now: () => realClock.now(), sleep: () => realClock.sleep(50) };
  await expect(move(from, to, "run-1", clock)).rejects.toThrow(
    /moving .*it's the source to m took longer than 300 s/,
  );
  expect(inside(to)).not.toContain("archive");
});

test("a run that has lost the lock brings nothing; a file that is not there is named", async () => {
  const [from, to] = [await machine(), await machine()];
  await expect(move(from, to, "run-2")).rejects.toThrow(LockLostError);
  expect(inside(to)).toEqual([]);
  const none = moveFile(
    { from: from.port, path: "/nowhere", to: to.port, name: "x", timeout: 9 },
    "run-1",
    realClock,
  );
  await expect(none).rejects.toThrow("m: /nowhere cannot be read");
});
