import { check } from "../../provider/handlers/check";
import { read } from "../../provider/handlers/read";
import type { CheckedInputs } from "../../provider/handlers/types";
import { upgrade } from "../../provider/handlers/upgrade";
import { FakeFront, inputsFor } from "./aContext";

const atTheVersion = (change: Record<string, unknown> = {}) => inputsFor({ version: "2.1.0", ...change });
const checked = (front: FakeFront, raw: Record<string, unknown>, olds = {}) =>
  front.run((context) => check(olds, raw, () => false, context));

describe("adopting a cluster that has the version already", () => {
  test("is refused while a backend cannot be reached: what is there is not known", async () => {
    const front = new FakeFront();
    front.client.unreachable.add("backend-2");
    const adopted = front.run((context) => upgrade(null, {}, atTheVersion(), context));
    await expect(adopted).rejects.toThrow(
      /Backend cannot be reached .*\n.*where: backend-2\n.*no connection\n/,
    );
    expect(front.lab.sim.history).toEqual([]);
  });

  test("is refused in preview, too, when a host cannot be tied to a backend of the cluster", async () => {
    const front = new FakeFront();
    front.lab.sim.backend("backend-2").stop();
    await front.lab.clock.run(front.lab.clock.sleep(30_000));
    const { failures } = await checked(front, atTheVersion());
    const stranger = /^Host is no backend of this cluster .*\n.*where: backend-2\n/;
    expect(failures).toEqual([
      {
        property: "nodes",
        reason: expect.stringMatching(stranger),
      },
    ]);
    const adopted = front.run((context) => upgrade(null, {}, atTheVersion(), context));
    await expect(adopted).rejects.toThrow(stranger);
  });

  test("is not stopped by a cluster that is unwell for the moment: that is a warning", async () => {
    const front = new FakeFront();
    front.lab.sim.elasticsearchYellow(10_000);
    await front.lab.clock.run(front.lab.clock.sleep(30_000));
    const { failures } = await checked(front, atTheVersion());
    expect(failures).toEqual([]);
    expect(front.warnings.join()).toContain(
      "Cluster is not healthy [unhealthy]\n  where: the cluster\n  seen:  elasticsearch state: yellow",
    );
    const { properties } = await front.run((context) => upgrade(null, {}, atTheVersion(), context));
    expect(properties).toMatchObject({ healthy: false, leader: "backend-1" });
  });
});

test.each([
  [
    "5.6.16",
    [expect.stringMatching(/^Set `rebuildIndex` and `allowDowntime`.*Elasticsearch 5\.6\.16 made this one/)],
  ],
  ["6.8.23", []],
])("what Chef recommends stands in the outputs: 3.1.1 with an index of %s", async (indexCreatedBy, told) => {
  const front = new FakeFront({ version: "3.1.1", indexCreatedBy });
  const inputs = inputsFor({ version: "3.1.1" });
  const { properties } = await front.run((context) => upgrade(null, {}, inputs, context));
  expect(properties.recommendations).toEqual(told);
});

test("an update is refused while a backend cannot be reached, though the others have the version", async () => {
  const front = new FakeFront();
  const { id, properties } = await front.run((context) => upgrade(null, {}, atTheVersion(), context));
  front.client.unreachable.add("backend-3");
  const update = front.run((context) => upgrade(id, properties, atTheVersion(), context));
  await expect(update).rejects.toThrow(/where: backend-3\n[^]*\nNothing was changed\./);
});

test("a preview says the order and the way in a line each, for who reads no diff", async () => {
  const front = new FakeFront();
  await checked(front, inputsFor());
  expect(front.lab.texts("note")).toEqual([
    "In this order: backend-2 (follower, 2.1.0 => 2.3.16), then backend-3 (follower, 2.1.0 => 2.3.16), then backend-1 (leader, 2.1.0 => 2.3.16)",
    expect.stringMatching(/^2\.1\.0 => 2\.3\.16, rolling, no downtime: the vendor's matrix lets \S/),
  ]);
});

test("which cluster was adopted stays known while cluster-status cannot be read", async () => {
  const front = new FakeFront();
  const { inputs: first } = await checked(front, atTheVersion());
  const { properties } = await front.run((context) =>
    upgrade(null, {}, first as unknown as CheckedInputs, context),
  );
  const guids = properties.clusterStatus.map(({ guid }) => guid).sort();
  for (const { name } of front.lab.nodes)
    front.lab.sim.switches(name).prints["cluster-status"] = { code: 1, message: "etcd: no quorum" };
  const { inputs } = await checked(front, atTheVersion(), first);
  const refreshed = await front.run((context) => read(properties, context));
  for (const each of [inputs, refreshed.inputs, refreshed.properties])
    expect(each).toMatchObject({ __adopted: { guids } });
});
