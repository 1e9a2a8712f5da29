/** Section 7 of what real systems do, its rows on shells and sudo, against OpenSSH's real server and the real sudo. */
import { createHash, randomBytes } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ShellMachine } from "../../provider/gate/shellMachine";
import { realClock } from "../../provider/machine/clock";
import { Secret } from "../../provider/secrets/secret";
import { quote } from "../../provider/shell/quote";
import { NodeConnection } from "../../provider/ssh/nodeConnection";
import { all } from "../security/hostileInputs";
import { cannotBeSent } from "../security/hostileStrings";
import type { Account } from "../support/accounts";
import { useServers } from "../support/connections";
import { given, programs, root } from "../support/needs";
import { openSsh, startSshd, temporaryFolder, type Sshd } from "../support/openssh";

const shells: Readonly<Record<string, string>> = {
  sh: "/bin/sh",
  bash: "/bin/bash",
  csh: "/bin/bsd-csh",
  tcsh: "/bin/tcsh",
  fish: "/usr/bin/fish",
  zsh: "/bin/zsh",
};
const needs = programs("csh tcsh fish zsh sudo openssl", "bsd-csh", "tcsh", "fish", "zsh", "sudo", "openssl");
const password = "pa'ss w!rd $x";
const stateDir = "PULUMI_CHEF_BACKEND_STATE_DIR";
const free = "ALL=(ALL) NOPASSWD: ALL";
const asks = "ALL=(ALL) ALL";

/** How somebody becomes root. */
const ways = ["root", "free", "asks", "given"] as const;
type Way = (typeof ways)[number];

const accounts = Object.entries(shells).flatMap(([name, shell]): Account[] => [
  { name: `${name}-root`, shell, root: true, sudoers: `Defaults env_keep += ${stateDir}` },
  { name: `${name}-free`, shell, sudoers: `${name}-free ${free}` },
  { name: `${name}-asks`, shell, sudoers: `${name}-asks ${asks}`, password },
  // A password is set, and sudo does not want it.
  { name: `${name}-given`, shell, sudoers: `${name}-given ${free}` },
]);

given("OpenSSH with accounts of its own", root, openSsh, needs).describe("login shells", () => {
  const { keep } = useServers();
  let sshd: Sshd;
  let folder: string;
  beforeAll(async () => {
    folder = temporaryFolder();
    sshd = await startSshd(`SetEnv ${stateDir}=${join(folder, "state")}`, accounts);
  });
  afterAll(async () => {
    await sshd.close();
    rmSync(folder, { recursive: true });
  });
  const login = (user: string, way: Way) =>
    keep(
      new NodeConnection({
        ...{ host: "127.0.0.1", port: sshd.port, user: `${user}-${way}`, knownHosts: sshd.knownHosts },
        privateKey: new Secret(readFileSync(sshd.userKey, "utf8")),
        perDialTimeout: 60,
        sudo: way !== "root",
        sudoPassword: way === "asks" || way === "given" ? new Secret(password) : undefined,
      }),
    );

  describe.each(Object.keys(shells))("%s", (shell) => {
    test.each(ways)(
      "%s: every string arrives, as an argument and as input; status and streams",
      async (way) => {
        const ssh = login(shell, way);
        const texts = all.filter((text) => !cannotBeSent(text));
        const script = `id -u; printf '%s\\0' ${texts.map(quote).join(" ")}; echo 'it is!' >&2; exit 7`;
        expect(Buffer.byteLength(script)).toBeGreaterThan(9_000);
        expect(await ssh.execAsRoot(script)).toMatchObject({
          stdout: `0\n${texts.join("\0")}\0`,
          stderr: "it is!\n",
          code: 7,
          lost: false,
        });
        const stdin = Buffer.concat([Buffer.from("exit 9\n!!\n"), randomBytes(300_000)]);
        const sum = createHash("sha256").update(stdin).digest("hex");
        expect((await ssh.execAsRoot("sha256sum", { stdin })).stdout).toBe(`${sum}  -\n`);
        expect((await ssh.execAsRoot("cat; cat >&2; echo end")).stdout).toBe("end\n");
      },
    );

    test.each(ways)("%s: an upload, and the same again", async (way) => {
      const ssh = login(shell, way);
      const data = randomBytes(1_000_000);
      const local = join(folder, "package");
      writeFileSync(local, data);
      const remote = join(folder, `staging-${shell}-${way}`, "it's a package!.rpm");
      const sha256 = createHash("sha256").update(data).digest("hex");
      expect(await ssh.upload(local, remote, { sha256 })).toMatchObject({ skipped: false });
      expect(readFileSync(remote).equals(data)).toBe(true);
      expect(await ssh.upload(local, remote, { sha256 })).toMatchObject({ skipped: true });
    });

    test.each(ways)("%s: a job with the history character, the record, a kept file, facts", async (way) => {
      const machine = new ShellMachine("backend-1", login(shell, way), realClock);
      const run = `${shell}-${way}`;
      expect(await machine.takeLock({ run, owner: "it's us!", process: "!!" })).toBeNull();
      const text = 'it\'s !$ !! !-1 {"a": "\\n"} `id` $HOME ü';
      expect(
        await machine.startJob(run, { id: "a job!", commands: [["printf", "%s!\\n", text], ["false"]] }),
      ).toBe("started");
      expect(await machine.followJob(run, "a job!", { deadline: realClock.now() + 60_000 })).toMatchObject({
        ...{ state: "ended", code: 1, output: `${text}!\n` },
      });
      await machine.writeRecord(run, text);
      expect(readFileSync(await machine.keepFile(run, "f", `${text}\n`.repeat(500)), "utf8")).toHaveLength(500 * (text.length + 1)); // prettier-ignore
      const { lock, record, facts } = await machine.read([{ name: "f", argv: ["printf", "%s", text] }]);
      expect([lock?.owner, record.trimEnd(), facts["f"]?.stdout]).toEqual(["it's us!", text, text]);
      await machine.releaseLock(run);
    });
  });
});
