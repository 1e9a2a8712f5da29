/**
 * Scripts of the package that fail, or stop the node's services, with the real rpm and dpkg, through the real engine. Each
 * test goes on where the last one stopped.
 */
import { healthy } from "./lab/asClient";
import type { Machine } from "./lab/machine";
import { MachinesStack } from "./lab/machinesStack";
import { describeMachines } from "./lab/requirements";
import { type Machines, startMachines } from "./lab/startMachines";
import { changesOn } from "./lab/truth";

type Script = "post" | "posttrans" | "preun";

/** From now on the package's script does this besides; null: nothing. */
const script = (machine: Machine, name: Script, text: string | null) =>
  machine.run(
    text === null
      ? `rm -f /etc/lab/${name}`
      : `mkdir -p /etc/lab && printf '#!/bin/sh\n%s\n' '${text}' > /etc/lab/${name} && chmod 755 /etc/lab/${name}`,
  );

const stopsServices =
  "for sv in leaderl postgresql elasticsearch epmd etcd; do sv -w 60 force-stop /service/$sv; done";

const families = ["rpm", "deb"] as const;
families.forEach((family) => describeMachines(family, () => scripts(family)));

function scripts(family: (typeof families)[number]): void {
  let machines: Machines;
  let stack: MachinesStack;
  /** In the order of the upgrade. */
  let order: readonly Machine[];
  beforeAll(async () => {
    machines = await startMachines({ family });
    stack = await MachinesStack.create(machines, { version: "2.1.0", packageFile: undefined });
    await stack.up();
    await stack.set({ version: "2.3.16", packageFile: { path: machines.packagePath("2.3.16") } });
    const plan = Object.entries(await stack.preview()).sort(([, one], [, other]) => one.localeCompare(other));
    order = plan.map(([name]) => machines.machine(name));
  });
  afterAll(async () => {
    await stack?.remove();
    await machines?.close();
  });

  /** `pulumi up`, which must fail; what it said. */
  const fails = async () => {
    const { code, all } = await stack.pulumi.up();
    expect([code, all]).not.toEqual([0, all]);
    return all;
  };
  const upgradesOf = async (machine: Machine) =>
    (await changesOn(machine)).filter((each) => /^2\.3\.16 upgrade/.test(each));

  if (family === "rpm") {
    test("%preun of the old one: both are installed, the line is quoted, nothing goes on until one is left", async () => {
      const first = order[0]!;
      await script(first, "preun", "exit 4");
      const line = "error: %preun(chef-backend-2.1.0-1.el7.x86_64) scriptlet failed, exit status 4";
      for (const text of [await fails(), await fails()]) {
        expect(text).toContain(line);
        expect(text).toContain(`${first.name} is between installation and verified rejoin`);
      }
      expect(await upgradesOf(first)).toEqual([]);
      expect((await first.run("rpm -q chef-backend")).trim().split("\n")).toHaveLength(2);
      await script(first, "preun", null);
      await first.run(
        `rpm -e --noscripts chef-backend-2.1.0 && rpm -U --replacepkgs ${stack.inputs.packageFile!.path}`,
      );
    });

    test("%post: stopped before `upgrade`; refused until it is installed again", async () => {
      const [first, second] = order as [Machine, Machine, Machine];
      await script(second, "post", "exit 3");
      const line = "warning: %post(chef-backend-2.3.16-1.el7.x86_64) scriptlet failed, exit status 3";
      const text = await fails();
      expect(text).toContain("Script of the package failed [script]");
      expect(text).toContain(line);
      expect(await upgradesOf(first)).toHaveLength(1);
      expect(await fails()).toContain(line);
      // The machine has lost what we keep on it: the others' record tells.
      await second.run("rm -rf /var/lib/pulumi-chef-backend");
      expect(await fails()).toContain(line);
      expect(await upgradesOf(second)).toEqual([]);
      await script(second, "post", null);
      await second.run(`rpm -U --replacepkgs ${stack.inputs.packageFile!.path}`);
    });
  } else
    test("postinst: interrupted by dpkg's own word; finished by configuring", async () => {
      const [first] = order as [Machine];
      await first.run("apt-mark hold chef-backend || echo chef-backend hold | dpkg --set-selections");
      await script(first, "post", "exit 3");
      const text = await fails();
      expect(text).toContain("chef-backend is on hold; dpkg installs it all the same and forgets the hold");
      expect(text).toContain("post-installation script subprocess returned error exit status 3");
      expect(await upgradesOf(first)).toEqual([]);
      await script(first, "post", null);
    });

  test("the leader's own installation stops its services: another one is awaited, then it is upgraded", async () => {
    const leader = order[2]!;
    await script(leader, "post", stopsServices);
    if (family === "rpm") {
      await script(leader, "posttrans", "exit 5");
      await stack.set({ acceptFailedScripts: "2.3.16-1" });
    }
    const { all } = await stack.up();
    expect(all).toContain("waiting for another backend to lead");
    expect(all).not.toContain("Cluster is not healthy");
    if (family === "rpm")
      expect(all).toContain("scriptlet failed, exit status 5: accepted, as the program says");
    expect(await upgradesOf(leader)).toEqual(["2.3.16 upgrade"]);
    const steps = await stack.steps(/await-leader|failover|upgrade$/);
    expect(steps.slice(steps.indexOf("cluster/failover-on-for-leader"))).toEqual([
      ...["cluster/failover-on-for-leader", "cluster/await-leader", `${leader.name}/upgrade`],
      ...["cluster/failover-off", "cluster/failover-on"],
    ]);
    const { nodes } = await healthy(stack.inputs);
    expect(nodes.map(({ package: pkg }) => pkg.state)).toEqual(["installed", "installed", "installed"]);
    expect((await machines.leader()).name).not.toBe(leader.name);
    await stack.set({ acceptFailedScripts: undefined });
    await stack.up();
  });
}
