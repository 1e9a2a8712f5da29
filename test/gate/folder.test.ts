/** A folder from one machine to another, through us, with the system's own tools. */
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
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { throughUs } from "../../provider/execute/throughUs";
import { ShellMachine } from "../../provider/gate/shellMachine";
import { realClock } from "../../provider/machine/clock";
import { LockLostError } from "../../provider/machine/machine";
import { LocalShell } from "../support/localShell";

const folder = "/etc/opscode";
const base = mkdtempSync(join(tmpdir(), "gate-folder-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

let count = 0;
/** A machine with a root of its own. */
async function machine(files: Record<string, string>) {
  const root = join(base, `machine-${count++}`);
  mkdirSync(join(root, folder, "ssl dir"), { recursive: true });
  for (const [name, content] of Object.entries(files)) writeFileSync(join(root, folder, name), content);
  const shell = new LocalShell("/bin/sh", { PULUMI_CHEF_BACKEND_ROOT_DIR: root }, join(root, "state"));
  const port = new ShellMachine("m", shell, realClock);
  await port.takeLock({ run: "run-1", owner: "me", process: "p" });
  return { port, at: (...path: string[]) => join(root, folder, ...path), etc: join(root, "etc") };
}
type M = Awaited<ReturnType<typeof machine>>;

const copy = (from: M, to: M, fingerprint: string, run = "run-1"): Promise<void> =>
  throughUs(
    "copying",
    (stream) => from.port.sendFolder(folder, stream),
    (stream) => to.port.replaceFolder(run, { path: folder, fingerprint, keptAs: "20260101T000000Z" }, stream),
    100,
    realClock,
  );

async function pair() {
  const from = await machine({
    "private-chef.rb": "topology 'ha'\n",
    "new\nline": "x",
    empty: "",
    "ssl dir/a b.key": "k",
  });
  writeFileSync(from.at("big"), Buffer.alloc(3_000_000, 7));
  chmodSync(from.at("ssl dir/a b.key"), 0o400);
  chmodSync(from.at("ssl dir"), 0o750);
  symlinkSync("a b.key", from.at("ssl dir", "current"));
  if (process.getuid!() === 0) chownSync(from.at("empty"), 1, 1);
  const to = await machine({ "private-chef.rb": "old\n", gone: "old" });
  return { from, to };
}

test("it arrives complete, with owners and modes, and the previous one is kept", async () => {
  const { from, to } = await pair();
  const fingerprint = await from.port.fingerprint(folder);
  expect(fingerprint).toMatch(/^[0-9a-f]{64}$/);
  expect(await to.port.fingerprint(folder)).not.toBe(fingerprint);
  await copy(from, to, fingerprint!);
  expect(await to.port.fingerprint(folder)).toBe(fingerprint);
  expect(readdirSync(to.at()).sort()).toEqual(readdirSync(from.at()).sort());
  expect(readFileSync(to.at("big"))).toEqual(readFileSync(from.at("big")));
  for (const name of ["ssl dir", "ssl dir/a b.key", "empty", "."]) {
    const [a, b] = [statSync(from.at(name)), statSync(to.at(name))];
    expect([name, b.mode, b.uid, b.gid]).toEqual([name, a.mode, a.uid, a.gid]);
  }
  expect(readdirSync(to.etc).sort()).toEqual(["opscode", "opscode.20260101T000000Z"]);
  expect(readFileSync(join(to.etc, "opscode.20260101T000000Z", "gone"), "utf8")).toBe("old");
});

test("its fingerprint changes with a content, a name, a mode and a link", async () => {
  const { from } = await pair();
  const seen = new Set([await from.port.fingerprint(folder)]);
  const changes = [
    () => writeFileSync(from.at("empty"), "x"),
    () => writeFileSync(from.at("another"), ""),
    () => chmodSync(from.at("another"), 0o600),
    () => symlinkSync("nowhere", from.at("link")),
    () => mkdirSync(from.at("folder")),
  ];
  for (const change of changes) {
    change();
    seen.add(await from.port.fingerprint(folder));
  }
  expect(seen.size).toBe(changes.length + 1);
  rmSync(from.at(), { recursive: true });
  expect(await from.port.fingerprint(folder)).toBeNull();
});

test("what arrives otherwise than it was sent is thrown away", async () => {
  const { from, to } = await pair();
  const before = await to.port.fingerprint(folder);
  await expect(copy(from, to, "0".repeat(64))).rejects.toThrow("what arrived is not what was sent");
  expect(await to.port.fingerprint(folder)).toBe(before);
  expect(readdirSync(to.etc)).toEqual(["opscode"]);
});

test("a stream that breaks off leaves everything as it was; the next attempt does not mind what it left", async () => {
  const { from, to } = await pair();
  const fingerprint = (await from.port.fingerprint(folder))!;
  const before = await to.port.fingerprint(folder);
  const pipe = new PassThrough();
  const end = to.port.replaceFolder("run-1", { path: folder, fingerprint, keptAs: "20260101T000000Z" }, pipe);
  pipe.write(Buffer.alloc(1000));
  pipe.destroy(new Error("the connection was lost"));
  await expect(end).rejects.toThrow();
  expect(await to.port.fingerprint(folder)).toBe(before);
  await copy(from, to, fingerprint);
  expect(await to.port.fingerprint(folder)).toBe(fingerprint);
});

test("a run that has lost the lock replaces nothing; a folder that is gone is put there", async () => {
  const { from, to } = await pair();
  const fingerprint = (await from.port.fingerprint(folder))!;
  await expect(copy(from, to, fingerprint, "run-2")).rejects.toThrow(LockLostError);
  rmSync(to.at(), { recursive: true });
  await copy(from, to, fingerprint);
  expect(readdirSync(to.etc)).toEqual(["opscode"]);
  expect(existsSync(to.at("private-chef.rb"))).toBe(true);
});
