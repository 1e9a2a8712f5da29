import { execFile } from "node:child_process";
import { waitFor } from "./lab/host";
import { describeMachines } from "./lab/requirements";
import { type Machines, startMachines } from "./lab/startMachines";

describeMachines("machines without a cluster", () => {
  let machines: Machines;
  beforeAll(async () => {
    machines = await startMachines({ cluster: false, diskMiB: 1024 });
  });
  afterAll(() => machines?.close());
  const facts = (script: string) => Promise.all(machines.all.map((machine) => machine.run(script)));

  test("each has its own name, address, processes, uptime and boot", async () => {
    expect((await facts("hostname")).map((name) => name.trim())).toEqual(
      machines.all.map(({ name }) => name),
    );
    for (const uptime of await facts("cut -d. -f1 /proc/uptime")) expect(Number(uptime)).toBeLessThan(600);
    expect(new Set(await facts("cat /proc/sys/kernel/random/boot_id")).size).toBe(6);
    expect(new Set(await facts("cat /proc/1/comm"))).toEqual(new Set(["runsvdir\n"]));
    expect(new Set(await facts("ssh-keygen -lf /etc/ssh/lab_host_key")).size).toBe(6);
  });

  test("a reboot is a new boot with the same disk", async () => {
    const [machine] = machines.frontends;
    const before = await machine!.run(
      "echo kept > /etc/kept; echo gone > /run/gone; cat /proc/sys/kernel/random/boot_id",
    );
    await machine!.run("sleep 3");
    await machine!.reboot();
    expect(await machine!.run("cat /proc/sys/kernel/random/boot_id")).not.toBe(before);
    expect(await machine!.run("cat /etc/kept; ls /run | grep -c gone || true")).toBe("kept\n0\n");
  });

  test("its disk can be full, its cable out, its sshd stopped, all of it paused", async () => {
    const { bastion } = machines;
    const from = machines.frontends[1]!;
    const banner = `timeout 3 bash -c 'exec 3<> /dev/tcp/${bastion.ip}/22; head -c 4 <&3'`;
    const reached = async () => (await from.attempt(banner)).stdout === "SSH-";
    expect(await reached()).toBe(true);
    await bastion.cut();
    expect(await reached()).toBe(false);
    await bastion.restore();
    await waitFor("the cable is in again", 30, reached);
    await bastion.stopSshd();
    expect(await reached()).toBe(false);
    await bastion.startSshd();
    expect(await reached()).toBe(true);
    const inside = bastion.run("sleep 1; echo done");
    await bastion.pause();
    expect(await reached()).toBe(false);
    await bastion.resume();
    await waitFor("it goes on", 30, reached);
    expect(await inside).toBe("done\n");
    await bastion.fillDisk(5);
    expect((await bastion.attempt("head -c 9000000 /dev/zero > /var/big")).stderr).toContain("No space left");
    await bastion.freeDisk();
    await bastion.run("head -c 9000000 /dev/zero > /var/big");
  });

  test("it carries its own packages only", async () => {
    const backend = machines.backends[0]!;
    await backend.run(`dpkg -i ${machines.packagePath("2.1.0")}`);
    const query = "dpkg-query -W -f '${Version}' chef-backend";
    expect(await backend.run(query)).toBe("2.1.0-1");
    expect((await machines.backends[1]!.attempt(query)).code).not.toBe(0);
    await expect(execute("dpkg-query", ["-W", "chef-backend"])).rejects.toThrow();
  });
});

function execute(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) =>
    execFile(program, args, (error, stdout) => (error ? reject(error) : resolve(stdout))),
  );
}
