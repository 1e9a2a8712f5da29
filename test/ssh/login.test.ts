import { Secret } from "../../provider/secrets/secret";
import { recordedSleep, refusalOf, settingsFor, useServers } from "../support/connections";
import { keyPair } from "../support/sshServer";

const { server, connection } = useServers();
const password = new Secret("right password");
const wrong = new Secret("wrong password");

beforeAll(() => {
  // The runner's own agent must not help.
  delete process.env["SSH_AUTH_SOCK"];
});

test("a password", async () => {
  const it = await server({ password: "right password" });
  const ssh = await connection(settingsFor(it, { password }));
  expect(await ssh.exec("echo hello")).toMatchObject({ stdout: "hello\n", code: 0 });
  expect(it.logins).toEqual(["none", "password"]);
});

test("a wrong password is tried once, however many dials are allowed", async () => {
  const it = await server({ password: "right password" });
  const { sleep, waits } = recordedSleep();
  const error = await refusalOf(settingsFor(it, { password: wrong, dialErrorLimit: 10 }), "authentication", {
    sleep,
  });
  expect(it.logins).toEqual(["none", "password"]);
  expect(it.connections).toBe(1);
  expect(waits).toEqual([]);
  expect(error.message).toContain("user tester");
  expect(error.message).toContain("not tried again");
});

test("a connection dropped after the password was sent is not dialled again", async () => {
  const it = await server({ password: "right password", dropAtLogin: true });
  await refusalOf(settingsFor(it, { password }), "unreachable");
  expect(it.connections).toBe(1);
});

test("keyboard-interactive: one hidden prompt gets the password", async () => {
  const it = await server({ password: "right password", prompts: [{ prompt: "Password: ", echo: false }] });
  await connection(settingsFor(it, { password }));
  expect(it.logins).toEqual(["none", "keyboard-interactive"]);
});

test("keyboard-interactive: a wrong password is given once", async () => {
  const it = await server({ password: "right password", prompts: [{ prompt: "Password: ", echo: false }] });
  await refusalOf(settingsFor(it, { password: wrong }), "authentication");
  expect(it.logins).toEqual(["none", "keyboard-interactive"]);
});

test.each([
  ["two prompts", [{ prompt: "Password: ", echo: false }, { prompt: "Code: ", echo: false }]], // prettier-ignore
  ["a prompt that shows what is typed", [{ prompt: "Login: ", echo: true }]],
])("keyboard-interactive: %s get no password", async (_name, prompts) => {
  const it = await server({ password: "right password", prompts });
  const error = await refusalOf(settingsFor(it, { password }), "authentication");
  expect(error.message).toContain("one-time code");
});

describe.each(["ed25519", "ecdsa", "rsa"] as const)("a private key of type %s", (type) => {
  const plain = keyPair(type);

  test("logs in", async () => {
    const it = await server({ publicKey: plain.public });
    await connection(settingsFor(it, { privateKey: new Secret(plain.private) }));
    expect(it.logins.filter((method) => method === "password")).toEqual([]);
  });

  test("with a passphrase, Windows line ends and no last newline", async () => {
    const locked = keyPair(type, "correct horse");
    const it = await server({ publicKey: locked.public });
    const text = locked.private.trim().replaceAll("\n", "\r\n");
    const privateKeyPassword = new Secret("correct horse");
    await connection(settingsFor(it, { privateKey: new Secret(text), privateKeyPassword }));
  });
});

test("a key and a password, both wanted by the server", async () => {
  const key = keyPair();
  const it = await server({ publicKey: key.public, password: "right password", bothMethods: true });
  await connection(settingsFor(it, { privateKey: new Secret(key.private), password }));
});

test("a refused key falls back to the password that is set", async () => {
  const it = await server({ publicKey: keyPair().public, password: "right password" });
  await connection(settingsFor(it, { privateKey: new Secret(keyPair().private), password }));
  expect(it.logins).toEqual(["none", "publickey", "password"]);
});

test("nothing configured: nothing is offered, and the error says what the server wants", async () => {
  const it = await server({ password: "right password" });
  const error = await refusalOf(settingsFor(it), "authentication");
  expect(it.logins).toEqual(["none"]);
  expect(error.message).toContain("accepts password");
});

describe("keys that cannot be read name their field and are found before anything is dialled", () => {
  const locked = keyPair("ed25519", "correct horse").private;
  test.each([
    ["missing passphrase", { privateKey: locked }, /privateKey is encrypted: set privateKeyPassword/],
    [
      "wrong passphrase",
      { privateKey: locked, privateKeyPassword: "battery" },
      /privateKeyPassword is wrong/,
    ],
    ["a path", { privateKey: "/root/.ssh/id_ed25519" }, /privateKey cannot be used.*not a path/],
    ["a public key", { privateKey: keyPair().public }, /privateKey cannot be used: it holds a public key/],
    ["cut off", { privateKey: keyPair().private.slice(0, 120) }, /privateKey cannot be read: it is cut off/],
    ["empty", { privateKey: "" }, /privateKey cannot be used/],
  ])("%s", async (_name, keys, message) => {
    const it = await server({ open: true });
    const secrets = Object.fromEntries(Object.entries(keys).map(([name, text]) => [name, new Secret(text)]));
    const error = await refusalOf(settingsFor(it, secrets), "badKey");
    expect(error.message).toMatch(message);
    expect(it.connections).toBe(0);
  });
});

test("an agent that is not there: the error names the login, the log names the agent", async () => {
  const it = await server({ publicKey: keyPair().public });
  const lines: string[] = [];
  await refusalOf(settingsFor(it, { agentSocketPath: "/nonexistent/agent.sock" }), "authentication", {
    log: (line) => lines.push(line),
  });
  expect(lines.join("\n")).toMatch(/agentSocketPath\) failed/);
});

test("impossible hosts, users and ports are refused by name", async () => {
  const it = await server({ open: true });
  await expect(connection(settingsFor(it, { host: "a b" }))).rejects.toThrow(/^host: /);
  await expect(connection(settingsFor(it, { user: "" }))).rejects.toThrow(/^user: /);
  await expect(connection(settingsFor(it, { port: 70000 }))).rejects.toThrow(/^port: /);
  await expect(connection(settingsFor(it, { proxy: { host: "" } }))).rejects.toThrow(/^proxy.host: /);
});
