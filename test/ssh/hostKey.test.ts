import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import { Secret } from "../../provider/secrets/secret";
import { fingerprint } from "../../provider/ssh/fingerprint";
import { parsePublicKeyLine } from "../../provider/ssh/publicKeyLine";
import { refusalOf, settingsFor, useServers } from "../support/connections";
import { temporaryFolder } from "../support/openssh";
import { keyPair } from "../support/sshServer";

const { server, connection } = useServers();
const password = new Secret("right password");
const print = (line: string) => fingerprint(parsePublicKeyLine(line)!.blob);

test("an unknown key is refused before anybody logs in, with fingerprint, line and field", async () => {
  const it = await server({ password: "right password" });
  const error = await refusalOf(settingsFor(it, { knownHosts: "", password }), "hostKeyUnknown");
  expect(it.logins).toEqual([]);
  expect(it.connections).toBe(1);
  const [key] = it.hostKeyLines;
  expect(error.message).toContain(print(key!));
  expect(error.message).toContain(`\n[127.0.0.1]:${it.port} ${key}\n`);
  expect(error.message).toContain("knownHosts");
  expect(error.message).toContain(`hostKey: "${key}"`);
});

test("the line that the refusal prints is the one that lets us in", async () => {
  const it = await server({ password: "right password" });
  const error = await refusalOf(settingsFor(it, { knownHosts: "", password }), "hostKeyUnknown");
  const line = error.message.split("\n").find((text) => text.startsWith("[127.0.0.1]"))!;
  await connection(settingsFor(it, { knownHosts: `${line}\n`, password }));
});

test("a changed key is refused loudly with both fingerprints", async () => {
  const it = await server({ password: "right password" });
  const old = keyPair().public;
  const knownHosts = `# header\n[127.0.0.1]:${it.port} ${old}\n`;
  const error = await refusalOf(settingsFor(it, { knownHosts, password }), "hostKeyChanged");
  expect(it.logins).toEqual([]);
  expect(error.message).toContain("man in the middle");
  expect(error.message).toContain(`${print(old)} (line 2)`);
  expect(error.message).toContain(print(it.hostKeyLines[0]!));
});

test("a revoked key is refused although it is known", async () => {
  const it = await server({ password: "right password" });
  const knownHosts = `${it.knownHosts}@revoked * ${it.hostKeyLines[0]}\n`;
  const error = await refusalOf(settingsFor(it, { knownHosts, password }), "hostKeyRevoked");
  expect(it.logins).toEqual([]);
  expect(error.message).toContain("line 2");
});

test("a matching @cert-authority line is said to be unsupported", async () => {
  const it = await server({ password: "right password" });
  const knownHosts = `@cert-authority * ${keyPair().public}\n`;
  const error = await refusalOf(settingsFor(it, { knownHosts, password }), "hostKeyUnknown");
  expect(error.message).toMatch(/@cert-authority.*not supported/);
});

describe("a server with keys of three types", () => {
  const keys = [keyPair("ed25519"), keyPair("ecdsa"), keyPair("rsa")];
  test.each([0, 1, 2])("is known by any one of them (%i)", async (index) => {
    const it = await server({ open: true, hostKeys: keys.map((key) => key.private) });
    const line = `[127.0.0.1]:${it.port} ${it.hostKeyLines[index]}\n`;
    await connection(settingsFor(it, { knownHosts: line }));
    await connection(settingsFor(it, { knownHosts: "", hostKey: it.hostKeyLines[index] }));
  });
});

describe("hostKey", () => {
  test("wins over knownHosts, both ways; a comment is allowed", async () => {
    const it = await server({ open: true });
    const other = keyPair().public;
    const wrongFile = `[127.0.0.1]:${it.port} ${other}\n`;
    await connection(settingsFor(it, { hostKey: `${it.hostKeyLines[0]} root@node`, knownHosts: wrongFile }));
    const error = await refusalOf(settingsFor(it, { hostKey: other }), "hostKeyChanged");
    expect(error.message).toContain("hostKey");
    expect(error.message).toContain(print(other));
  });

  test.each([
    ["a fingerprint", "SHA256:abc"],
    ["a known_hosts line", `node ${keyPair().public}`],
    ["nothing", ""],
    ["two lines", `${keyPair().public}\n${keyPair().public}`],
    ["a cut key", keyPair().public.slice(0, -10)],
  ])("%s is refused by name", async (_name, hostKey) => {
    const it = await server({ open: true });
    const error = await refusalOf(settingsFor(it, { hostKey }), "badHostKey");
    expect(error.message).toContain("hostKey is not an OpenSSH public key");
    expect(it.connections).toBe(0);
  });
});

test("insecureIgnoreHostKey accepts any key", async () => {
  const it = await server({ open: true });
  const ssh = await connection(settingsFor(it, { knownHosts: "", insecureIgnoreHostKey: true }));
  expect((await ssh.exec("true")).code).toBe(0);
});

test("without hostKey and knownHosts the runner's own file decides", async () => {
  const home = temporaryFolder();
  const homedir = jest.spyOn(os, "homedir").mockReturnValue(home);
  try {
    const it = await server({ open: true });
    const settings = settingsFor(it, { knownHosts: undefined });
    const error = await refusalOf(settings, "hostKeyUnknown");
    expect(error.message).toContain("~/.ssh/known_hosts");
    mkdirSync(`${home}/.ssh`);
    writeFileSync(`${home}/.ssh/known_hosts`, it.knownHosts);
    await connection(settings);
  } finally {
    homedir.mockRestore();
    rmSync(home, { recursive: true });
  }
});
