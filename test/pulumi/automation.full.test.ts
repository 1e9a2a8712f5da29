import { address } from "../../lab/demo/stage";
import { startLab } from "../../lab/lab";
import { Examples } from "./example";

const examples = new Examples();
afterEach(() => examples.stop());

test("a program of one's own runs an inline program through the Automation API: adopts, then upgrades", async () => {
  const { lab, stack } = await examples.start("automation", startLab({ scale: 40 }), (own) => ({
    nodes: own.backends.map(address),
    ...{ version: "2.1.0", packagePath: own.packages["2.3.16"], timeouts: own.timeouts },
  }));
  expect(await stack.shell("node index.js test")).toContain("healthy: true");
  expect(lab.sim.history).toEqual([]);
  await stack.ok("config", "set", "version", "2.3.16");
  expect(await stack.shell("node index.js test")).toContain("3/3 backend-1: waiting for rejoin: done");
  const [cluster] = (await stack.state()).resources.filter(({ id }) =>
    String(id).startsWith("chef-backend-"),
  );
  expect(cluster).toMatchObject({ outputs: { version: "2.3.16", healthy: true } });
});
