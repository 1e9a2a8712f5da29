/** What a refresh and a preview make of a state, in memory: what is left to be done is not forgotten. */
import * as enterprise from "../../provider/enterprise/handlers";
import type { CheckedEnterprise, EnterpriseProperties } from "../../provider/enterprise/handlers/types";
import type { PartialFailureError } from "../../provider/handlers/partialFailure";
import type { HandlerContext } from "../../provider/handlers/types";
import { allHosts } from "../../provider/inputs/names";
import { MemoryMachine } from "../support/memoryMachine";
import { Site, target } from "./rig";

function aFront() {
  const site = new Site();
  const client = { dead: false, unreachable: new Set<string>() };
  let runs = 0;
  const context: HandlerContext = {
    clock: site.clock,
    report: (event) => void site.events.push(event),
    timestamp: () => new Date(site.clock.now()).toISOString(),
    newId: () => `run${(runs += 1)}`,
    ...{ owner: "me@laptop", process: "p", isAlive: () => null },
    localFile: (path) => Promise.reject(new Error(path)),
    runHere: (line) => Promise.reject(new Error(line)),
    connect: (inputs) => allHosts(inputs).map(({ host }) => new MemoryMachine(site.node(host), client)),
  };
  const hosts = site.nodes.map(({ name }) => ({ host: name }));
  const inputs = (change: object = {}) => ({
    version: target,
    nodes: hosts.slice(0, 2),
    frontends: { nodes: hosts.slice(2) },
    packageFile: { path: site.path },
    backupReference: "s3://backups/chef.tar.gz",
    allowDowntime: target,
    ...change,
  });
  const check = (olds: object, raw: Record<string, unknown>) =>
    site.clock.run(enterprise.check(olds, raw, () => false, context));
  const upgrade = (id: string | null, olds: object, checked: object) =>
    site.clock.run(enterprise.upgrade(id, olds, checked as CheckedEnterprise, context));
  const read = (properties: object) =>
    site.clock.run(enterprise.read(properties as EnterpriseProperties, context));
  return { site, client, inputs, check, upgrade, read };
}

test("a machine that is lost after an upgrade that stopped half-way, and a refresh, is a warning, and a run: it mends what it can", async () => {
  const { site, client, inputs, check, upgrade, read } = aFront();
  const first = await check({}, inputs({ version: "1.4.6" }));
  expect(first.failures).toEqual([]);
  const created = await upgrade(null, {}, first.inputs);
  site.sim.switches("frontend-1").upgradeFails = { code: 1, message: "no space left" };
  const second = await check(first.inputs, inputs());
  expect(second.failures).toEqual([]);
  const failed = await upgrade(created.id, created.properties, second.inputs).catch(
    (error: PartialFailureError) => error,
  );
  const state = await read(failed.properties);
  client.unreachable.add("frontend-2");
  for (const { properties, inputs: olds } of [state, await read(state.properties)]) {
    const third = await check(olds, inputs());
    expect(third.failures).toEqual([]);
    expect(enterprise.diff(properties, third.inputs)).toEqual({ changes: true });
  }
  // Once it has been finished, that is a warning.
  client.unreachable.clear();
  site.sim.switches("frontend-1").upgradeFails = null;
  const fourth = await check(state.inputs, inputs());
  const done = await upgrade("id", state.properties, fourth.inputs);
  const refreshed = await read(done.properties);
  client.unreachable.add("frontend-2");
  for (const olds of [fourth.inputs, refreshed.inputs])
    expect(await check(olds, inputs())).toMatchObject({ failures: [] });
});

test("what cleanup will remove is shown before it is approved, machine by machine", async () => {
  const { site, inputs, check, upgrade } = aFront();
  expect((await site.up()).failure).toBeNull();
  const created = await upgrade(null, {}, (await check({}, inputs())).inputs);
  site.events.length = 0;
  await check(created.properties, inputs({ cleanup: true }));
  const left = site.events.flatMap((event) =>
    event.type === "warning" && /: cleanup will remove|names nothing/.test(event.text) ? [event.text] : [],
  );
  expect(left.map((text) => text.split(":")[0])).toEqual(site.nodes.map(({ name }) => name));
  expect(left[0]).toMatch(/^backend-1: cleanup will remove \/\S+/);
});
