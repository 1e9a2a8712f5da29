import { createHash, randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs"; // prettier-ignore
import { rmSync } from "node:fs";
import { join } from "node:path";
import { Secret } from "../../provider/secrets/secret";
import type { ConnectionSettings } from "../../provider/ssh/settings";
import { settingsFor, useServers } from "../support/connections";
import { fakeSudo, type SudoMode } from "../support/fakeSudo";
import { temporaryFolder } from "../support/openssh";
import { startTcpRelay } from "../support/tcpRelay";
import { until } from "../support/until";

const { server, connection, keep } = useServers();
const data = randomBytes(3_000_000);
const sha256 = createHash("sha256").update(data).digest("hex");
let folder: string;
let local: string;
let staging: string;
let remote: string;

beforeEach(() => {
  folder = temporaryFolder();
  local = join(folder, "it's a $(package).rpm");
  writeFileSync(local, data);
  staging = join(folder, "staging", "of ours");
  remote = join(staging, "chef backend's.rpm");
});
afterEach(() => rmSync(folder, { recursive: true }));

async function direct(more: Partial<ConnectionSettings> = {}, env: Record<string, string> = {}) {
  return connection(settingsFor(await server({ open: true, env }), more));
}

const leftovers = () => (existsSync(staging) ? readdirSync(staging) : []);
const inVarTmp = () => readdirSync("/var/tmp").filter((name) => name.startsWith("chef-backend-upload."));

/** Other tests upload at the same time: theirs go away by themselves, what we forgot would stay. */
async function nothingIsLeftBut(before: readonly string[]): Promise<void> {
  const added = inVarTmp().filter((name) => !before.includes(name));
  await until(() => inVarTmp().every((name) => !added.includes(name)));
}

const ways: [string, SudoMode | undefined, Partial<ConnectionSettings>][] = [
  ["as root", undefined, {}],
  ["with sudo that does not ask", "nopasswd", { sudo: true }],
  ["with sudo's password", "password", { sudo: true, sudoPassword: new Secret("sudo password") }],
  [
    "with a password that sudo does not want",
    "nopasswd",
    { sudo: true, sudoPassword: new Secret("sudo password") },
  ],
];

describe.each(ways)("%s", (_name, mode, settings) => {
  const open = async () => direct(settings, mode ? keep(fakeSudo(mode)).env : {});

  test("a file arrives whole, private, in a private folder, and nothing else is left", async () => {
    const before = inVarTmp();
    const ssh = await open();
    const steps: number[] = [];
    const result = await ssh.upload(local, remote, {
      sha256,
      size: data.length,
      onProgress: (sent, total) => {
        expect(total).toBe(data.length);
        steps.push(sent);
      },
    });
    expect(result).toEqual({ skipped: false, bytes: data.length, durationMs: expect.any(Number) });
    expect(readFileSync(remote).equals(data)).toBe(true);
    expect([statSync(staging).mode & 0o777, statSync(remote).mode & 0o777]).toEqual([0o700, 0o600]);
    expect(leftovers()).toEqual(["chef backend's.rpm"]);
    await nothingIsLeftBut(before);
    expect(steps.at(-1)).toBe(data.length);
    expect(steps).toEqual([...steps].sort((a, b) => a - b));
  });

  test("the wrong content is refused and removed; the file that was there stays", async () => {
    const ssh = await open();
    await ssh.upload(local, remote, { sha256 });
    writeFileSync(local, Buffer.from(data).fill(0, 0, 1));
    const other = createHash("sha256").update("something else").digest("hex");
    await expect(ssh.upload(local, remote, { sha256: other })).rejects.toMatchObject({
      kind: "upload",
      message: expect.stringContaining("does not have the SHA-256"),
    });
    expect(leftovers()).toEqual(["chef backend's.rpm"]);
    expect(readFileSync(remote).equals(data)).toBe(true);
  });
});

test("a file that is right already is not sent again; a wrong one is replaced", async () => {
  const ssh = await direct();
  await ssh.upload(local, remote, { sha256 });
  const sent: number[] = [];
  const again = await ssh.upload(local, remote, {
    sha256: sha256.toUpperCase(),
    onProgress: (n) => sent.push(n),
  });
  expect([again.skipped, sent]).toEqual([true, []]);

  writeFileSync(remote, data.subarray(0, 1000));
  utimesSync(remote, 0, 0);
  expect((await ssh.upload(local, remote, { sha256 })).skipped).toBe(false);
  expect(readFileSync(remote).equals(data)).toBe(true);
});

test("an interrupted upload leaves no file of the right name, and the next one succeeds", async () => {
  const it = await server({ open: true });
  const relay = keep(await startTcpRelay(it.port));
  const knownHosts = it.knownHosts.replaceAll(`:${it.port}`, `:${relay.port}`);
  const ssh = await connection(settingsFor({ port: relay.port, knownHosts }));
  await ssh.exec("true");
  relay.dropAfter(1_000_000);
  await expect(ssh.upload(local, remote, { sha256 })).rejects.toMatchObject({
    kind: "upload",
    message: expect.stringContaining("connection was lost"),
  });
  expect(leftovers().filter((name) => !name.endsWith(".part"))).toEqual([]);
  await (await direct()).upload(local, remote, { sha256 });
  expect(leftovers()).toEqual(["chef backend's.rpm"]);
});

test("cancelled on the way", async () => {
  const ssh = await direct();
  const control = new AbortController();
  const uploading = ssh.upload(local, remote, {
    sha256,
    signal: control.signal,
    onProgress: () => control.abort(),
  });
  await expect(uploading).rejects.toMatchObject({ kind: "aborted" });
  expect((await ssh.exec("echo fine")).stdout).toBe("fine\n");
  expect(existsSync(remote)).toBe(false);
});

describe("folders that somebody else could reach into are refused", () => {
  const refusal = (why: string) => ({ kind: "upload", message: expect.stringContaining(why) });

  test("a symbolic link", async () => {
    const ssh = await direct();
    mkdirSync(join(folder, "elsewhere"), { mode: 0o700 });
    mkdirSync(join(folder, "staging"));
    symlinkSync(join(folder, "elsewhere"), staging);
    await expect(ssh.upload(local, remote, { sha256 })).rejects.toMatchObject(refusal("symbolic link"));
    expect(readdirSync(join(folder, "elsewhere"))).toEqual([]);
  });

  test("a folder with other rights, which are left as they are", async () => {
    const ssh = await direct();
    mkdirSync(staging, { recursive: true });
    chmodSync(staging, 0o755);
    await expect(ssh.upload(local, remote, { sha256 })).rejects.toMatchObject(refusal("mode is 755"));
    expect(statSync(staging).mode & 0o777).toBe(0o755);
  });

  test("a file in the folder's place", async () => {
    const ssh = await direct();
    mkdirSync(join(folder, "staging"));
    writeFileSync(staging, "");
    await expect(ssh.upload(local, remote, { sha256 })).rejects.toMatchObject(refusal("not safe"));
  });

  test("links inside are replaced, never written through", async () => {
    const ssh = await direct();
    mkdirSync(staging, { recursive: true, mode: 0o700 });
    const victim = join(folder, "victim");
    writeFileSync(victim, "untouched");
    symlinkSync(victim, remote);
    symlinkSync(victim, `${remote}.part`);
    await ssh.upload(local, remote, { sha256 });
    expect(readFileSync(victim, "utf8")).toBe("untouched");
    expect(readFileSync(remote).equals(data)).toBe(true);
  });
});

test("local troubles and impossible arguments are found before anything is sent", async () => {
  const it = await server({ open: true });
  const ssh = await connection(settingsFor(it));
  const missing = ssh.upload(join(folder, "missing"), remote, { sha256 });
  await expect(missing).rejects.toMatchObject({ kind: "upload", message: expect.stringContaining("ENOENT") });
  await expect(ssh.upload(folder, remote, { sha256 })).rejects.toThrow(/not a file/);
  await expect(ssh.upload(local, remote, { sha256, size: 1 })).rejects.toThrow(/expected 1/);
  await expect(ssh.upload(local, remote, { sha256: "abc" })).rejects.toThrow(/64 hexadecimal/);
  for (const path of ["relative/file", "/file", "/a/b/", "/a/../b/file"]) {
    await expect(ssh.upload(local, path, { sha256 })).rejects.toThrow(/absolute path/);
  }
  expect(it.commands).toEqual([]);
});

test("an empty file", async () => {
  writeFileSync(local, "");
  const empty = createHash("sha256").update("").digest("hex");
  const ssh = await direct();
  expect(await ssh.upload(local, remote, { sha256: empty })).toMatchObject({ skipped: false, bytes: 0 });
  expect(statSync(remote).size).toBe(0);
});
