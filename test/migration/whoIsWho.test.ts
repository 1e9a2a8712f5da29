import { blame } from "../support/labLog";
import type { MigrationSpec, Named } from "../../provider/migration/spec";
import { expectMigrated, problemOf } from "./checks";
import { MigrationRig } from "./rig";

// What a run has begun goes by the machines, whatever the program calls them by the time of the next one.

type Called = (name: string) => string;

const swapped: Called = (name) =>
  name.replace(/\d$/, (digit) => (digit === "1" ? "2" : digit === "2" ? "1" : digit));

function called({ cluster, source }: MigrationSpec, by: Called): Pick<MigrationSpec, "cluster" | "source"> {
  const named = (hosts: readonly Named[]) => hosts.map(({ host }) => ({ name: by(host), host }));
  return {
    cluster: {
      ...cluster,
      nodes: named(cluster.nodes),
      frontends: { ...cluster.frontends, nodes: named(cluster.frontends.nodes) },
    },
    source: { ...source, backends: named(source.backends), frontends: named(source.frontends) },
  };
}

async function killedAt(step: string): Promise<MigrationRig> {
  const rig = new MigrationRig();
  const client = rig.client();
  rig.onEvent = (event) => {
    if (event.type === "step-started" && event.step === step) rig.clock.setTimer(1000, () => client.kill());
  };
  await expect(rig.up({}, client)).rejects.toThrow("killed");
  rig.onEvent = undefined;
  return rig;
}

/** What may be done once and never again. */
const once = /create-cluster|join-cluster|(backend|frontend)-\d install/;

const prefixed: Called = (name) => `x-${name}`;

test.each([
  "backend-2/install",
  "backend-1/create",
  "backend-3/join",
  "frontend-1/reconfigure",
  "frontend-1/server-config",
  "frontend-2/server-config",
  "frontend-2/reconfigure",
  "old-frontend-2/close",
  "old-frontend-1/backup",
  "frontend-1/restore",
])("killed in %s: the next run goes on under other names, and does nothing twice", async (step) => {
  for (const by of [swapped, prefixed]) {
    const rig = await killedAt(step);
    expectMigrated(rig, await rig.up(called(rig.spec(), by)));
    const commands = rig.commands();
    const twice = commands.filter((each, at) => once.test(each) && commands.indexOf(each) !== at);
    expect(blame(rig, twice)).toBe(false);
  }
});

test("an old frontend that is closed and not listed any more: refused", async () => {
  const rig = await killedAt("old-frontend-1/backup");
  const { source } = rig.spec();
  const [first] = source.frontends;
  const result = await rig.up({ source: { ...source, frontends: [first!] } });
  expect(problemOf(result)).toMatch(
    /Machine with unfinished work is not listed \[unlisted\]\n {2}where: old-frontend-2/,
  );
  expectMigrated(rig, await rig.up());
});

test("after a rehearsal another old frontend may be the first one", async () => {
  const rig = new MigrationRig();
  expect(problemOf(await rig.up({ rehearse: true }))).toBeNull();
  const { source } = rig.spec();
  const turned = { ...source, frontends: [...source.frontends].reverse() };
  expectMigrated(rig, await rig.up({ source: turned }));
});

test("the old frontend that makes the backup is gone: another one makes it anew, once it is said", async () => {
  const rig = await killedAt("old-frontend-1/backup");
  const { source } = rig.spec();
  const other = { ...source, frontends: [source.frontends[1]!] };
  const id = rig.sim.source.machine("old-frontend-1").machineId;
  expect(problemOf(await rig.up({ source: other }))).toMatch(
    new RegExp(`\\[order\\][^]*goneMachines: \\["${id}"\\]`),
  );
  expect(problemOf(await rig.up({ source: other, goneMachines: [id] }))).toBeNull();
});

test.each([
  ["backend-3/join", "nodes"],
  ["frontend-2/reconfigure", "frontends.nodes"],
])(
  "killed in %s, and another one is the first of %s: refused before a second one is made",
  async (step, field) => {
    const rig = await killedAt(step);
    const { cluster } = rig.spec();
    const { frontends } = cluster;
    const change =
      field === "nodes"
        ? { ...cluster, nodes: [...cluster.nodes].reverse() }
        : { ...cluster, frontends: { ...frontends, nodes: [...frontends.nodes].reverse() } };
    const before = rig.commands().length;
    const refused = await rig.up({ cluster: change });
    expect(problemOf(refused)).toContain(
      `Another machine is listed first [order]\n  where: input \`${field}\``,
    );
    expect(rig.commands()).toHaveLength(before);
    expectMigrated(rig, await rig.up());
  },
);
