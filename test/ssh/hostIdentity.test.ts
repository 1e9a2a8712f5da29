import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { identityCommand, isSameMachine, parseIdentity } from "../../provider/ssh/hostIdentity";
import { NodeConnection, type NodeConnectionOptions } from "../../provider/ssh/nodeConnection";
import { settingsFor, useServers } from "../support/connections";
import { keyPair, type TestServerOptions } from "../support/sshServer";
import { startTcpRelay } from "../support/tcpRelay";

const { server, keep } = useServers();
const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

interface Given {
  machineId?: string;
  bootId?: string;
  uptime?: number;
}

/** A machine that says so of itself: `cat` and `uname` of its own, in front of the real ones. */
function machine(
  name: string,
  { machineId = `id-of-${name}`, bootId = `boot-of-${name}`, uptime = 9e6 }: Given,
) {
  const folder = mkdtempSync(join(tmpdir(), "identity-"));
  folders.push(folder);
  const files: Record<string, string> = {
    "/etc/machine-id": machineId,
    "/proc/sys/kernel/random/boot_id": bootId,
    "/proc/uptime": `${uptime} ${uptime}`,
  };
  const cases = Object.entries(files).map(([path, text]) => `${path}) [ -n "${text}" ] && echo "${text}" ;;`);
  const programs = { cat: `case $1 in ${cases.join(" ")} *) exit 1 ;; esac`, uname: `echo ${name}` };
  for (const [program, text] of Object.entries(programs)) {
    writeFileSync(join(folder, program), `#!/bin/sh\n${text}\n`);
    chmodSync(join(folder, program), 0o755);
  }
  return { PATH: `${folder}${delimiter}${process.env["PATH"]}` };
}

/** Two machines behind one address, the first one reached first. */
async function twoMachines(one: Given, other: Given, options: TestServerOptions = {}) {
  const hostKeys = [keyPair().private];
  const first = await server({ open: true, hostKeys, env: machine("backend-1", one) });
  const second = await server({ open: true, hostKeys, env: machine("backend-2", other), ...options });
  const relay = keep(await startTcpRelay(first.port));
  const knownHosts = [first, second]
    .map((each) => each.knownHosts.replaceAll(`:${each.port}`, `:${relay.port}`))
    .join("");
  const connect = (more: NodeConnectionOptions = {}, insecureIgnoreHostKey = false) =>
    keep(
      new NodeConnection(settingsFor({ port: relay.port, knownHosts }, { insecureIgnoreHostKey }), {
        ...{ sleep: async () => {}, identify: true, ...more },
      }),
    );
  const move = async (node: NodeConnection) => {
    relay.leadTo(second.port);
    relay.drop();
    while (node.isAlive) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  return { first, second, relay, connect, move };
}

const ran = (commands: readonly string[]) => commands.filter((each) => each !== identityCommand);

describe("each further connection shows first that it reached the same machine", () => {
  test("another machine answers: nothing is run there, and the error says who it is", async () => {
    const { second, connect, move } = await twoMachines({}, {});
    const node = connect();
    await node.exec("echo here");
    await move(node);
    await expect(node.exec("echo there")).rejects.toMatchObject({
      kind: "otherMachine",
      transient: false,
      message: expect.stringMatching(
        /: backend-2 \(machine id id-of-backen\) answers in place of backend-1 \(machine id id-of-backen\)\. Nothing was run there\. Give each machine by its own address, not by a VIP/,
      ) as string,
    });
    expect(ran(second.commands)).toEqual([]);
  });

  test("uploads and what runs as root, too", async () => {
    const { second, connect, move } = await twoMachines({}, {});
    const node = connect();
    await node.exec("true");
    await move(node);
    await expect(node.execAsRoot("true")).rejects.toMatchObject({ kind: "otherMachine" });
    const upload = node.upload(__filename, "/tmp/nowhere/file", { sha256: "0".repeat(64) });
    await expect(upload).rejects.toMatchObject({ kind: "otherMachine" });
    expect(ran(second.commands)).toEqual([]);
  });

  test("a clone with the same machine id, up since long before", async () => {
    const { second, connect, move } = await twoMachines({ machineId: "clone" }, { machineId: "clone" });
    const node = connect();
    await node.exec("true");
    await move(node);
    await expect(node.exec("true")).rejects.toMatchObject({ kind: "otherMachine" });
    expect(ran(second.commands)).toEqual([]);
  });

  test("another host key, though that is known too: before any login", async () => {
    const { second, connect, move } = await twoMachines({}, {}, { hostKeys: [keyPair().private] });
    for (const insecure of [false, true]) {
      const node = connect({}, insecure);
      await node.exec("true").catch((error: Error) => expect(insecure).toBe(error.message));
      await move(node);
      await expect(node.exec("true")).rejects.toMatchObject({
        kind: "otherMachine",
        message: expect.stringContaining("its host key is SHA256:") as string,
      });
      expect([second.commands, second.logins]).toEqual([[], []]);
      break;
    }
  });

  test("rebooted, or a machine that cannot tell: as before", async () => {
    const { second, connect, move } = await twoMachines({ machineId: "m" }, { machineId: "m", uptime: 3 });
    const node = connect();
    await node.exec("true");
    await move(node);
    expect((await node.exec("echo up again")).stdout).toBe("up again\n");
    expect(ran(second.commands)).toEqual(["echo up again"]);
  });

  test("the first connection waits for nothing, and is dialled once", async () => {
    const { first, connect } = await twoMachines({}, {});
    const node = connect();
    await Promise.all([node.exec("echo 1"), node.exec("echo 2")]);
    expect([first.connections, first.commands.includes(identityCommand)]).toEqual([1, true]);
  });
});

describe("a host that leads to several machines", () => {
  test("a second connection tells", async () => {
    const { second, relay, connect } = await twoMachines({}, {});
    const node = connect();
    await node.exec("true");
    expect(await node.otherMachine()).toBeNull();
    relay.leadTo(second.port);
    expect(await node.otherMachine()).toBe(
      "backend-1 (machine id id-of-backen), then backend-2 (machine id id-of-backen)",
    );
    expect(node.isAlive).toBe(true);
  });
});

describe("a name", () => {
  test("keeps the address that it stood for", async () => {
    const it = await server({ open: true });
    const knownHosts = it.knownHosts.replaceAll("127.0.0.1", "localhost");
    const node = keep(
      new NodeConnection({ ...settingsFor({ port: it.port, knownHosts }), host: "localhost" }),
    );
    expect(node.address).toBeNull();
    await node.exec("true");
    expect(node.address).toBe("127.0.0.1");
  });
});

describe("what a machine says of itself", () => {
  const said = (line: string) => parseIdentity(`a banner\n${line}\n`, 5);

  test("behind whatever the login shell prints", () => {
    expect(said("pulumi-chef-backend-identity|abc|b-1|17.25 30.1|node-1|")).toEqual({
      ...{ machineId: "abc", bootId: "b-1", uptime: 17.25, name: "node-1", at: 5 },
    });
    expect(said("pulumi-chef-backend-identity||b-1||node-1|")).toMatchObject({ machineId: "", uptime: null });
    expect(said("pulumi-chef-backend-identity||||node-1|")).toBeNull();
    expect(parseIdentity("no end of a line pulumi-chef-backend-identity|m|b||n|", 5)).toMatchObject({
      machineId: "m",
    });
    expect(said("nothing")).toBeNull();
  });

  const was = { machineId: "m", bootId: "b", uptime: 1000, name: "n", at: 0 };
  test.each([
    ["the same boot", {}, true],
    ["rebooted since", { bootId: "c", uptime: 20, at: 60_000 }, true],
    ["a clone, up since before", { bootId: "c", name: "o", uptime: 1000, at: 60_000 }, false],
    ["a container that was started again, with its host's uptime", { bootId: "c", at: 60_000 }, true],
    ["another boot, and no uptime", { bootId: "c", uptime: null }, true],
    ["another machine id", { machineId: "o" }, false],
    ["no machine id by now", { machineId: "" }, true],
  ])("%s", (_what, change, same) => expect(isSameMachine(was, { ...was, ...change })).toBe(same));
});
