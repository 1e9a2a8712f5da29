/** A folder that is packed on its way, and a stream that is given up, with OpenSSH's server, the real sudo and login shells. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { ShellMachine } from "../../provider/gate/shellMachine";
import { throughUs } from "../../provider/execute/throughUs";
import { realClock } from "../../provider/machine/clock";
import { packInto } from "../../provider/machine/machine";
import { sumIn } from "../../provider/migration/moveFile";
import { Secret } from "../../provider/secrets/secret";
import { NodeConnection } from "../../provider/ssh/nodeConnection";
import type { Account } from "../support/accounts";
import { useServers } from "../support/connections";
import { given, programs, root } from "../support/needs";
import { openSsh, startSshd, temporaryFolder, type Sshd } from "../support/openssh";

const password = "canary-sudo-password";
const stateDir = "PULUMI_CHEF_BACKEND_STATE_DIR";
const accounts: Account[] = [
  { name: "its-root", shell: "/bin/bash", root: true },
  { name: "its-free", shell: "/bin/sh", sudoers: "its-free ALL=(ALL) NOPASSWD: ALL" },
  { name: "its-asks", shell: "/bin/bash", sudoers: "its-asks ALL=(ALL) ALL", password },
];

given("streams under OpenSSH and sudo", root, openSsh, programs("sudo", "sudo")).describe("over SSH", () => {
  const { keep } = useServers();
  let sshd: Sshd;
  let folder: string;

  beforeAll(async () => {
    folder = temporaryFolder();
    const first = { ...accounts[0]!, sudoers: `Defaults env_keep += ${stateDir}` };
    sshd = await startSshd(`SetEnv ${stateDir}=${join(folder, "state")}`, [first, ...accounts.slice(1)]);
  });
  afterAll(async () => {
    await sshd.close();
    rmSync(folder, { recursive: true });
  });

  test.each(accounts.map(({ name }) => name))(
    "what is packed on its way has the job's checksum; what would fill the disk is given up, and nothing of it stays (%s)",
    async (user) => {
      const ssh = keep(
        new NodeConnection({
          ...{ host: "127.0.0.1", port: sshd.port, user, knownHosts: sshd.knownHosts, perDialTimeout: 60 },
          privateKey: new Secret(readFileSync(sshd.userKey, "utf8")),
          sudo: user !== "its-root",
          sudoPassword: user === "its-asks" ? new Secret(password) : undefined,
        }),
      );
      const machine = new ShellMachine("frontend-1", ssh, realClock);
      const backup = join(folder, `${user}'s backup`);
      mkdirSync(join(backup, "empty"), { recursive: true });
      for (let at = 0; at < 300; at += 1)
        writeFileSync(
          join(backup, `${at}.json`),
          createHash("sha512").update(`${at}`).digest("hex").repeat(50),
        );
      expect(await machine.takeLock({ run: user, owner: "o", process: "p" })).toBeNull();
      await machine.startJob(user, { id: "sum", commands: [[packInto, backup, "sha256sum"]] });
      const { output } = await machine.followJob(user, "sum", { deadline: realClock.now() + 60_000 });
      const file = { name: `${user}.tar.gz`, sha256: sumIn(output)! };
      const move = (spareKiB: number) =>
        throughUs(
          "moving",
          (to) => machine.sendPacked(backup, to),
          (from) => machine.receiveFile(user, { ...file, spareKiB }, from),
          60,
          realClock,
        );
      const path = await move(1);
      const bytes = readFileSync(path);
      expect(createHash("sha256").update(bytes).digest("hex")).toBe(file.sha256);
      execFileSync("tar", ["-tzf", path]);

      const endless = new PassThrough();
      endless.write("the first of it");
      const tooLarge = { name: "too-large", sha256: "0", spareKiB: 999_999_999_999 };
      await expect(machine.receiveFile(user, tooLarge, endless)).rejects.toThrow(/have to stay free/);
      expect(readdirSync(join(path, "..")).filter((name) => name.startsWith("too-large"))).toEqual([]);
      await machine.releaseLock(user);
    },
  );
});
