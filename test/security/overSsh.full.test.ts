/** The hostile strings through the real SSH client: to the lab's nodes, with their sudo, and to an OpenSSH server. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Lab, startLab } from "../../lab/lab";
import { ShellMachine } from "../../provider/gate/shellMachine";
import { realClock } from "../../provider/machine/clock";
import { Secret } from "../../provider/secrets/secret";
import { quote } from "../../provider/shell/quote";
import { NodeConnection } from "../../provider/ssh/nodeConnection";
import { plainText } from "../../provider/values/plainText";
import { startSshd, withOpenSsh } from "../support/openssh";
import { cannotBeSent, hostileStrings } from "./hostileStrings";

// One for each user: passwords that sudo can read, every sixth of them.
const passwords = hostileStrings("touch /hostile-canary")
  .filter((text) => !/[\0\r\n\p{Cs}]/u.test(text) && text !== "")
  .filter((_text, index) => index % 6 === 0);

test("enough passwords", () => expect(passwords.length).toBeGreaterThan(25));

describe("the lab's nodes", () => {
  let lab: Lab;
  let canary: string;
  let all: string[];
  const open: NodeConnection[] = [];
  beforeAll(async () => {
    const users = passwords.map((sudoPassword, index) => [
      `user${index}`,
      { sudo: "password" as const, sudoPassword },
    ]);
    lab = await startLab({ users: { root: {}, ...Object.fromEntries(users) }, scale: 30 });
    canary = join(lab.folder, "canary");
    // The lab's SSH server takes no request of more than 35,000 bytes; OpenSSH, below, gets the long ones too.
    all = hostileStrings(`touch ${canary}`).filter((text) => !cannotBeSent(text) && text.length < 200);
  });
  afterAll(async () => {
    for (const each of open) await each.close();
    await lab.stop();
  });
  afterEach(() => expect([existsSync(canary), existsSync("/hostile-canary")]).toEqual([false, false]));

  const connect = (more: object = {}): NodeConnection => {
    const { host, port } = lab.node("backend-1");
    const login = { host, port, user: "root", privateKey: new Secret(lab.privateKey) };
    const connection = new NodeConnection({ ...login, knownHosts: lab.knownHosts, ...more });
    open.push(connection);
    return connection;
  };

  test("every string as an argument of a job and of a fact, as record and as kept file", async () => {
    const machine = new ShellMachine("backend-1", connect(), realClock);
    const { stateFolder } = lab.node("backend-1");
    expect(await machine.takeLock({ run: "r", owner: all[0]!, process: all[1]! })).toBeNull();
    const show = ["sh", "-c", 'for one do printf "%s\\000" "$one"; done', "sh"];
    await machine.startJob("r", { id: "all", commands: [[...show, ...all]] });
    const end = await machine.followJob("r", "all", { deadline: realClock.now() + 60_000 });
    expect(end).toMatchObject({ state: "ended", code: 0 });
    const output = readFileSync(join(stateFolder, "lock/r/jobs/all/output"), "utf8");
    expect(output.split("\0").slice(0, -1)).toEqual(all);

    const facts = all.map((text, index) => ({ name: `f${index}`, argv: ["printf", "%s", text] }));
    const read = (await machine.read(facts)).facts;
    // As plain text, framed by line ends: a CR before one is part of it.
    expect(all.map((_text, index) => read[`f${index}`]!.stdout)).toEqual(
      all.map((text) => plainText(`${text}\n`).slice(0, -1)),
    );

    for (const text of all.filter((_text, index) => index % 6 === 0)) {
      await machine.writeRecord("r", text);
      expect(readFileSync(join(stateFolder, "record"), "utf8")).toBe(`${text}\n`);
      expect(readFileSync(await machine.keepFile("r", "f", text), "utf8")).toBe(text);
    }
    // No argument of a program may be this long: a record comes by standard input.
    const long = "x".repeat(131_072);
    await machine.writeRecord("r", long);
    expect(readFileSync(join(stateFolder, "record"), "utf8")).toBe(`${long}\n`);
    await machine.releaseLock("r");
  });

  test("a sudo password, and what root then runs", async () => {
    for (const [index, password] of passwords.entries()) {
      const connection = connect({
        ...{ user: `user${index}`, sudo: true, sudoPassword: new Secret(password) },
      });
      const result = await connection.execAsRoot(`printf %s ${quote(password)}`);
      expect([result.code, result.stdout]).toEqual([0, password]);
    }
    expect(lab.sudo.wrong).toBe(0);
  });
});

withOpenSsh("an OpenSSH server, and the user's own shell behind it", () => {
  test("every string, as an argument", async () => {
    const sshd = await startSshd();
    const canary = join(sshd.folder, "canary");
    const all = hostileStrings(`touch ${canary}`).filter((text) => !cannotBeSent(text));
    const connection = new NodeConnection({
      ...{ host: "127.0.0.1", port: sshd.port, user: sshd.user, knownHosts: sshd.knownHosts },
      privateKey: new Secret(readFileSync(sshd.userKey, "utf8")),
    });
    const script = `printf '%s\\000' ${all.map(quote).join(" ")}`;
    const { stdout, code } = await connection.execAsRoot(script);
    expect(code).toBe(0);
    expect(stdout.split("\0").slice(0, -1)).toEqual(all);
    expect(existsSync(canary)).toBe(false);
    await connection.close();
    await sshd.close();
  });
});
