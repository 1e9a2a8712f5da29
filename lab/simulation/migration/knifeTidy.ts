import { diskOf } from "../nodeDisk";
import type { ChefData } from "./chefData";
import type { KnifeRun } from "./knife";

const DAY = 86_400;

/** `knife tidy server report`: writes `reports/` into the folder that it runs in. */
export async function knifeTidy({ run, server, options, work }: KnifeRun): Promise<number> {
  const { data } = server;
  const disk = diskOf(run);
  const folder = `${run.io.cwd ?? "/root"}/reports`;
  run.say(`Writing to ${folder} directory`);
  if ((await disk.list(folder)).some((path) => path.endsWith(".json")) && !options["yes"]) {
    run.print(`You have existing reports in ${folder}. Remove? (Y/N) `);
    if (!/^y/i.test(run.io.stdin ?? "")) {
      run.say("You said no, so I'm done here.");
      return 3;
    }
  }
  const threshold = Number(options["node-threshold"] ?? 30);
  const now = run.machine.wall() / 1000;
  const wanted = (options["orgs"] as string | undefined)?.split(",") ?? data.organizations;
  const write = (name: string, content: object) =>
    disk.write(`${folder}/${name}.json`, `${JSON.stringify(content, null, 2)}\n`);
  for (const name of wanted) {
    run.say(`  Organization: ${name}`);
    await work(run.sim.timings.control);
    const nodes = nodesOf(data, name);
    const stale = nodes.filter(({ automatic }) => now - automatic.ohai_time >= threshold * DAY);
    const versions = [...versionsOf(data, name)];
    const unused = versions.map(([cookbook, all]) => [cookbook, unusedOf(cookbook, all, nodes)] as const);
    await write(`${name}_unused_cookbooks`, Object.fromEntries(unused.filter(([, list]) => list.length > 0)));
    await write(
      `${name}_cookbook_count`,
      Object.fromEntries(versions.map(([cookbook, all]) => [cookbook, all.length])),
    );
    const counts = { threshold_days: threshold, org_total_node_count: nodes.length, count: stale.length };
    await write(`${name}_stale_nodes`, { ...counts, list: stale.map((node) => node.name) });
  }
  run.say("** Finished **");
  return 0;
}

interface Node {
  readonly name: string;
  readonly automatic: {
    readonly ohai_time: number;
    readonly cookbooks: Readonly<Record<string, { version: string }>>;
  };
}

const nodesOf = (data: ChefData, organization: string): Node[] =>
  data.below(`organizations/${organization}/nodes`).map((path) => data.json<Node>(path)!);

/** Versions by cookbook, the oldest first. */
function versionsOf(data: ChefData, organization: string): Map<string, string[]> {
  const versions = new Map<string, string[]>();
  for (const path of data.below(`organizations/${organization}/cookbooks`)) {
    const [, cookbook = "", version = ""] = /\/cookbooks\/(.+)-([\d.]+)\/metadata\.json$/.exec(path) ?? [];
    if (cookbook) versions.set(cookbook, [...(versions.get(cookbook) ?? []), version]);
  }
  return versions;
}

/** All versions of a cookbook that no node uses; of any other those that are neither used nor the newest. */
function unusedOf(cookbook: string, versions: readonly string[], nodes: readonly Node[]): readonly string[] {
  const used = new Set(nodes.flatMap(({ automatic }) => automatic.cookbooks[cookbook]?.version ?? []));
  return used.size === 0 ? versions : versions.slice(0, -1).filter((version) => !used.has(version));
}
