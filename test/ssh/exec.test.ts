import { Readable } from "node:stream";
import { isSuccess } from "../../provider/ssh/execResult";
import { settingsFor, useServers } from "../support/connections";
import { startTcpRelay } from "../support/tcpRelay";

const { server, connection, keep } = useServers();

async function open(options = {}) {
  const it = await server({ open: true, ...options });
  return { it, ssh: await connection(settingsFor(it)) };
}

test("success and failure have one shape", async () => {
  const { ssh } = await open();
  const good = await ssh.exec("echo out; echo err >&2");
  expect(good).toEqual({
    stdout: "out\n",
    stderr: "err\n",
    code: 0,
    signal: null,
    lost: false,
    timedOut: false,
    aborted: false,
    truncated: false,
    durationMs: expect.any(Number),
  });
  const bad = await ssh.exec("exit 7");
  expect(bad).toMatchObject({ code: 7, lost: false });
  expect([good, bad].map(isSuccess)).toEqual([true, false]);
});

test("a killed command names its signal", async () => {
  const { ssh } = await open();
  expect(await ssh.exec("kill -9 $$")).toMatchObject({ code: null, signal: "SIGKILL", lost: false });
});

test("standard input: none is an end at once, else byte-exact", async () => {
  const { ssh } = await open();
  expect((await ssh.exec("cat; echo end")).stdout).toBe("end\n");
  expect((await ssh.exec("cat", { stdin: "ünï\n'$(x)" })).stdout).toBe("ünï\n'$(x)");
  expect((await ssh.exec("wc -c", { stdin: Buffer.alloc(3_000_000) })).stdout.trim()).toBe("3000000");
  expect((await ssh.exec("wc -c", { stdin: Readable.from(["ab", "cd"]) })).stdout.trim()).toBe("4");
});

test("a command that does not read its input ends all the same", async () => {
  const { ssh } = await open();
  expect((await ssh.exec("exit 5", { stdin: Buffer.alloc(8_000_000) })).code).toBe(5);
});

test("large output arrives whole; beyond maxOutputBytes it is dropped and said so", async () => {
  const { ssh } = await open();
  const command = "head -c 5000000 /dev/zero | tr '\\0' x";
  const whole = await ssh.exec(command);
  expect([whole.stdout.length, whole.truncated]).toEqual([5_000_000, false]);
  let seen = 0;
  const cut = await ssh.exec(command, { maxOutputBytes: 1000, onStdout: (chunk) => (seen += chunk.length) });
  expect([cut.stdout.length, cut.truncated, cut.code, seen]).toEqual([1000, true, 0, 5_000_000]);
});

test("a character spread over two packets stays whole", async () => {
  const { ssh } = await open();
  const { stdout } = await ssh.exec("printf '\\303'; sleep 0.1; printf '\\274'");
  expect(stdout).toBe("ü");
});

test("output is passed on while the command runs", async () => {
  const { ssh } = await open();
  let first: () => void;
  const seen = new Promise<void>((resolve) => (first = resolve));
  const running = ssh.exec("echo now; cat >/dev/null; echo later", {
    stdin: Readable.from(
      (async function* () {
        await seen;
        yield "go on";
      })(),
    ),
    onStdout: () => first(),
  });
  expect((await running).stdout).toBe("now\nlater\n");
});

test("a connection dropped while a command runs is lost, never success", async () => {
  const { it, ssh } = await open();
  const result = await ssh.exec("echo begun; sleep 30", { onStdout: () => it.drop() });
  expect(result).toMatchObject({ stdout: "begun\n", code: null, signal: null, lost: true });
  expect(ssh.isAlive).toBe(false);
});

test("a channel that closes without an exit status is lost, never success", async () => {
  const { ssh } = await open({ noExitStatus: true });
  expect(await ssh.exec("true")).toMatchObject({ code: null, lost: true });
});

test("a time-out and a cancellation stop the waiting and leave the connection usable", async () => {
  const { ssh } = await open();
  expect(await ssh.exec("sleep 30", { timeoutMs: 50 })).toMatchObject({
    timedOut: true,
    code: null,
    lost: false,
  });
  const control = new AbortController();
  const running = ssh.exec("echo begun; sleep 30", {
    signal: control.signal,
    onStdout: () => control.abort(),
  });
  expect(await running).toMatchObject({ aborted: true, code: null, lost: false, stdout: "begun\n" });
  expect((await ssh.exec("echo fine")).stdout).toBe("fine\n");
});

test("a time-out also ends the wait for a silent connection", async () => {
  const it = await server({ open: true });
  const relay = keep(await startTcpRelay(it.port));
  const knownHosts = it.knownHosts.replaceAll(`:${it.port}`, `:${relay.port}`);
  const ssh = await connection(settingsFor({ port: relay.port, knownHosts }));
  relay.freeze();
  expect(await ssh.exec("true", { timeoutMs: 50 })).toMatchObject({ timedOut: true, code: null });
});

test("a signal that is aborted already starts nothing", async () => {
  const { it, ssh } = await open();
  expect(await ssh.exec("true", { signal: AbortSignal.abort() })).toMatchObject({ aborted: true });
  expect(it.commands).toEqual([]);
});

test("at most eight commands at a time; the rest wait their turn", async () => {
  const { it, ssh } = await open();
  const results = await Promise.all(Array.from({ length: 30 }, (_, n) => ssh.exec(`sleep 0.02; echo ${n}`)));
  expect(results.map(({ stdout }) => Number(stdout))).toEqual(results.map((_, n) => n));
  expect(it.mostCommands).toBe(8);
});

test("cancelled in line, a command never starts, and the others go on", async () => {
  const { it, ssh } = await open();
  const control = new AbortController();
  const first = Array.from({ length: 8 }, () => ssh.exec("sleep 0.2"));
  const cancelled = ssh.exec("echo cancelled", { signal: control.signal });
  const last = ssh.exec("echo last");
  control.abort();
  expect(await cancelled).toMatchObject({ aborted: true });
  expect((await last).stdout).toBe("last\n");
  await Promise.all(first);
  expect(it.commands).not.toContain("echo cancelled");
});

test("a server that runs no commands", async () => {
  const { ssh } = await open({ refuseExec: true });
  await expect(ssh.exec("true")).rejects.toMatchObject({ kind: "refused" });
});

test("after close, and with a NUL byte, nothing is sent", async () => {
  const { it, ssh } = await open();
  await expect(ssh.exec("echo a\0b")).rejects.toThrow(/NUL/);
  await ssh.close();
  await expect(ssh.exec("true")).rejects.toMatchObject({ kind: "unreachable" });
  expect(it.commands).toEqual([]);
});
