import type { ClusterInputs } from "../../provider/inputs/schema";
import { Client, type End } from "./faults/client";
import { Relays } from "./faults/relays";
import { healthy, inputsFor } from "./lab/asClient";
import { clusterIsWhole } from "./lab/cluster";
import type { Machine } from "./lab/machine";
import { describeMachines } from "./lab/requirements";
import { type Machines, startMachines } from "./lab/startMachines";

const jobsOn = async (machine: Machine) =>
  (await machine.attempt("ls -1d /var/lib/pulumi-chef-backend/*/*/jobs/*")).stdout;

/** One upgrade after another, each going on where the last one stopped. */
describeMachines("commands and hosts are believed for what they are", () => {
  let machines: Machines;
  let relays: Relays;
  let leader: Machine;
  let followers: Machine[];
  beforeAll(async () => {
    machines = await startMachines({ version: "2.1.0", packages: ["2.3.16"] });
    relays = await Relays.start(machines);
    leader = await machines.leader();
    followers = machines.backends.filter((each) => each !== leader);
  });
  afterAll(async () => {
    await relays?.close();
    await machines?.close();
  });

  /** In front of the machine's own `chef-backend-ctl`. */
  const instead = (machine: Machine, script: string) =>
    machine.run(
      "cat > /usr/local/bin/chef-backend-ctl && chmod 755 /usr/local/bin/chef-backend-ctl",
      `#!/bin/sh\n${script}\nexec /usr/bin/chef-backend-ctl "$@"\n`,
    );

  /** Every host key is accepted: what must tell machines apart is what they are. */
  function inputs(limits: ClusterInputs["timeouts"]) {
    const through = relays.inputs({});
    const timeouts = { ...through.timeouts, ...limits };
    return { ...through, timeouts, connection: { ...through.connection, insecureIgnoreHostKey: true } };
  }

  /** One run; `onStep` is called once, when that step begins. */
  async function up(
    step = "",
    onStep: () => void = () => {},
    limits: ClusterInputs["timeouts"] = {},
  ): Promise<End & { steps: string[] }> {
    const steps: string[] = [];
    const end = await Client.start(inputs(limits), (event) => {
      if (event.type !== "step-started") return;
      if (event.step === step && !steps.includes(step)) onStep();
      steps.push(event.step);
    }).end;
    return { ...end!, steps };
  }

  test("the VIP as the leader's host, by its address: refused before anything is touched", async () => {
    const nodes = machines.backends.map(({ name, ip }) => ({
      name,
      host: name === leader.name ? machines.vip : ip,
    }));
    const connection = { ...inputsFor(machines).connection, insecureIgnoreHostKey: true };
    const end = await Client.start(inputsFor(machines, { nodes, connection })).end;
    expect(end).toMatchObject({ touched: false, refused: ["membership"] });
    expect(end!.error).toMatch(
      new RegExp(`Backend is listed by the VIP \\[membership\\]\n  where: ${leader.name}\n.*${machines.vip}`),
    );
  });

  test("another machine answers from the first step on: nothing is run there", async () => {
    const [one, other] = followers as [Machine, Machine];
    const end = await up("cluster/failover-off", () => {
      relays.to(one.name).leadTo(22, other.ip);
      relays.to(one.name).drop();
    });
    relays.to(one.name).leadTo(22, one.ip);
    expect(end.error).toMatch(
      /another machine answers than before: its host key is SHA256:.*Nothing was run there/s,
    );
    expect([await jobsOn(one), await jobsOn(other)].join()).not.toMatch(/install|upgrade/);
  });

  test("another machine answers in the middle of `upgrade`: the job goes on where it is, and nothing is begun", async () => {
    const [one, other] = followers as [Machine, Machine];
    const before = await jobsOn(other);
    const end = await up(`${one.name}/upgrade`, () => {
      setTimeout(() => {
        relays.to(one.name).leadTo(22, other.ip);
        relays.to(one.name).drop();
      }, 300);
    });
    relays.to(one.name).leadTo(22, one.ip);
    expect(end.error).toMatch(/^FAILOVER IS OFF/);
    expect(end.error).toMatch(/another machine answers than before/);
    expect(await jobsOn(other)).toBe(before);
  });

  test("a command that asks has no terminal and no input: it is named with its question", async () => {
    const other = followers[1]!;
    await instead(
      other,
      `[ "$*" != upgrade ] || until [ -e /run/answered ]; do
  printf 'Do you accept the license? [yes/no] '
  read -r answer < /dev/tty || read -r answer || until [ -e /run/answered ]; do sleep 1; done
done 2> /dev/null`,
    );
    const end = await up("", () => {}, { upgrade: 15 });
    await other.run("true > /run/answered");
    expect(end.error).toMatch(/^FAILOVER IS OFF/);
    expect(end.error).toMatch(
      /still runs after 15 s; it is left alone.* Its last line seems to be a question, which nobody can answer/,
    );
    expect(end.error).toContain("Do you accept the license? [yes/no]");
    expect(end.steps.at(-1)).toBe(`${other.name}/upgrade`);
  });

  test("the leader's `upgrade --failover` hands over, ends with 0, and restarts nothing: it is upgraded once more", async () => {
    // As seen of real leaders (chef-server#3214).
    await instead(
      leader,
      'if [ "$*" = "upgrade --failover" ] && mkdir /run/lied 2> /dev/null; then exec /usr/bin/chef-backend-ctl demote; fi',
    );
    const end = await up();
    expect(end.error).toBeNull();
    expect(end.steps.filter((step) => step.startsWith(`${leader.name}/`))).toEqual(
      ["install", "upgrade-with-failover", "rejoin", "upgrade-again", "rejoin"].map(
        (kind) => `${leader.name}/${kind}`,
      ),
    );
    await clusterIsWhole(machines.backends, 60);
    const { nodes } = await healthy(inputsFor(machines));
    expect(nodes.map(({ running }) => running.kind)).toEqual(nodes.map(() => "installed"));
    // Nobody's word for it: no service is older than the package.
    for (const machine of machines.backends)
      expect(await machine.run("chef-backend-ctl upgrade")).toContain("Nothing to restart.");
  });
});
