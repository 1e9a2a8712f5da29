import { spawn } from "node:child_process";
import { access, mkdtemp, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { startLab } from "../../lab/lab";
import { removeAbandoned } from "../../lab/machines/abandoned";
import { markedProcesses } from "../../lab/machines/processes";
import { eventually, exec, login } from "./sshClient";

test("stop() leaves nothing behind: no process, not even a detached one, no folder, no port", async () => {
  const lab = await startLab({ scale: 10 });
  const client = await login(lab, "backend-1");
  client.on("error", () => undefined);
  const { id } = lab.node("backend-1").ground;
  await exec(
    client,
    "for i in 1 2 3; do setsid sh -c 'trap \"\" HUP TERM; while :; do sleep 0.01; done' </dev/null >/dev/null 2>&1 & done",
  );
  lab.sim.switches("backend-1").upgradeHangs = true;
  const hanging = exec(client, "chef-backend-ctl upgrade");
  await eventually(() => lab.sim.history.length === 1);
  expect((await markedProcesses(`${id}:`)).length).toBeGreaterThanOrEqual(3);
  await Promise.all([lab.stop(), lab.stop()]);
  expect(await hanging).toMatchObject({ code: null });
  expect(await markedProcesses(`${id}:`)).toEqual([]);
  await expect(access(lab.folder)).rejects.toThrow("ENOENT");
  await expect(login(lab, "backend-1")).rejects.toThrow(/ECONNREFUSED/);
});

test("what a killed lab left behind is removed by the next one", async () => {
  const folder = await mkdtemp(join(tmpdir(), "pulumi-chef-backend-lab-"));
  const env = { ...process.env, CHEF_LAB: "killedlab:backend-1" };
  const orphan = spawn("sleep", ["1000"], { env });
  const ended = new Promise((resolve) => orphan.once("exit", resolve));
  const dead = spawn("true");
  await new Promise((resolve) => dead.once("exit", resolve));
  await writeFile(
    join(folder, "owner.json"),
    JSON.stringify({ lab: "killedlab", host: hostname(), pid: dead.pid }),
  );
  await removeAbandoned();
  await ended;
  await expect(access(folder)).rejects.toThrow("ENOENT");
});

test("other processes are not touched, not even those of another lab", async () => {
  const foreign = spawn("sleep", ["1000"], { env: { ...process.env, CHEF_LAB_FOREIGN: "1" } });
  const [one, other] = await Promise.all([startLab(), startLab()]);
  const client = await login(other, "backend-1");
  await exec(client, "setsid sleep 1000 </dev/null >/dev/null 2>&1 &");
  await one.stop();
  expect(foreign.exitCode).toBeNull();
  expect(await markedProcesses(`${other.node("backend-1").ground.id}:backend-1`)).toHaveLength(1);
  client.end();
  await other.stop();
  foreign.kill();
});

test("a lab of rpm machines has rpm, yum and dnf, and no dpkg", async () => {
  const lab = await startLab({ platform: "rpm", scale: 40 });
  const client = await login(lab, "backend-2");
  const { stdout, code } = await exec(
    client,
    `command -v dpkg; yum install -y '${lab.packages["2.3.16"]}' && rpm -q chef-backend && cat /etc/os-release | grep -c CentOS`,
  );
  expect([code, stdout]).toEqual([0, expect.stringMatching(/chef-backend-2\.3\.16-1\.el7\.x86_64\n2\n$/)]);
  client.end();
  await lab.stop();
});
