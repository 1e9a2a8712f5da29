import { filterPath } from "../../lab/simulation/cluster/filterPath";
import { ctl, rig } from "./rig";

const disk = "cluster.routing.allocation.disk";

describe("Elasticsearch's settings of the cluster", () => {
  const ask = async ({ exec }: ReturnType<typeof rig>, query = "") => {
    const { stdout } = await exec(
      "backend-1",
      "curl",
      "-sS",
      `http://localhost:9200/_cluster/settings${query}`,
    );
    return JSON.parse(stdout) as Record<string, Record<string, unknown>>;
  };

  test("with defaults since Elasticsearch 5; the flood stage since 6", async () => {
    const flat = "?include_defaults=true&flat_settings=true";
    const watermarks = { [`${disk}.watermark.low`]: "85%", [`${disk}.watermark.high`]: "90%" };
    const five = await ask(rig({ version: "2.1.0" }), flat);
    expect(five).toMatchObject({ persistent: {}, transient: {}, defaults: watermarks });
    expect(five.defaults).toHaveProperty([`${disk}.threshold_enabled`], "true");
    expect(five.defaults).not.toHaveProperty([`${disk}.watermark.flood_stage`]);
    const six = await ask(rig({ version: "3.1.1" }), flat);
    expect(six.defaults).toMatchObject({ ...watermarks, [`${disk}.watermark.flood_stage`]: "95%" });
    expect(await ask(rig({ version: "1.4.40" }), flat)).toEqual({ persistent: {}, transient: {} });
    expect(await ask(rig({ version: "3.1.1" }))).toEqual({ persistent: {}, transient: {} });
  });

  test("what was set is no default; filter_path picks", async () => {
    const r = rig();
    r.sim.search.settings.transient[`${disk}.watermark.low`] = "70%";
    const query = "?include_defaults=true&filter_path=*.cluster.routing.allocation.disk.watermark";
    const watermark = (value: object) => ({
      cluster: { routing: { allocation: { disk: { watermark: value } } } },
    });
    expect(await ask(r, query)).toEqual({
      transient: watermark({ low: "70%" }),
      defaults: watermark({ high: "90%" }),
    });
  });

  test("filter_path: a dot goes down, and meets no flat name", () => {
    const answer = { a: { "x.y": "1", z: { x: "2" } }, b: {} };
    expect(filterPath(answer, "a.x.y")).toEqual({});
    expect(filterPath(answer, "a.x\\.y")).toEqual({ a: { "x.y": "1" } });
    expect(filterPath(answer, "*.x*")).toEqual({ a: { "x.y": "1" } });
    expect(filterPath(answer, "**.x,a.x*")).toEqual({ a: { "x.y": "1", z: { x: "2" } } });
    expect(filterPath(answer, "b")).toEqual({});
  });
});

test("markers of accepted licenses; without its own `upgrade` of a backend ends with 1", async () => {
  const frontends = ["12.17.15", "15.9.38"].map((version, at) => ({
    ...{ name: `frontend-${at + 1}`, ip: `192.168.33.22${at}`, version },
  }));
  const { exec, sim } = rig({ frontends });
  const there = async (node: string, path: string) => (await exec(node, "stat", "-c", "%n", path)).code === 0;
  const mlsa = "/var/opt/chef-backend/.license.accepted";
  expect(await there("backend-1", mlsa)).toBe(true);
  const infra = "/etc/chef/accepted_licenses/chef_infra_server";
  for (const [node, both] of [
    ["frontend-1", [true, false]],
    ["frontend-2", [true, true]],
  ] as const)
    expect([await there(node, "/var/opt/opscode/.license.accepted"), await there(node, infra)]).toEqual(both);
  expect((await exec("frontend-2", "cat", infra)).stdout).toMatch(/^accepting_product_version: 15\.9\.38$/m);
  sim.switches("backend-1").hiddenFiles = [mlsa];
  expect(await there("backend-1", mlsa)).toBe(false);
  expect(await exec("backend-1", ctl, "upgrade")).toMatchObject({
    code: 1,
    stdout: expect.stringContaining("or pass --accept-license.\n") as string,
  });
});

test("diskSize: the share that df tells", async () => {
  const { exec, sim } = rig();
  sim.switches("backend-1").diskFree = { "/": 2_000, "/var/opt": 100 };
  sim.switches("backend-1").diskSize = { "/var/opt": 1_000 };
  const { stdout } = await exec("backend-1", "df", "-Pk", "/var/opt/chef-backend");
  expect(stdout).toMatch(/ 1000 +900 +100 +90% \/var\/opt\n$/);
});
