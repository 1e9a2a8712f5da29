/**
 * What everybody on a node may read: the arguments of every program that is started there, of ours and of what we start, and sudo's log.
 * With OpenSSH's server, the real sudo and login shells; strace sees each program, however short it lives.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { ShellMachine } from "../../provider/gate/shellMachine";
import { realClock } from "../../provider/machine/clock";
import { Secret } from "../../provider/secrets/secret";
import { NodeConnection } from "../../provider/ssh/nodeConnection";
import type { Account } from "../support/accounts";
import { useServers } from "../support/connections";
import { given, programs, root } from "../support/needs";
import { openSsh, startSshd, temporaryFolder, type Sshd } from "../support/openssh";
import { until } from "../support/until";

const password = "canary-sudo-password";
const stateDir = "PULUMI_CHEF_BACKEND_STATE_DIR";
const shells = { bash: "/bin/bash", tcsh: "/bin/tcsh", fish: "/usr/bin/fish" } as const;
const ways = ["root", "free", "asks"] as const;

const accounts = Object.entries(shells).flatMap(([name, shell]): Account[] => [
  { name: `${name}-root`, shell, root: true },
  { name: `${name}-free`, shell, sudoers: `${name}-free ALL=(ALL) NOPASSWD: ALL` },
  { name: `${name}-asks`, shell, sudoers: `${name}-asks ALL=(ALL) ALL`, password },
]);

const needs = programs(
  "strace tcsh fish sudo openssl curl",
  "strace",
  "tcsh",
  "fish",
  "sudo",
  "openssl",
  "curl",
);

/** A container may forbid it. */
const traces = () =>
  spawnSync("strace", ["-o", "/dev/null", "true"]).status === 0 ? null : "strace may not trace here";

given("process lists under OpenSSH and sudo", root, openSsh, needs, traces).describe(
  "to other users of a node",
  () => {
    const { keep } = useServers();
    let sshd: Sshd;
    let folder: string;
    let strace: ChildProcess;
    const at = (name: string) => join(folder, name);

    beforeAll(async () => {
      folder = temporaryFolder();
      const logged = [
        `logfile=${at("sudo.log")}`,
        "loglinelen=0",
        "log_output",
        `iolog_dir=${at("sudo-io")}`,
      ];
      const first = { ...accounts[0]!, sudoers: [...logged, `env_keep += ${stateDir}`].map((each) => `Defaults ${each}`).join("\n") }; // prettier-ignore
      sshd = await startSshd(`SetEnv ${stateDir}=${at("state")}`, [first, ...accounts.slice(1)]);
      const pid = readdirSync("/proc").find((each) => /^\d+$/.test(each) && commandOf(each).includes(`-f ${sshd.folder}`)); // prettier-ignore
      const options = ["-f", "-e", "trace=execve", "-s", "1000000", "-v", "-o", at("started"), "-p", pid!];
      strace = spawn("strace", options, { stdio: ["ignore", "ignore", "pipe"] });
      let said = "";
      strace.stderr!.on("data", (chunk) => (said += chunk));
      await until(() => said.includes("attached"));
    });
    afterAll(async () => {
      strace.kill();
      await sshd.close();
      rmSync(folder, { recursive: true });
    });

    test.each(Object.keys(shells).flatMap((shell) => ways.map((way) => [shell, way] as const)))(
      "no arguments of a program and no log of sudo have a text, a URL or a file that is brought there (%s, %s)",
      async (shell, way) => {
        const ssh = keep(
          new NodeConnection({
            ...{ host: "127.0.0.1", port: sshd.port, user: `${shell}-${way}`, knownHosts: sshd.knownHosts },
            privateKey: new Secret(readFileSync(sshd.userKey, "utf8")),
            perDialTimeout: 60,
            sudo: way !== "root",
            sudoPassword: way === "asks" ? new Secret(password) : undefined,
          }),
        );
        const machine = new ShellMachine("backend-1", ssh, realClock);
        const run = `${shell}-${way}`;
        const deadline = realClock.now() + 60_000;
        const sum = (text: string) => createHash("sha256").update(text).digest("hex");
        const server = createServer((_request, response) => response.end("a package"));
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        try {
          expect(await machine.takeLock({ run, owner: "o", process: "p" })).toBeNull();
          const text = `vip 'canary-text'\n${"x\n".repeat(2000)}canary-end\n`;
          expect(readFileSync(await machine.keepFile(run, "config", text), "utf8")).toBe(text);
          await machine.writeRecord(run, "canary-record");
          expect((await machine.read([])).record).toBe("canary-record\n");
          const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/p.deb?sig=canary-url`;
          const staged = { sha256: sum("a package"), file: `${run}.deb` };
          await machine.stage(run, { kind: "download", url, ...staged }, { deadline });
          writeFileSync(at("local"), "canary-upload");
          const upload = {
            kind: "upload" as const,
            source: at("local"),
            sha256: sum("canary-upload"),
            file: `${run}-up`,
          };
          await machine.stage(run, upload, { deadline });
          const file = { name: "secret", sha256: sum("canary-file") };
          const path = await machine.receiveFile(run, file, Readable.from([Buffer.from("canary-file")]));
          const sent = new PassThrough();
          await Promise.all([
            machine.sendFile(path, sent.resume()),
            new Promise((resolve) => sent.on("end", resolve)),
          ]);
          await machine.releaseLock(run);
        } finally {
          server.close();
        }
        const started = readFileSync(at("started"), "utf8");
        // It was watched: the login shell with our command, the job, and what downloads.
        for (const seen of [`"-c", "sh -c `, "/script", `curl", "-gfsSL`]) expect(started).toContain(seen);
        expect(started.match(/.{0,60}canary/g)).toBeNull();
        if (way === "root") return;
        const log = readFileSync(at("sudo.log"), "utf8");
        expect(log).toContain("COMMAND=");
        expect(log).not.toContain("canary");
      },
    );
  },
);

const commandOf = (pid: string) => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return "";
  }
};
