import { spawn } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ClientChannel, SFTPWrapper } from "ssh2";
import { type Lab, startLab } from "../../lab/lab";
import { given, programs } from "../support/needs";
import { eventually, exec, login, ssh } from "./sshClient";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab({
    scale: 40,
    users: {
      root: {},
      chef: { password: "correct horse", sudo: "password" },
      free: { sudo: "free" },
      nobody: { sudo: "none" },
    },
  });
});
afterAll(() => lab.stop());

test("five SSH servers with keys of their own, known by the lab's known_hosts", async () => {
  expect(lab.nodes.map(({ name }) => name)).toEqual([
    "backend-1",
    "backend-2",
    "backend-3",
    "frontend-1",
    "frontend-2",
  ]);
  expect(new Set(lab.nodes.map(({ hostKey }) => hostKey)).size).toBe(5);
  expect(lab.knownHosts).toContain(
    `[127.0.0.1]:${lab.node("backend-3").port} ${lab.node("backend-3").hostKey}\n`,
  );
  const answers = await Promise.all(lab.nodes.map(({ name }) => ssh(lab, name, "hostname")));
  expect(answers.map(({ stdout }) => stdout.trim())).toEqual(lab.nodes.map(({ name }) => name));
});

test("log in by key or password, and with nothing else", async () => {
  expect(
    (await ssh(lab, "backend-1", "whoami", { username: "chef", password: "correct horse" })).stdout,
  ).toBe("chef\n");
  await expect(ssh(lab, "backend-1", "id", { username: "chef", password: "wrong" })).rejects.toThrow();
  await expect(ssh(lab, "backend-1", "id", { username: "root", password: "" })).rejects.toThrow();
  await expect(ssh(lab, "backend-1", "id", { username: "mallory" })).rejects.toThrow();
  expect(lab.node("backend-1").ssh.attempts).toContainEqual({
    user: "chef",
    method: "password",
    accepted: false,
  });
});

test("real shell: pipelines, redirections, exit statuses, the node's own files and the cluster's", async () => {
  const script = `set -e
role=$(chef-backend-ctl cluster-status | awk '$1 == "backend-1" { print $4 }')
echo "role=$role" > "$HOME/note"
cat "$HOME/note" /etc/os-release | head -2
printf '%s\\n' "$(cat < "$HOME/note")" | sha256sum - | cut -c1-4
for word in 'a b' '$x' "it's" ''; do printf '[%s]' "$word"; done; echo
exit 7`;
  const { code, stdout, stderr } = await ssh(lab, "backend-1", script);
  expect({ code, stderr }).toEqual({ code: 7, stderr: "" });
  expect(stdout.split("\n")).toEqual([
    "role=leader",
    'NAME="Ubuntu"',
    expect.stringMatching(/^[0-9a-f]{4}$/),
    "[a b][$x][it's][]",
    "",
  ]);
  expect((await ssh(lab, "backend-2", 'cat "$HOME/note"')).code).toBe(1);
});

test("hostile arguments reach the programs byte for byte", async () => {
  for (const word of ["a b", "-x\ny", "*", "$(id)", "`id`", "'\"", "ü→"]) {
    const { stderr } = await ssh(
      lab,
      "backend-1",
      `dpkg-query -W '${word.replaceAll("'", "'\\''")}x' </dev/null`,
    );
    expect(stderr).toBe(word.startsWith("-") ? "" : `dpkg-query: no packages found matching ${word}x\n`);
  }
});

test("the machine's package managers, init system and network tools are out of reach", async () => {
  const script =
    "for p in rpm yum apt-get systemctl systemd-run ifconfig chef-server-ctl; do command -v $p; done; command -v dpkg";
  expect((await ssh(lab, "backend-1", script)).stdout).toBe(`${lab.node("backend-1").folder}/bin/dpkg\n`);
});

test("an upgrade over SSH, its output as it comes; what the nodes show agrees with real time", async () => {
  const path = lab.packages["2.3.16"]!;
  const run = await ssh(lab, "backend-2", `dpkg -i '${path}' && chef-backend-ctl upgrade`);
  expect([run.code, run.stderr]).toEqual([0, ""]);
  expect(run.stdout).toContain("Chef Backend is upgraded to 2.3.16.");
  const facts = "date +%s; stat -c %Y /var/lib/dpkg/info/chef-backend.list; chef-backend-ctl status --simple";
  const [now, installed, ...services] = (await ssh(lab, "backend-2", facts)).stdout.split("\n");
  expect(Math.abs(Number(now) - Date.now() / 1000)).toBeLessThan(60);
  const up = Number(/\) (\d+)s;/.exec(services[0]!)![1]);
  expect(Number(now) - up).toBeGreaterThanOrEqual(Number(installed) - 1);
  expect(lab.sim.history.map(({ argv }) => argv.slice(0, 2).join(" "))).toEqual([
    "dpkg -i",
    "chef-backend-ctl upgrade",
  ]);
});

test("sudo: free, with a password from standard input, refused", async () => {
  const as = (username: string, command: string, input = "") =>
    ssh(lab, "backend-1", command, { username, input });
  expect(await as("free", "id -u; sudo -n -- id -u; sudo A='x y' sh -c 'echo \"$A $USER\"'")).toMatchObject({
    code: 0,
    stdout: "1000\n0\nx y root\n",
  });
  lab.sudo.users["chef"]!.sudoPassword = "battery staple";
  expect(await as("chef", "sudo -n id -u")).toMatchObject({
    code: 1,
    stderr: "sudo: a password is required\n",
  });
  expect(await as("chef", "sudo id -u")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("a terminal is required") as string,
  });
  const command = "sudo -k -S -p 'PW:' -- sh -c 'id -u; cat'";
  expect(await as("chef", command, "battery staple\nthe rest\n")).toEqual({
    code: 0,
    signal: undefined,
    stdout: "0\nthe rest\n",
    stderr: "PW:",
  });
  const wrong = await as("chef", "sudo -S -p '' true", "one\ntwo\n");
  expect([wrong.code, wrong.stderr]).toEqual([
    1,
    "Sorry, try again.\nSorry, try again.\n\nsudo: 2 incorrect password attempts\n",
  ]);
  expect(lab.sudo.wrong).toBe(2);
  expect(await as("nobody", "sudo -n true")).toMatchObject({
    code: 1,
    stderr: "nobody is not in the sudoers file.  This incident will be reported.\n",
  });
  expect((await as("free", "chef-backend-ctl status")).stderr).toContain("must be run as root");
  expect((await as("free", "sudo -n no-such-thing")).stderr).toBe("sudo: no-such-thing: command not found\n");
});

test("a killed command is a killed job for the cluster; the client sees the signal", async () => {
  const client = await login(lab, "backend-3");
  const running = exec(client, "chef-backend-ctl upgrade & echo $!; sleep 0.1; kill -9 $$");
  expect(await running).toMatchObject({ code: null, signal: "SIGKILL" });
  lab.sim.switches("backend-3").upgradeHangs = true;
  const hanging = exec(client, "exec chef-backend-ctl upgrade");
  await eventually(() => lab.sim.history.filter(({ node }) => node === "backend-3").length >= 2);
  await exec(
    client,
    'for p in /proc/[0-9]*; do tr "\\0" " " < $p/cmdline 2>/dev/null | grep -q "backend-3/bin/chef-backend-ctl upgrade" && kill -9 ${p#/proc/}; done',
  );
  expect(await hanging).toMatchObject({ code: null, signal: "SIGKILL" });
  await eventually(() => lab.sim.history.at(-1)!.killed === true);
  lab.sim.switches("backend-3").upgradeHangs = false;
  client.end();
});

test("when the connection drops, the command dies; a detached one goes on", async () => {
  const client = await login(lab, "backend-1");
  client.on("error", () => undefined);
  const job = 'sleep 0.3; chef-backend-ctl status > "$HOME/done.part"; mv "$HOME/done.part" "$HOME/done"';
  await exec(client, `setsid sh -c '${job}' </dev/null >/dev/null 2>&1 &`);
  const attached = exec(client, 'trap "" PIPE; echo $$ > "$HOME/pid"; while :; do sleep 0.05; done');
  const home = join(lab.node("backend-1").folder, "root");
  const pid = async () => Number(await readFile(join(home, "pid"), "utf8").catch(() => "0"));
  await eventually(async () => (await pid()) > 0);
  lab.node("backend-1").ssh.drop();
  expect(await attached).toMatchObject({ code: null });
  const alive = async () =>
    /^\d+ \(.*\) [^Z]/.test(await readFile(`/proc/${await pid()}/stat`, "utf8").catch(() => ""));
  await eventually(async () => !(await alive()));
  await eventually(async () =>
    (await readFile(join(home, "done"), "utf8").catch(() => "")).includes("postgresql"),
  );
});

test("sshd can be stopped and started, on the same port", async () => {
  const { ssh: sshd, port } = lab.node("backend-2");
  const open = await login(lab, "backend-2");
  sshd.stop();
  await expect(login(lab, "backend-2")).rejects.toThrow(/ECONNREFUSED/);
  expect((await exec(open, "echo still here")).stdout).toBe("still here\n");
  await sshd.start();
  expect(sshd.port).toBe(port);
  expect((await ssh(lab, "backend-2", "true")).code).toBe(0);
  open.end();
});

test("a frozen connection answers nothing and does not end", async () => {
  const client = await login(lab, "frontend-2", { keepaliveInterval: 50, keepaliveCountMax: 3 });
  lab.node("frontend-2").ssh.freeze();
  const ended = new Promise<Error>((resolve) => client.once("error", resolve));
  expect((await ended).message).toMatch(/keepalive/i);
});

test("a reboot: connections cut, processes dead, nobody listens, then another boot id", async () => {
  const before = (await ssh(lab, "backend-3", "cat /proc/sys/kernel/random/boot_id")).stdout;
  const client = await login(lab, "backend-3");
  client.on("error", () => undefined);
  await exec(client, "setsid sleep 1000 </dev/null >/dev/null 2>&1 & echo $! > $HOME/sleeper");
  expect((await exec(client, "reboot")).code).toBeNull();
  const sleeper = (await readFile(join(lab.node("backend-3").folder, "root/sleeper"), "utf8")).trim();
  const stat = () => readFile(`/proc/${sleeper}/stat`, "utf8").catch(() => "");
  await eventually(async () => !/^\d+ \(sleep\) [^Z]/.test(await stat()));
  await eventually(() => lab.node("backend-3").ssh.listening);
  const after = (await ssh(lab, "backend-3", "cat /proc/sys/kernel/random/boot_id")).stdout;
  expect(after).toMatch(/^[0-9a-f-]{36}\n$/);
  expect(after).not.toBe(before);
});

test("SFTP: fastPut and fastGet, stat, rename, unlink, mkdir", async () => {
  const client = await login(lab, "backend-1");
  const sftp = await new Promise<SFTPWrapper>((resolve, reject) =>
    client.sftp((error, wrapper) => (error ? reject(error) : resolve(wrapper))),
  );
  const call = <T>(work: (done: (error: Error | null | undefined, value?: T) => void) => void) =>
    new Promise<T | undefined>((resolve, reject) =>
      work((error, value) => (error ? reject(error) : resolve(value))),
    );
  const source = join(lab.folder, "source.bin");
  const bytes = Buffer.alloc(300_000, 0).map((_, at) => (at * 7919) % 256);
  await writeFile(source, bytes);
  await call((done) => sftp.mkdir("up", done));
  await call((done) => sftp.fastPut(source, "up/file.part", done));
  await call((done) => sftp.rename("up/file.part", "up/file", done));
  expect((await call<{ size: number }>((done) => sftp.stat("up/file", done)))!.size).toBe(300_000);
  await call((done) => sftp.fastGet("up/file", `${source}.back`, done));
  expect(await readFile(`${source}.back`)).toEqual(bytes);
  await call((done) => sftp.unlink("up/file", done));
  expect(await call((done) => sftp.readdir("up", done))).toEqual([]);
  await expect(call((done) => sftp.stat("up/file", done))).rejects.toThrow();
  client.end();
});

const { test: withClient } = given("OpenSSH's own client", programs("openssh-client", "ssh", "scp"));
withClient("OpenSSH's own client copies files and gets exit statuses", async () => {
  const options = [
    "-i",
    lab.privateKeyPath,
    "-o",
    `UserKnownHostsFile=${lab.knownHostsPath}`,
    "-o",
    "BatchMode=yes",
  ];
  const { port } = lab.node("frontend-1");
  const run = (program: string, ...args: string[]) =>
    new Promise<{ code: number | null; stdout: string }>((resolve, reject) => {
      const child = spawn(program, [...options, ...args], { stdio: ["ignore", "pipe", "inherit"] });
      let stdout = "";
      child.stdout.on("data", (text: Buffer) => (stdout += text.toString()));
      child.on("error", reject);
      child.on("close", (code) => resolve({ code, stdout }));
    });
  const copied = await run("scp", "-q", "-P", String(port), lab.knownHostsPath, "root@127.0.0.1:copy");
  expect(copied.code).toBe(0);
  const shown = await run("ssh", "-p", String(port), "root@127.0.0.1", "cat copy; exit 5");
  expect(shown).toEqual({ code: 5, stdout: lab.knownHosts });
});

test("a node serves as a bastion", async () => {
  const bastion = await login(lab, "frontend-1");
  const sock = await new Promise<ClientChannel>((resolve, reject) =>
    bastion.forwardOut("127.0.0.1", 0, "127.0.0.1", lab.node("backend-1").port, (error, channel) =>
      error ? reject(error) : resolve(channel),
    ),
  );
  expect((await ssh(lab, "backend-1", "hostname", { sock })).stdout).toBe("backend-1\n");
  bastion.end();
});

test("the frontends' status pages", async () => {
  const { statusUrl } = lab.frontends[0]!;
  expect(await (await fetch(statusUrl)).json()).toMatchObject({ status: "pong" });
  expect((await ssh(lab, "frontend-1", "chef-server-ctl stop")).code).toBe(0);
  await expect(fetch(statusUrl)).rejects.toThrow();
  await ssh(lab, "frontend-1", "chef-server-ctl start");
});
