import { EventEmitter } from "node:events";
import { Client } from "ssh2";
import { Secret } from "../../provider/secrets/secret";
import { recordedSleep, refusalOf, settingsFor, useServers } from "../support/connections";
import { startTcpRelay } from "../support/tcpRelay";

const { server, connection, keep } = useServers();

test("connections refused while sshd starts are dialed again, later and later", async () => {
  const it = await server({ open: true, refuseFirst: 4 });
  const { sleep, waits } = recordedSleep();
  const ssh = await connection(settingsFor(it), { sleep });
  expect(waits).toEqual([250, 500, 1000, 2000]);
  expect(it.connections).toBe(5);
  expect((await ssh.exec("true")).code).toBe(0);
});

test("dialErrorLimit bounds the dials, and the error says how many there were", async () => {
  const it = await server({ refuseFirst: 100 });
  const error = await refusalOf(settingsFor(it, { dialErrorLimit: 3 }), "unreachable");
  expect(it.connections).toBe(3);
  expect(error.message).toContain("(3 dials failed)");
});

test("without dialErrorLimit ten dials, the waits capped at 10 s", async () => {
  const it = await server({ refuseFirst: 100 });
  const { sleep, waits } = recordedSleep();
  await refusalOf(settingsFor(it), "unreachable", { sleep });
  expect(it.connections).toBe(10);
  expect(waits).toEqual([250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000, 10_000]);
});

test("attempts wins over dialErrorLimit", async () => {
  const it = await server({ refuseFirst: 100 });
  await refusalOf(settingsFor(it), "unreachable", { attempts: 1 });
  expect(it.connections).toBe(1);
});

test("a port where nothing listens", async () => {
  const it = await server();
  await it.close();
  const error = await refusalOf(settingsFor(it), "unreachable", { attempts: 1 });
  expect(error.message).toMatch(new RegExp(`^node 127.0.0.1:${it.port}: connection refused`));
});

test("a host whose name does not exist is not dialed again", async () => {
  const it = await server();
  const { sleep, waits } = recordedSleep();
  const error = await refusalOf(settingsFor(it, { host: "nowhere.invalid" }), "unreachable", {
    sleep,
    attempts: 2,
  });
  // Without any DNS the look-up itself fails, which may pass.
  if (error.message.includes("no host of this name")) expect(waits).toEqual([]);
});

test("a black hole ends with perDialTimeout", async () => {
  const it = await server({ blackHole: true });
  const error = await refusalOf(settingsFor(it, { perDialTimeout: 0.3 }), "unreachable", { attempts: 2 });
  expect(error.message).toContain("no answer within 0.3 s");
  expect(it.connections).toBe(2);
});

test("something that speaks no SSH", async () => {
  const { createServer } = await import("node:http");
  const web = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => web.once("listening", resolve));
  const { port } = web.address() as { port: number };
  const error = await refusalOf({ host: "127.0.0.1", port, knownHosts: "" }, "unreachable", { attempts: 1 });
  expect(error.message).toContain("before speaking SSH");
  await new Promise((resolve) => web.close(resolve));
});

test("cancelling ends a dial, and a wait between dials", async () => {
  const hole = await server({ blackHole: true });
  const during = new AbortController();
  setTimeout(() => during.abort(), 50);
  await refusalOf(settingsFor(hole), "aborted", { signal: during.signal });

  const busy = await server({ refuseFirst: 100 });
  const between = new AbortController();
  const sleep = (_ms: number, signal?: AbortSignal) =>
    new Promise<void>((_resolve, reject) => {
      signal!.addEventListener("abort", () => reject(new Error("cancelled")));
      between.abort();
    });
  await refusalOf(settingsFor(busy), "aborted", { signal: between.signal, sleep });

  await refusalOf(settingsFor(busy), "aborted", { signal: AbortSignal.abort() });
});

test("keep-alives find a connection that went silent", async () => {
  const it = await server({ open: true });
  const relay = keep(await startTcpRelay(it.port));
  const known = it.knownHosts.replaceAll(`:${it.port}`, `:${relay.port}`);
  const ssh = await connection(settingsFor({ port: relay.port, knownHosts: known }), {
    keepAlive: { intervalMs: 50, count: 3 },
  });
  const running = ssh.exec("echo started; sleep 60", { onStdout: () => relay.freeze() });
  expect(await running).toMatchObject({ lost: true, code: null, signal: null });
  expect(ssh.isAlive).toBe(false);
});

test("unless told otherwise a question every 15 s, and none after the third without an answer", async () => {
  const it = await server({ open: true });
  const connect = jest.spyOn(Client.prototype, "connect");
  try {
    await connection(settingsFor(it));
    expect(connect.mock.calls.map(([config]) => config)).toMatchObject([
      { keepaliveInterval: 15_000, keepaliveCountMax: 3 },
    ]);
  } finally {
    connect.mockRestore();
  }
});

describe("through a bastion", () => {
  const secret = new Secret("node password");

  test("both host keys are verified, commands run on the node", async () => {
    const node = await server({ password: "node password", env: { WHERE: "node" } });
    const bastion = await server({ password: "bastion password", forwards: true, env: { WHERE: "bastion" } });
    const ssh = await connection(
      settingsFor(node, {
        password: secret,
        knownHosts: node.knownHosts + bastion.knownHosts,
        proxy: { host: "127.0.0.1", port: bastion.port, password: new Secret("bastion password") },
      }),
    );
    expect((await ssh.exec("echo $WHERE")).stdout).toBe("node\n");
    await ssh.close();
    expect(ssh.isAlive).toBe(false);
  });

  test("with every channel in use, and more waiting, Node warns of no leak", async () => {
    const node = await server({ open: true });
    const bastion = await server({ open: true, forwards: true });
    const proxy = { host: "127.0.0.1", port: bastion.port };
    const knownHosts = node.knownHosts + bastion.knownHosts;
    let most = 0;
    const prototype: EventEmitter = Client.prototype;
    const on = jest.spyOn(prototype, "on").mockImplementation(function (this: EventEmitter, name, listener) {
      EventEmitter.prototype.on.call(this, name, listener);
      most = Math.max(most, this.listenerCount(name));
      return this;
    });
    const ssh = await connection(settingsFor(node, { proxy, knownHosts }));
    await Promise.all(Array.from({ length: 20 }, () => ssh.exec("sleep 0.2")));
    on.mockRestore();
    expect(most).toBeLessThanOrEqual(EventEmitter.defaultMaxListeners);
  });

  test("the bastion's own refusals say that they are the bastion's", async () => {
    const node = await server({ password: "node password" });
    const bastion = await server({ password: "bastion password", forwards: true });
    const proxy = { host: "127.0.0.1", port: bastion.port, password: new Secret("wrong") };
    const known = node.knownHosts + bastion.knownHosts;

    const unknown = await refusalOf(settingsFor(node, { proxy }), "hostKeyUnknown");
    expect(unknown).toMatchObject({ hop: "bastion", address: `127.0.0.1:${bastion.port}` });
    expect(unknown.message).toContain("proxy.hostKey");
    expect(bastion.logins).toEqual([]);

    const login = await refusalOf(settingsFor(node, { proxy, knownHosts: known }), "authentication");
    expect(login.hop).toBe("bastion");
    expect(login.message).toMatch(/^bastion /);
    expect(login.message).toContain("proxy.user");
  });

  test("the node's key is verified behind an accepted bastion", async () => {
    const node = await server({ password: "node password" });
    const bastion = await server({ open: true, forwards: true });
    const proxy = { host: "127.0.0.1", port: bastion.port };
    const settings = settingsFor(node, { proxy, knownHosts: bastion.knownHosts, password: secret });
    expect((await refusalOf(settings, "hostKeyUnknown")).hop).toBe("node");
    expect(node.logins).toEqual([]);
  });

  test("a bastion that does not forward", async () => {
    const node = await server({ open: true });
    const bastion = await server({ open: true });
    const proxy = { host: "127.0.0.1", port: bastion.port };
    const settings = settingsFor(node, { proxy, knownHosts: bastion.knownHosts + node.knownHosts });
    const error = await refusalOf(settings, "unreachable", { attempts: 2 });
    expect(error.message).toContain(`bastion 127.0.0.1:${bastion.port}`);
  });

  test("a bastion that is down, or goes down between the dials", async () => {
    const node = await server({ open: true, refuseFirst: 2 });
    const bastion = await server({ open: true, forwards: true });
    const proxy = { host: "127.0.0.1", port: bastion.port };
    const settings = settingsFor(node, { proxy, knownHosts: bastion.knownHosts + node.knownHosts });
    const sleep = async () => {
      bastion.drop();
      await new Promise((resolve) => setTimeout(resolve, 20));
    };
    const ssh = await connection(settings, { sleep });
    expect((await ssh.exec("echo here")).stdout).toBe("here\n");
    expect(bastion.connections).toBeGreaterThan(1);

    await bastion.close();
    const error = await refusalOf(settings, "unreachable", { attempts: 1 });
    expect(error.hop).toBe("bastion");
  });
});
