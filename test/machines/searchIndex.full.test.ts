/** 2.3.16 with an index of Elasticsearch 2.3.1, as it comes from 1.x: both orders on the way to 3.x. */
import { type UpgradeResult, upgradeCluster } from "../../provider/execute/upgradeCluster";
import { connectMachines } from "../../provider/gate/connectMachines";
import type { ClusterInputs } from "../../provider/inputs/schema";
import { toSpec } from "../../provider/inputs/toSpec";
import { realClock } from "../../provider/machine/clock";
import { healthy, inputsFor } from "./lab/asClient";
import { Asker } from "./lab/asker";
import { waitFor } from "./lab/host";
import { describeMachines } from "./lab/requirements";
import { type Machines, startMachines } from "./lab/startMachines";

const index = "/var/opt/chef-backend/elasticsearch/data/index.json";
const log = "/var/log/chef-backend/elasticsearch/current";

describeMachines("an index of Elasticsearch 2.3.1 on the way to 3.x", () => {
  let machines: Machines;
  const inputs = (): ClusterInputs => {
    const packageFile = { path: machines.packagePath("3.1.1") };
    const frontends = { nodes: machines.frontends.map(({ name, ip }) => ({ name, host: ip })) };
    return inputsFor(machines, { version: "3.1.1", packageFile, allowDowntime: "3.1.1", frontends });
  };

  beforeEach(async () => {
    const of = { version: "2.3.16", packages: ["3.1.1"], frontendVersion: "15.9.38" };
    machines = await startMachines(of);
    const old = `chef-backend-ctl stop elasticsearch &&
printf '{"created_string": "2.3.1", "count": 0}' > ${index} && chef-backend-ctl start elasticsearch`;
    await Promise.all(machines.backends.map((machine) => machine.run(old)));
    const { nodes } = await healthy(inputs());
    expect(nodes.map(({ indexVersion }) => indexVersion)).toEqual(["2.3.1", "2.3.1", "2.3.1"]);
  });
  afterEach(() => machines?.close());

  test("the backends first: the first follower is without Elasticsearch, and its `upgrade` waits for ever", async () => {
    const leader = await machines.leader();
    await leader.run("chef-backend-ctl set-cluster-failover off");
    const follower = machines.backends.find((each) => each !== leader)!;
    const upgrade = `dpkg -i ${machines.packagePath("3.1.1")} && timeout 45 chef-backend-ctl upgrade`;
    expect((await follower.attempt(upgrade)).code).not.toBe(0);
    expect(await follower.run(`cat ${log}`)).toMatch(
      /IllegalStateException: The index \[\[chef\/\S+\]\] was created with version \[2\.3\.1\] but the minimum compatible version is \[5\.0\.0\]/,
    );
    expect((await follower.attempt("curl -sS http://localhost:9200/")).code).toBe(7);
  });

  test("the index first, then the backends one after another: one run, and nothing left to do", async () => {
    const events: string[] = [];
    const asker = new Asker(machines.frontends);
    /** What clients were told while each of them was the last one. */
    const answers: (number | null)[][] = [];
    const up = () =>
      run(inputs(), (text) => {
        answers.push(asker.lap().flat());
        events.push(text);
      });
    const { failure } = await up();
    await asker.stop();
    expect(failure?.error ?? null).toBeNull();
    const { nodes, frontends } = await healthy(inputs());
    expect(nodes.map((node) => [node.package.version, node.indexVersion])).toEqual(
      nodes.map(() => ["3.1.1-1", "5.6.16"]),
    );
    expect(frontends.map(({ answer }) => answer)).toEqual(["pong", "pong"]);
    const at = (text: RegExp) => events.findIndex((each) => text.test(each));
    // Told before an event: what came while the one before it was the last one.
    const closed = answers.slice(at(/deleting the search index/) + 1, at(/opening the frontend/) + 1).flat();
    expect(new Set(closed.filter((code) => code !== null))).toEqual(new Set([503]));
    expect(at(/deleting the search index/)).toBeLessThan(at(/opening the frontend/));
    expect(at(/opening the frontend/)).toBeLessThan(at(/installing chef-backend 3\.1\.1/));
    expect(events.join("\n")).toMatch(
      /Set `rebuildIndex` and `allowDowntime`.*Elasticsearch 5\.6\.16 made this one/,
    );
    await waitFor("the lock is given back", 30, async () => (await up()).touched === false);
  });
});

async function run(inputs: ClusterInputs, said: (text: string) => void): Promise<UpgradeResult> {
  const nodes = connectMachines(inputs, { quick: false, warn: () => undefined });
  let ids = 0;
  try {
    return await upgradeCluster(toSpec(inputs, null), nodes, {
      clock: realClock,
      report: (event) => {
        if (event.type === "step-started" || event.type === "note") said(event.text);
      },
      timestamp: () => new Date().toISOString(),
      newId: () => `searchindex${++ids}`,
      ...{ owner: "test@lab", process: `test-${process.pid}`, isAlive: () => true },
      runHere: (line) => Promise.reject(new Error(line)),
    });
  } finally {
    await Promise.all(nodes.map((node) => node.close()));
  }
}
