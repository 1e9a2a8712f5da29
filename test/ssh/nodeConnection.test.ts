import { Secret } from "../../provider/secrets/secret";
import { NodeConnection } from "../../provider/ssh/nodeConnection";
import type { ConnectionSettings } from "../../provider/ssh/settings";
import { settingsFor, useServers } from "../support/connections";
import { startTcpRelay } from "../support/tcpRelay";

const { server, keep } = useServers();
const sleep = async () => {};
const nodeFor = (settings: ConnectionSettings) => keep(new NodeConnection(settings, { sleep }));
const until = async (condition: () => boolean) => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
};

test("nothing is dialled before the first use, and then once for all", async () => {
  const it = await server({ open: true });
  const node = nodeFor(settingsFor(it));
  expect([it.connections, node.isAlive]).toEqual([0, false]);
  const results = await Promise.all(Array.from({ length: 20 }, (_, n) => node.exec(`echo ${n}`)));
  expect(results.every(({ code }) => code === 0)).toBe(true);
  expect([it.connections, node.isAlive]).toEqual([1, true]);
});

test("a connection found dead is dialed again by the next use", async () => {
  const it = await server({ open: true });
  const node = nodeFor(settingsFor(it));
  await node.exec("true");
  it.drop();
  await until(() => !node.isAlive);
  expect((await node.exec("echo again")).stdout).toBe("again\n");
  expect(it.connections).toBe(2);
});

test("dropped in the same moment, before it is known: nothing started, so it is dialed again", async () => {
  const it = await server({ open: true });
  const node = nodeFor(settingsFor(it));
  await node.exec("true");
  it.drop();
  expect(node.isAlive).toBe(true);
  expect((await node.exec("echo again")).stdout).toBe("again\n");
  expect(it.commands).toEqual(["true", "echo again"]);
});

test("what may have started is not run again", async () => {
  const it = await server({ open: true });
  const node = nodeFor(settingsFor(it));
  const result = await node.exec("echo begun; sleep 30", { onStdout: () => it.drop() });
  expect(result).toMatchObject({ lost: true, code: null });
  expect(it.commands).toHaveLength(1);
});

test("a silent connection: asked-for but unanswered commands are never doubled", async () => {
  const it = await server({ open: true });
  const relay = keep(await startTcpRelay(it.port));
  const knownHosts = it.knownHosts.replaceAll(`:${it.port}`, `:${relay.port}`);
  const settings = settingsFor({ port: relay.port, knownHosts }, { perDialTimeout: 0.5, dialErrorLimit: 1 });
  const node = keep(new NodeConnection(settings, { sleep, keepAlive: { intervalMs: 30, count: 3 } }));
  await node.exec("true");
  relay.freeze();
  await expect(node.exec("echo never")).rejects.toMatchObject({ kind: "unreachable" });
  expect(it.commands).toEqual(["true"]);
});

test("a refused login is remembered: ten users of a node cost one attempt", async () => {
  const it = await server({ password: "right" });
  const node = nodeFor(settingsFor(it, { password: new Secret("wrong") }));
  for (let round = 0; round < 2; round++) {
    const results = await Promise.allSettled(Array.from({ length: 5 }, () => node.exec("true")));
    expect(results.every((result) => result.status === "rejected")).toBe(true);
  }
  expect(it.logins).toEqual(["none", "password"]);
});

test("a failed dial is not remembered", async () => {
  const it = await server({ open: true, refuseFirst: 1 });
  const node = nodeFor(settingsFor(it, { dialErrorLimit: 1 }));
  await expect(node.exec("true")).rejects.toMatchObject({ kind: "unreachable" });
  expect((await node.exec("true")).code).toBe(0);
});

test("a machine that stays away: shown for a moment and not kept, then one dial for each use, until it answers", async () => {
  const it = await server({ open: true, refuseFirst: 5 });
  const [lines, shown]: [string[], string[]] = [[], []];
  const options = {
    sleep,
    log: (line: string) => lines.push(line),
    retry: (line: string) => shown.push(line),
  };
  const node = keep(new NodeConnection(settingsFor(it, { dialErrorLimit: 3 }), options));
  for (const dials of [3, 4, 5]) {
    await expect(node.exec("true")).rejects.toMatchObject({ kind: "unreachable" });
    expect(it.connections).toBe(dials);
  }
  expect(lines).toEqual([]);
  expect(shown).toEqual([1, 2].map((dial) => expect.stringContaining(`dial ${dial} failed`)));
  expect((await node.exec("true")).code).toBe(0);
});

test("one cancelled user leaves the dial to the others", async () => {
  const it = await server({ open: true });
  const node = nodeFor(settingsFor(it));
  const control = new AbortController();
  const cancelled = node.exec("echo cancelled", { signal: control.signal });
  const other = node.exec("echo other");
  control.abort();
  expect(await cancelled).toMatchObject({ aborted: true });
  expect((await other).stdout).toBe("other\n");
  expect(it.commands).toEqual(["echo other"]);
});

test("close ends a dial under way, and refuses later uses", async () => {
  const it = await server({ blackHole: true });
  const node = nodeFor(settingsFor(it));
  const waiting = node.exec("true");
  const refused = expect(waiting).rejects.toMatchObject({ kind: "aborted" });
  await until(() => it.connections > 0);
  await node.close();
  await refused;
  await expect(node.exec("true")).rejects.toMatchObject({ kind: "aborted" });
});
