import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { ShellMachine } from "../../provider/gate/shellMachine";
import { realClock } from "../../provider/machine/clock";
import { Secret } from "../../provider/secrets/secret";
import { connect } from "../../provider/ssh/connect";
import { NodeConnection } from "../../provider/ssh/nodeConnection";
import { rootCommand } from "../../provider/ssh/sudo";
import { targetOf, type ConnectionSettings } from "../../provider/ssh/settings";
import { settingsFor, useServers } from "../support/connections";
import { fakeSudo } from "../support/fakeSudo";
import { keyPair } from "../support/sshServer";

const { server, keep } = useServers();
const locked = keyPair("ed25519", "canary-passphrase");
const CANARIES = {
  password: "canary-password",
  privateKeyPassword: "canary-passphrase",
  sudoPassword: "canary-sudo",
  privateKey: locked.private,
};
/** What would give a canary away: the value, its encodings, and any line of the key's body. */
const GIVEAWAYS = Object.values(CANARIES)
  .flatMap((value) => [value, Buffer.from(value).toString("base64"), Buffer.from(value).toString("hex")])
  .concat(locked.private.split("\n").slice(1, -2));

const secrets: Partial<ConnectionSettings> = Object.fromEntries(
  Object.entries(CANARIES).map(([name, value]) => [name, new Secret(value)]),
);

/** Every way in which a thing may get printed. */
function allPrints(thing: unknown): string {
  const text = [inspect(thing, { depth: Infinity, showHidden: true, getters: true, maxStringLength: null })];
  text.push(String(thing), JSON.stringify(thing) ?? "");
  if (thing instanceof Error) text.push(thing.message, thing.stack ?? "", allPrints(thing.cause ?? ""));
  return text.join("\n");
}

function expectNoSecret(things: unknown[]): void {
  const printed = things.map(allPrints).join("\n");
  expect(GIVEAWAYS.filter((giveaway) => printed.includes(giveaway))).toEqual([]);
}

test("the search finds a canary where there is one", () => {
  expect(() => expectNoSecret([new Error("canary-sudo")])).toThrow();
  expect(() => expectNoSecret([{ deep: { er: [locked.private] } }])).toThrow();
});

test("no failure of a connection, and no line of its log, holds a secret", async () => {
  const failing: Partial<ConnectionSettings>[] = [
    { knownHosts: "" },
    { hostKey: keyPair().public },
    { hostKey: "nonsense" },
    {},
    { password: undefined },
    { privateKeyPassword: new Secret("canary-passphrase-wrong") },
    { privateKeyPassword: undefined },
    { privateKey: new Secret(locked.private.slice(0, 200)) },
    { privateKey: new Secret("canary-password") },
    { privateKey: new Secret(locked.private.replace("BEGIN", "BEGUN")) },
    { agentSocketPath: "/nonexistent" },
    { insecureIgnoreHostKey: true },
    { user: "no\0body" },
    { proxy: { host: "127.0.0.1", port: 1, ...secrets } },
  ];
  const caught: unknown[] = [];
  const log = (line: string) => void caught.push(line);
  for (const variant of failing) {
    const it = await server({ password: "another", publicKey: keyPair().public });
    const settings = settingsFor(it, { ...secrets, ...variant });
    await connect(settings, { log, retry: log, attempts: 2, sleep: async () => {} }).catch((error) =>
      caught.push(error),
    );
    caught.push(settings);
  }
  for (const options of [{ refuseFirst: 9 }, { password: "another", dropAtLogin: true }]) {
    const settings = settingsFor(await server(options), secrets);
    await connect(settings, { log, retry: log, attempts: 2, sleep: async () => {} }).catch((error) =>
      caught.push(error),
    );
  }
  expect(caught.filter((thing) => thing instanceof Error)).toHaveLength(failing.length + 2);
  expectNoSecret(caught);
});

test("no result, connection, command line or upload holds a secret", async () => {
  const folder = mkdtempSync(join(tmpdir(), "ssh-secrets-"));
  const caught: unknown[] = [];
  for (const mode of ["password", "nopasswd", "denied", "echo"] as const) {
    const sudo = keep(fakeSudo(mode, "canary-sudo"));
    const it = await server({ password: "canary-password", env: sudo.env });
    const settings = settingsFor(it, { ...secrets, sudo: true });
    const ssh = keep(await connect(settings));
    const node = keep(new NodeConnection(settings));
    const keepResult = (work: Promise<unknown>) => work.then((value) => caught.push(value), (error) => caught.push(error)); // prettier-ignore
    await keepResult(ssh.exec("env"));
    await keepResult(ssh.execAsRoot("cat; env; cat /proc/$$/cmdline /proc/$PPID/cmdline"));
    await keepResult(node.execAsRoot("cat >&2; exit 1"));
    const local = join(folder, "file");
    writeFileSync(local, "content");
    await keepResult(ssh.upload(local, join(folder, "staging", mode), { sha256: "0".repeat(64) }));
    caught.push(ssh, node, it.commands, sudo.logged());
  }
  const target = targetOf({ host: "node" }, "node");
  caught.push(rootCommand(target, { host: "node", ...secrets, sudo: true }, "true").command);
  rmSync(folder, { recursive: true });
  expectNoSecret(caught);
});

test.each(["password", "nopasswd"] as const)(
  "no text that is brought to a node is in a command line, or in sudo's arguments (%s)",
  async (mode) => {
    const sudo = keep(fakeSudo(mode, "canary-sudo"));
    const folder = mkdtempSync(join(tmpdir(), "ssh-texts-"));
    const state = join(folder, "state");
    const it = await server({ open: true, env: { ...sudo.env, PULUMI_CHEF_BACKEND_STATE_DIR: state } });
    const settings = settingsFor(it, { sudo: true, sudoPassword: new Secret("canary-sudo") });
    const machine = new ShellMachine("backend-1", keep(new NodeConnection(settings)), realClock);
    await machine.takeLock({ run: "r", owner: "o", process: "p" });
    const text = "canary-text, longer than a command line may be\n".repeat(10_000);
    const path = await machine.keepFile("r", "config", text);
    expect(readFileSync(path, "utf8")).toBe(text);
    await machine.writeRecord("r", text);
    expect(readFileSync(join(state, "record"), "utf8")).toBe(`${text}\n`);
    expect(it.commands.join("\n") + sudo.logged()).not.toContain("canary");
    rmSync(folder, { recursive: true });
  },
);
