import { everything } from "./faults/figures";
import { healthy, inputsFor, logins } from "./lab/asClient";
import { Asker } from "./lab/asker";
import { waitFor } from "./lab/host";
import { MachinesStack } from "./lab/machinesStack";
import { describeMachines } from "./lab/requirements";
import { type Machines, startMachines } from "./lab/startMachines";
import { Writer } from "./lab/writer";

/** Through the real Pulumi engine, while a client writes. Each test goes on where the last one stopped. */
function describeUpgrades(
  [family, login]: ["deb" | "rpm", keyof typeof logins],
  [version, ...packages]: [string, ...string[]],
  tests: (stack: () => MachinesStack) => void,
) {
  describeMachines(`${family} as ${login}`, () => {
    let machines: Machines;
    let stack: MachinesStack;
    beforeAll(async () => {
      const frontends = { frontendVersion: "15.1.7", frontendPackages: ["15.9.38"] };
      machines = await startMachines({ family, version, packages, ...frontends });
      stack = await MachinesStack.create(machines, {
        ...{ version, connection: logins[login](machines), packageFile: undefined },
        packageFiles: Object.fromEntries(
          packages.map((each) => [each, { path: machines.packagePath(each) }]),
        ),
        frontends: { nodes: machines.frontends.map(({ name, ip }) => ({ name, host: ip })) },
      });
      await stack.up();
    });
    afterAll(async () => {
      await stack?.remove();
      await machines?.close();
    });
    tests(() => stack);
  });
}

describeUpgrades(["deb", "root"], ["2.1.0", "2.3.16"], (stack) => {
  test("rolling from 2.1.0 to 2.3.16", () => rolling(stack(), "2.3.16", "2.1.0 => 2.3.16"));
  test("the frontends from 15.1.7 to 15.9.38", () => frontends(stack(), "15.9.38"));
});

describeUpgrades(["rpm", "sudoThroughBastion"], ["1.4.6", "1.4.40", "2.3.16"], (stack) => {
  test("rolling from 1.4.6 to 1.4.40", () => rolling(stack(), "1.4.40", "1.4.6 => 1.4.40", byYum("1.4.40")));
  test("with downtime from 1.4.40 to 2.3.16", () =>
    downtime(stack(), "2.3.16", "1.4.40 => 2.3.16", byYum("2.3.16")));
});

/** A preview names the command that was tried. */
const byYum = (to: string) =>
  `install by \`yum install -y --disablerepo=* /var/cache/lab/chef-backend-${to}-1.el7.x86_64.rpm\``;

const rolling = (stack: MachinesStack, to: string, hop: string, install = "install") =>
  whileWriting(stack.machines, async (writer) => {
    const bare = await bareSwitchover(stack.machines, writer);
    const from = (await stack.machines.leader()).name;
    await stack.set({ version: to });
    const order = await previewed(stack, [
      `1 of 3, follower: ${hop}: ${install}, upgrade, verify rejoin`,
      `2 of 3, follower: ${hop}: ${install}, upgrade, verify rejoin`,
      `3 of 3, leader: ${hop}: ${install}, failover on, upgrade --failover, verify rejoin`,
    ]);
    expect(order[2]).toBe(from);
    const { seconds, gap } = await upgrades(stack, to, writer);
    expect(await stack.steps(/\/upgrade/)).toEqual([
      `${order[0]}/upgrade`,
      `${order[1]}/upgrade`,
      `${from}/upgrade-with-failover`,
    ]);
    expect((await stack.machines.leader()).name).not.toBe(from);
    const ratio = (gap / bare).toFixed(2);
    return `${hop}, rolling, in ${seconds} s; longest gap ${gap} ms, of a bare switchover ${bare} ms${everything ? " (median of three)" : ""}, ratio ${ratio}`;
  });

const downtime = (stack: MachinesStack, to: string, hop: string, install = "install") =>
  whileWriting(stack.machines, async (writer) => {
    const from = (await stack.machines.leader()).name;
    await stack.set({ version: to, allowDowntime: to });
    const deeds = `${install}, down-for-upgrade (downtime), upgrade, verify`;
    const order = await previewed(stack, [
      `1 of 3, follower: ${hop}: ${deeds}`,
      `2 of 3, follower: ${hop}: ${deeds}`,
      `3 of 3, leader: ${hop}: ${deeds}`,
    ]);
    expect(order[2]).toBe(from);
    const { seconds, gap } = await upgrades(stack, to, writer);
    expect(await stack.steps(/backup|install|down|start-upgrade|reconfigure/)).toEqual([
      "cluster/backup",
      "frontends/backup",
      ...order.map((name) => `${name}/install`),
      ...order.toReversed().map((name) => `${name}/down`),
      ...order.map((name) => `${name}/start-upgrade`),
      ...stack.machines.frontends.map(({ name }) => `${name}/reconfigure`),
    ]);
    return `${hop}, with downtime, in ${seconds} s; longest gap ${gap} ms`;
  });

async function frontends(stack: MachinesStack, version: string): Promise<void> {
  const packageFile = { path: stack.machines.packagePath(version, "chef-server-core") };
  await stack.set({ frontends: { ...stack.inputs.frontends!, version, packageFile, acceptLicense: true } });
  const asker = new Asker(stack.machines.frontends);
  await stack.up();
  const rounds = await asker.stop();
  const served = (name: number | "any") =>
    rounds.filter((codes) => (name === "any" ? codes.includes(200) : codes[name] === 200)).length;
  // Each was out of service, and whoever asks the other one then is answered.
  expect([served(0), served(1)].every((count) => count < rounds.length)).toBe(true);
  expect(served("any")).toBe(rounds.length);
  const state = await healthy(stack.inputs);
  expect(state.frontends.map((each) => [each.package.version, each.answer, each.migrationLevel])).toEqual([
    [`${version}-1`, "pong", "2"],
    [`${version}-1`, "pong", "2"],
  ]);
  await changesNothing(stack);
}

/** `pulumi preview`, which changes nothing: the backends in the order that it tells. */
async function previewed(stack: MachinesStack, expected: string[]): Promise<string[]> {
  const before = await stack.marks();
  const told = Object.entries(await stack.preview()).sort(([, one], [, other]) => one.localeCompare(other));
  expect(told.map(([, step]) => step)).toEqual(expected);
  expect(await stack.marks()).toEqual(before);
  return told.map(([name]) => name);
}

/** `pulumi up`, and once more, which changes nothing. */
async function upgrades(stack: MachinesStack, to: string, writer: Writer) {
  const begun = Date.now();
  writer.lap();
  await stack.up();
  const told = { seconds: Math.round((Date.now() - begun) / 1000), gap: writer.lap() };
  const { nodes, frontends } = await healthy(stack.inputs);
  for (const { package: pkg, running, lock } of nodes) {
    expect(pkg).toMatchObject({ state: "installed", version: expect.stringMatching(`^${to}-1(\\.el7)?$`) });
    expect(running.kind).toBe("installed");
    expect(lock).toBeNull();
  }
  expect(frontends.map(({ answer }) => answer)).toEqual(["pong", "pong"]);
  const leader = await stack.machines.leader();
  expect(await leader.run(`curl -s ${leader.ip}:8008/config`)).not.toContain('"pause"');
  await changesNothing(stack);
  return told;
}

async function changesNothing(stack: MachinesStack): Promise<void> {
  const before = await stack.marks();
  await stack.up("--expect-no-changes");
  expect(await stack.marks()).toEqual(before);
}

/** While a client writes: no row that was acknowledged is lost. @param work what is said of it beside the rows */
async function whileWriting({ vip }: Machines, work: (writer: Writer) => Promise<string>): Promise<void> {
  const writer = await Writer.start(vip);
  try {
    const told = await work(writer);
    const { acknowledged, lost, unknown } = await writer.stop();
    console.log(`${told}; ${acknowledged} rows acknowledged, ${lost} lost, ${unknown} unknown`);
    expect(lost).toBe(0);
  } finally {
    writer.abandon();
  }
}

/** It only stands beside the figures, and no test fails on it: the soak tier has the median of three. */
const handOvers = everything ? 3 : 1;

/** How long nobody can write when the leader hands over and nothing else happens: the median, in milliseconds. */
async function bareSwitchover(machines: Machines, writer: Writer): Promise<number> {
  const gaps = [];
  for (let round = 0; round < handOvers; round++) {
    const leader = await machines.leader();
    writer.lap();
    await leader.run("chef-backend-ctl demote");
    const written = writer.acknowledged;
    await waitFor("rows are written again", 120, () => writer.acknowledged > written + 10);
    gaps.push(writer.lap());
    await healthy(inputsFor(machines));
  }
  return gaps.sort((a, b) => a - b)[(handOvers - 1) / 2]!;
}
