/** A file, or a folder that is packed on its way, from one machine to another, through us, with the system's own shell and tools. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { ShellMachine } from "../../provider/gate/shellMachine";
import { type Clock, realClock } from "../../provider/machine/clock";
import { LockLostError, NotTheSameError, packInto } from "../../provider/machine/machine";
import { moveFile, movePacked, sumIn } from "../../provider/migration/moveFile";
import { cut, LocalShell } from "../support/localShell";

const base = mkdtempSync(join(tmpdir(), "move-file-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));
const content = Buffer.alloc(3_000_000, "secret\n");
const source = join(base, "it's the source");
writeFileSync(source, content);

let count = 0;
async function machine(program = "/bin/sh", env: Record<string, string> = {}) {
  const stateDir = join(base, `machine-${count++}`);
  const shell = new LocalShell(program, env, stateDir);
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

describe.each(["/bin/sh", "bash"])("a folder is packed on its way (%s)", (program) => {
  const folder = join(base, `it's a backup of ${program.replace(/.*\//, "")}`);
  // A name that tar would hide in a header of its own, one with a line end, and a folder that is empty.
  const file = `${"organization/".repeat(9)}${"n".repeat(90)}`;
  beforeAll(() => {
    mkdirSync(join(folder, file, ".."), { recursive: true });
    mkdirSync(join(folder, "empty"));
    for (const [name, text] of [
      [file, "data\n".repeat(100_000)],
      ["two\nlines", "-T"],
    ] as const)
      writeFileSync(join(folder, name), text);
  });

  /** The checksum, as the job takes it. */
  async function sum({ port }: M, id: string, path = folder) {
    await port.startJob("run-1", { id, commands: [[packInto, path, "sha256sum"]] });
    return port.followJob("run-1", id, { deadline: realClock.now() + 20_000 });
  }
  const send = (from: M, to: M, sha256: string) => {
    const move = { from: from.port, path: folder, to: to.port, name: "m.tar.gz", timeout: 300 };
    return movePacked(move, sha256, "run-1", realClock);
  };

  test("it arrives with the checksum that was taken before, whatever the environment says, and nothing is left", async () => {
    const from = await machine(program, { TAR_OPTIONS: "--mtime=now", GZIP: "-1" });
    const to = await machine(program);
    const sha256 = sumIn((await sum(from, "1")).output)!;
    expect(sumIn((await sum(to, "2")).output)).toBe(sha256);
    const archive = await send(from, to, sha256);
    expect(inside(from)).toEqual([]);
    expect(inside(to)).toEqual(["m.tar.gz"]);
    const bytes = readFileSync(archive.path);
    expect(archive).toMatchObject({ sha256, bytes: bytes.length });
    expect(createHash("sha256").update(bytes).digest("hex")).toBe(sha256);
    execFileSync("tar", ["-C", to.files, "-xzf", archive.path]);
    execFileSync("diff", ["-r", folder, join(to.files, folder.slice(base.length + 1))]);
  });

  test("it changes after the checksum was taken: what arrives is thrown away, and that is what is said", async () => {
    const [from, to] = [await machine(program), await machine(program)];
    const sha256 = sumIn((await sum(from, "1")).output)!;
    writeFileSync(join(folder, "two\nlines"), "-X");
    await expect(send(from, to, sha256)).rejects.toThrow(NotTheSameError);
    expect(inside(to)).toEqual([]);
  });

  test("a part of the pipeline fails: no checksum counts, and nothing is sent as if it were whole", async () => {
    const [from, to] = [await machine(program), await machine(program)];
    const none = join(base, "nowhere");
    expect(await sum(from, "1", none)).toMatchObject({
      code: 1,
      output: expect.stringContaining(`packing ${none}: failed: find`) as string,
    });
    const tools = join(base, `tools-${count}`);
    mkdirSync(tools);
    writeFileSync(join(tools, "tar"), "#!/bin/sh\nexit 2\n", { mode: 0o755 });
    const broken = await machine(program, { PATH: `${tools}:${process.env.PATH}` });
    expect((await sum(broken, "2")).code).toBe(1);
    await expect(send(broken, to, "0")).rejects.toThrow(/failed: tar/);
    expect(inside(to)).not.toContain("m.tar.gz");
  });

  test("it would leave too little free: it is given up, and nothing of it stays", async () => {
    const { port, files } = await machine(program);
    const file = { name: "m", sha256: "0", spareKiB: 999_999_999_999 };
    const endless = new PassThrough();
    endless.write("the first of it");
    await expect(port.receiveFile("run-1", file, endless)).rejects.toThrow(
      new RegExp(`[0-9]+ KiB are left on the disk of ${files}/m.part, 999999999999 KiB have to stay free`),
    );
    expect(readdirSync(files)).toEqual([]);
  });
});
