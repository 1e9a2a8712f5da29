/**
 * What login shells, sudoers and sshd's own settings do to a command: OpenSSH's real server, the real sudo with PAM.
 * What each login shell does with every hostile string is in loginShells.full.test.ts.
 */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Secret } from "../../provider/secrets/secret";
import type { ConnectionSettings } from "../../provider/ssh/settings";
import type { Account } from "../support/accounts";
import { useServers } from "../support/connections";
import { given, programs, root } from "../support/needs";
import { openSsh, startSshd, temporaryFolder, type Sshd } from "../support/openssh";

const password = "pa'ss w!rd $x";
const bash = "/bin/bash";
const ended =
  /^node .*: the login shell of user \S+ ended with status (\d+) before the command began, and printed (.*): its startup/;

/** Startup files that do not let a command through, and what the error has to say: status, and what was printed. */
const endings: Readonly<Record<string, readonly [string, Record<string, string>, string, string]>> = {
  exits: [bash, { ".bashrc": "exit\n" }, "0", "nothing"],
  greets: [bash, { ".bashrc": "echo no commands here; exit 3\n" }, "3", '"no commands here"'],
  fish: [bash, { ".bashrc": "exec fish\n" }, "0", "nothing"],
  zsh: [bash, { ".bashrc": "exec zsh\n" }, "0", "nothing"],
  tcsh: ["/bin/tcsh", { ".tcshrc": "exec bash\n" }, "0", "nothing"],
  zshenv: ["/bin/zsh", { ".zshenv": "exit\n" }, "0", "nothing"],
  config: ["/usr/bin/fish", { ".config/fish/config.fish": "exec sh\n" }, "0", "nothing"],
  nologin: ["/usr/sbin/nologin", {}, "1", '"This account is currently not available."'],
  path: [bash, { ".bashrc": "PATH=/nowhere\n" }, "127", '"bash: line 1: sh: command not found"'],
};
/** Startup files that make noise, or say another exit status than the command's. */
const noises: Readonly<Record<string, string>> = {
  noisy: "echo welcome; echo mind the gap >&2\n",
  junk: "yes junk | head -c 3000000; yes junk | head -c 3000000 >&2\n",
  traced: "set -vx\n",
  trap: "trap 'exit 0' EXIT\n",
  slow: "sleep 3\n",
};
/** sudoers of a user, and what has to come of it. */
const sudoers: Readonly<Record<string, readonly [string, RegExp | "works"]>> = {
  noexecDefault: ["Defaults:USER noexec\nUSER ALL=(ALL) NOPASSWD: ALL", /NOEXEC in sudoers.*the tag EXEC/],
  noexecTag: ["USER ALL=(ALL) NOPASSWD: NOEXEC: ALL", /NOEXEC in sudoers/],
  noexecAsks: ["USER ALL=(ALL) NOEXEC: ALL", /NOEXEC in sudoers/],
  requiretty: ["Defaults:USER requiretty\nUSER ALL=(ALL) ALL", /sudo wants a terminal \(requiretty/],
  notAllowed: ["USER ALL=(ALL) /bin/ls", /is not allowed to become root/],
  usePty: ["Defaults:USER use_pty\nUSER ALL=(ALL) ALL", "works"],
  logOutput: ["Defaults:USER log_output, iolog_dir=LOG\nUSER ALL=(ALL) ALL", "works"],
  logInput: ["Defaults:USER log_input, log_output, use_pty, iolog_dir=LOG\nUSER ALL=(ALL) ALL", "works"],
  securePath: ["Defaults:USER secure_path=/usr/bin\\:/bin\nUSER ALL=(ALL) ALL", "works"],
  lecture: ["Defaults:USER lecture=always, insults\nUSER ALL=(ALL) ALL", "works"],
  intercept: ["Defaults:USER intercept\nUSER ALL=(ALL) ALL", "works"],
  onlySh: ["USER ALL=(ALL) /bin/sh, /usr/bin/sh", "works"],
};
/** ForceCommand of a user. */
const forced: Readonly<Record<string, string>> = {
  asAsked: `exec sh -c "$SSH_ORIGINAL_COMMAND"`,
  alwaysZero: `sh -c "$SSH_ORIGINAL_COMMAND"; exit 0`,
  alwaysOne: `sh -c "$SSH_ORIGINAL_COMMAND"; exit 1`,
  merged: `exec sh -c "$SSH_ORIGINAL_COMMAND" 2>&1`,
  other: `echo this account only makes backups`,
};

const needs = programs("tcsh fish zsh sudo openssl", "tcsh", "fish", "zsh", "sudo", "openssl");
given("OpenSSH with accounts of its own", root, openSsh, needs).describe("field, section 7", () => {
  const { connection, keep } = useServers();
  let sshd: Sshd;
  let folder: string;
  beforeAll(async () => {
    delete process.env["SSH_AUTH_SOCK"];
    folder = temporaryFolder();
    const free = (name: string) => `${name} ALL=(ALL) NOPASSWD: ALL`;
    const accounts: Account[] = [
      ...Object.entries(endings).flatMap(([name, [shell, home]]): Account[] => [
        { name: `${name}-root`, shell, home, root: true },
        { name: `${name}-free`, shell, home, sudoers: free(`${name}-free`) },
        { name: `${name}-asks`, shell, home, password },
      ]),
      ...Object.entries(noises).flatMap(([name, text]): Account[] => [
        { name: `${name}-root`, shell: bash, home: { ".bashrc": text }, root: true },
        { name: `${name}-free`, shell: bash, home: { ".bashrc": text }, sudoers: free(`${name}-free`) },
      ]),
      {
        name: "reads-asks",
        shell: bash,
        home: { ".bashrc": "cat > /dev/null\n" },
        sudoers: "reads-asks ALL=(ALL) ALL",
        password,
      },
      ...Object.entries(sudoers).map(([name, [text]]) => {
        const lines = text.replaceAll("USER", name).replaceAll("LOG", join(folder, "log"));
        return { name, shell: bash, sudoers: lines, password };
      }),
      ...Object.keys(forced).map((name) => ({ name, shell: bash, root: true })),
    ];
    const matches = Object.entries(forced).map(
      ([name, line]) => `Match User ${name}\nForceCommand ${line}\n`,
    );
    sshd = await startSshd(`Banner /etc/services\n${matches.join("")}`, accounts);
  });
  afterAll(async () => {
    await sshd.close();
    rmSync(folder, { recursive: true });
  });
  const login = (user: string, more: Partial<ConnectionSettings> = {}): ConnectionSettings => ({
    host: "127.0.0.1",
    port: sshd.port,
    user,
    privateKey: new Secret(readFileSync(sshd.userKey, "utf8")),
    knownHosts: sshd.knownHosts,
    perDialTimeout: 60,
    ...(user.endsWith("-free") ? { sudo: true } : {}),
    ...(user.endsWith("-asks") ? { sudo: true, sudoPassword: new Secret(password) } : {}),
    ...more,
  });
  const works = async (settings: ConnectionSettings) => {
    const ssh = await connection(settings);
    expect(await ssh.execAsRoot("id -u; echo 'it is!' >&2; exit 5")).toMatchObject({
      stdout: expect.stringMatching(/(^|\n)0\n$/),
      stderr: "it is!\n",
      code: 5,
      lost: false,
    });
    const stdin = "exit 9\ninput";
    expect((await ssh.execAsRoot("cat", { stdin })).stdout).toMatch(/(^|\n)exit 9\ninput$/);
  };
  const refused = async (settings: ConnectionSettings, script = "id") =>
    (await connection(settings)).execAsRoot(script).then(
      (result) => Promise.reject(new Error(`it ran: ${JSON.stringify(result)}`)),
      (error: Error) => error,
    );

  describe("a profile that execs another shell or exits: the login shell ended, and what it printed", () => {
    test.each(Object.keys(endings))("%s, as root and through sudo", async (name) => {
      const [, , status, printed] = endings[name]!;
      for (const user of [`${name}-root`, `${name}-free`]) {
        const error = await refused(login(user));
        expect(error).toMatchObject({ kind: "refused" });
        expect(ended.exec(error.message)?.slice(1)).toEqual([status, printed]);
      }
    });

    test("the shell in its place gets no password, and no bytes of a package for commands", async () => {
      const traces = ["fish-asks", "zsh-root"].map((user) => [user, join(folder, `trace-${user}`)] as const);
      await Promise.all(
        traces.map(async ([user, trace]) => {
          const stdin = `touch ${trace}\n`;
          const given = { sudoPassword: new Secret(`touch ${trace}`) };
          const ssh = await connection(login(user, user.endsWith("-asks") ? given : {}));
          await expect(ssh.execAsRoot("cat", { stdin })).rejects.toThrow(ended);
          expect(existsSync(trace)).toBe(false);
        }),
      );
    }, 200_000);

    test("one that reads standard input to its end, which comes when a minute is over", async () => {
      expect(await refused(login("reads-asks"))).toMatchObject({
        kind: "refused",
        message: expect.stringMatching(/more than 60 s.*standard input/),
      });
    }, 200_000);

    test.each(Object.keys(noises))("known good: %s", async (name) => {
      await works(login(`${name}-root`));
      await works(login(`${name}-free`));
    });
  });

  describe("sudo", () => {
    test.each(Object.entries(sudoers))("%s", async (user, [, expected]) => {
      const settings = login(user, { sudo: true, sudoPassword: new Secret(password) });
      if (expected === "works") return works(settings);
      expect(await refused(settings)).toMatchObject({
        kind: "sudo",
        message: expect.stringMatching(expected),
      });
    });
  });

  describe("ForceCommand, and other restrictions of sshd", () => {
    test("known good: the command as it was asked for; MaxSessions 1; a long banner", async () => {
      await works(login("asAsked"));
      const one = keep(await startSshd("MaxSessions 1"));
      const privateKey = new Secret(readFileSync(one.userKey, "utf8"));
      const settings = login(one.user, { port: one.port, knownHosts: one.knownHosts, privateKey });
      await works(settings);
      const ssh = await connection(settings);
      for (let n = 0; n < 20; n++) expect((await ssh.execAsRoot(`exit ${n}`)).code).toBe(n);
    });

    test("one that always ends with 0, or with 1: the status is the script's", async () => {
      for (const user of ["alwaysZero", "alwaysOne"]) {
        const ssh = await connection(login(user));
        for (const code of [0, 1, 7])
          expect(await ssh.execAsRoot(`exit ${code}`)).toMatchObject({ code, lost: false });
        // Nobody knows how that one ended.
        expect(await ssh.execAsRoot("echo begun; kill -9 $$")).toMatchObject({
          stdout: "begun\n",
          code: null,
          lost: true,
        });
      }
    });

    test("one that runs something else, and one that mixes the streams, are told", async () => {
      expect((await refused(login("other"))).message).toMatch(/printed "this account only makes backups"/);
      expect((await refused(login("merged"))).message).toMatch(
        /arrives on standard output: check ForceCommand/,
      );
    });
  });
});
