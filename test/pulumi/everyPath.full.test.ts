import { LabStack } from "../support/labStack";
import { commandsOf } from "../support/rehearsal";
import { resourceOutputs } from "../support/stackState";
import { byTier } from "../support/tier";

interface Row {
  readonly from: string;
  readonly to: string;
  /** Default `deb`. */
  readonly platform?: "deb" | "rpm";
  /** Elasticsearch that made the index, where it is not the one of `from`. */
  readonly index?: string;
  readonly methods: readonly ("rolling" | "downtime" | "reindex")[];
}

/**
 * Which paths there are and what each does is tried in memory (test/paths, test/execute/hops), the way from 1.x to 3.x
 * through the engine in paths.full.test.ts: what an engine adds, this one shows.
 */
const shown: Row[] = [{ from: "2.0.30", to: "3.1.1", methods: ["rolling", "reindex"] }];
const others: Row[] = [
  { from: "1.4.6", to: "2.3.16", platform: "rpm", methods: ["downtime"] },
  { from: "2.0.30", to: "2.3.16", index: "2.3.1", methods: ["reindex"] },
  { from: "1.2.4", to: "1.4.40", methods: ["rolling"] },
  { from: "1.4.40", to: "2.0.30", methods: ["downtime"] },
  { from: "1.4.6", to: "2.3.16", methods: ["downtime"] },
  { from: "2.0.30", to: "2.2.0", index: "2.3.1", methods: ["rolling"] },
  { from: "2.0.30", to: "2.3.16", methods: ["rolling"] },
  { from: "2.1.0", to: "2.3.16", platform: "rpm", methods: ["rolling"] },
  { from: "2.1.0", to: "3.0.0", methods: ["rolling"] },
  { from: "2.3.16", to: "3.1.1", index: "5.4.1", methods: ["reindex"] },
  { from: "3.0.0", to: "3.1.1", methods: ["rolling"] },
];
const rows = [...shown, ...byTier({ quick: [], full: [], soak: others })];

/** What tells each method by what it runs. */
const signs: Record<Row["methods"][number], RegExp> = {
  rolling: / upgrade --failover$/,
  downtime: / down-for-upgrade$/,
  reindex: / reindex -a$/,
};

describe("paths of the vendor's matrix, through the real engine", () => {
  let cluster: LabStack;
  afterEach(() => cluster.stop());

  it.each(rows)(
    "$from => $to, $platform, index $index: $methods",
    async ({ from, to, platform, index, methods }) => {
      const packages = [...new Set(["2.3.16", to])];
      cluster = await LabStack.start({ version: from, packages, scale: 40, platform, indexCreatedBy: index });
      const { lab, stack } = cluster;
      const downtime = methods.some((method) => method !== "rolling");
      await cluster.set({
        version: to,
        packageFile: undefined,
        packageFiles: Object.fromEntries(packages.map((each) => [each, { path: lab.packages[each] }])),
        frontends: { nodes: lab.frontends.map(({ node: { name, host, port } }) => ({ name, host, port })) },
        ...(downtime ? { allowDowntime: to } : {}),
      });
      const up = await stack.up();
      expect(up.all).toContain("2 created");
      expect(await resourceOutputs(cluster)).toMatchObject({
        installedVersions: { "backend-1": to, "backend-2": to, "backend-3": to },
        runningVersions: { "backend-1": to, "backend-2": to, "backend-3": to },
        frontendHealth: { "frontend-1": "pong", "frontend-2": "pong" },
        healthy: true,
      });
      const commands = commandsOf(lab.sim.history);
      for (const [method, sign] of Object.entries(signs)) {
        const expected =
          methods.includes(method as Row["methods"][number]) ||
          (method === "rolling" && methods.includes("reindex"));
        expect([method, commands.some((each) => sign.test(each))]).toEqual([method, expected]);
      }
      expect(lab.sim).toMatchObject({ healthy: true, failover: true, accidents: [], emptySearchSeconds: 0 });
      if (!downtime) expect(lab.sim.maxOut).toBe(1);
      await stack.ok("preview", "--expect-no-changes");
    },
  );

  it.each([
    ["3.0.0", "2.3.16", "Downgrade is not supported [downgrade]"],
    ["2.1.0", "4.0.0", "No documented upgrade path [path]"],
    ["0.9.0", "1.4.40", "No documented upgrade path [path]"],
  ])("%s => %s is refused in preview, and nothing is touched", async (from, to, message) => {
    cluster = await LabStack.start({ version: from, packages: [to] }, { version: to });
    await cluster.set({ packageFile: { path: cluster.lab.packages[to] } });
    const preview = await cluster.stack.run("preview");
    expect(preview.code).not.toBe(0);
    expect(preview.all).toContain(message);
    expect(preview.all).toContain(`has a problem: version: ${message}`);
    expect(preview.all).not.toContain("In this order");
    expect(cluster.lab.sim.history).toEqual([]);
  });
});
