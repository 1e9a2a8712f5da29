/**
 * What installs an .rpm, with the real rpm below yum's and zypper's words, through the real engine: one machine whose
 * repositories do not answer, one with SUSE, one with rpm alone. Each test goes on where the last one stopped.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { healthy } from "./lab/asClient";
import { waitFor } from "./lab/host";
import type { Machine } from "./lab/machine";
import { MachinesStack } from "./lab/machinesStack";
import { describeMachines } from "./lab/requirements";
import { type Machines, startMachines } from "./lab/startMachines";
import { changesOn } from "./lab/truth";

const suse = `NAME="SLES"\nVERSION_ID="12.5"\nPRETTY_NAME="SUSE Linux Enterprise Server 12 SP5"\nID="sles"\n`;

const zypper = readFileSync(join(__dirname, "machine/zypper"), "utf8");

describeMachines("what installs an .rpm", () => {
  let machines: Machines;
  let stack: MachinesStack;
  /** In the order of the upgrade. */
  let [bare, sles, offline] = [] as unknown as [Machine, Machine, Machine];
  let path: string;

  beforeAll(async () => {
    machines = await startMachines({ family: "rpm" });
    stack = await MachinesStack.create(machines, { version: "2.1.0", packageFile: undefined });
    await stack.up();
    path = machines.packagePath("2.3.16");
    await stack.set({ version: "2.3.16", packageFile: { path } });
    const plan = Object.entries(await stack.preview()).sort(([, one], [, other]) => one.localeCompare(other));
    [bare, sles, offline] = plan.map(([name]) => machines.machine(name)) as [Machine, Machine, Machine];
    await offline.run("mkdir -p /etc/yum.repos.d && echo '[base]' > /etc/yum.repos.d/base.repo");
    await sles.run("rm /usr/bin/yum && cat > /usr/bin/zypper && chmod 755 /usr/bin/zypper", zypper);
    await sles.run("cat > /etc/os-release", suse);
    await bare.run("rm /usr/bin/yum");
  });
  afterAll(async () => {
    await stack?.remove();
    await machines?.close();
  });

  const tools = (machine: Machine) => machine.run("touch /var/log/lab/tools && cat /var/log/lab/tools");
  const untouched = async () => {
    for (const machine of machines.backends) {
      expect(await machine.run("rpm -q chef-backend")).toBe("chef-backend-2.1.0-1.el7.x86_64\n");
      expect((await changesOn(machine)).filter((each) => /failover|2\.3\.16/.test(each))).toEqual([]);
    }
  };

  test("signatures that policies refuse: told by the preview, and by a run before it touches anything", async () => {
    await offline.run("echo 'localpkg_gpgcheck=1' > /etc/yum.conf");
    for (const run of [() => stack.pulumi.run("preview"), () => stack.pulumi.up()]) {
      const { code, all } = await run();
      expect([code, all]).not.toEqual([0, all]);
      expect(all).toContain("Signature of the package is refused [packageFile]");
      expect(all).toContain(`Package ${path.split("/").at(-1)!} is not signed`);
      expect(all).toContain("Signature verification failed [6-File is unsigned]");
      expect(all).toContain("rpm --import https://packages.chef.io/chef.asc");
      await untouched();
    }
    await offline.run("rm /etc/yum.conf");
    await sles.run("mkdir -p /etc/zypp && echo 'pkg_gpgcheck = off' > /etc/zypp/zypp.conf");
  });

  test("the preview shows what will be run on each machine, and has only tried it", async () => {
    const plan = await stack.preview();
    expect(plan[offline.name]).toContain(`install by \`yum install -y --disablerepo=* ${path}\``);
    expect(plan[sles.name]).toContain(
      `install by \`env ZYPP_LOCK_TIMEOUT=300 zypper --non-interactive --no-refresh --no-remote install ${path}\``,
    );
    expect(plan[bare.name]).toContain(`install by \`rpm -Uvh ${path}\``);
    await untouched();
  });

  test("zypper's lock is waited for; what is run is what was shown", async () => {
    // Who ends takes its file away, as zypper does: nobody here reaps what is left.
    const takeLock = (seconds: number) =>
      sles.run(
        `sh -c 'echo $$ > /run/zypp.pid; sleep ${seconds}; rm /run/zypp.pid' > /dev/null 2>&1 < /dev/null &`,
      );
    await takeLock(600);
    expect((await stack.pulumi.run("preview")).all).toMatch(/process \d+ holds \/var\/run\/zypp\.pid/);
    await sles.run("kill $(cat /run/zypp.pid); rm /run/zypp.pid");
    const run = stack.up();
    await waitFor("the first machine is installed", 120, async () =>
      (await bare.run("rpm -q chef-backend")).includes("2.3.16"),
    );
    await takeLock(15);
    expect((await run).all).toMatch(
      /Package manager is busy \(\S+\): process \d+ holds \/var\/run\/zypp\.pid/,
    );
    const installs = async (machine: Machine) =>
      (await tools(machine))
        .split("\n")
        .filter((line) => line.endsWith(path) && !/tsflags=test|--dry-run/.test(line));
    expect(await installs(offline)).toEqual([`yum install -y --disablerepo=* ${path}`]);
    expect(await installs(sles)).toEqual([
      `zypper --non-interactive --no-refresh --no-remote install ${path}`,
    ]);
    expect(await installs(bare)).toEqual([]);
    const { nodes } = await healthy(stack.inputs);
    expect(nodes.map(({ package: pkg }) => pkg.version)).toEqual(nodes.map(() => "2.3.16-1.el7"));
  });
});
