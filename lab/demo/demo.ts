import { once } from "node:events";
import { appendFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { duration } from "../../provider/report/events";
import type { LastUpgrade } from "../../provider/handlers/types";
import { setFaults } from "../faults";
import { type Lab, startLab } from "../lab";
import { onNode } from "./onNode";
import { type DemoProject, demoProject } from "./project";
import { pulumi, pulumiOutput } from "./pulumi";
import { configFor, labFor, type Scenario, scenarioOf } from "./scenarios";

/** The lab's seconds are real ones divided by this. */
const scale = 20;

/**
 * The main job on the embedded lab: adopt a cluster, bump the version, preview, upgrade, look. Leaves nothing
 * behind; with `keep` the lab stays up until Ctrl-C, and how to play on is printed.
 */
export async function runDemo(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      keep: { type: "boolean", default: false },
      fault: { type: "string", multiple: true, default: [] },
      scenario: { type: "string", default: "rolling" },
    },
  });
  const scenario = scenarioOf(values.scenario);
  const { from, to } = scenario;
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stop.abort());
  console.log(
    `Starting the lab: three Chef Backend ${from} nodes and two frontends behind SSH servers on loopback.`,
  );
  const lab = await startLab({ scale, ...labFor(scenario) });
  const project = await demoProject(stop.signal);
  try {
    setFaults(lab.sim, values.fault);
    await configure(lab, project, scenario);
    await showStatus(lab);
    await pulumi(project, ["up", "--yes", "--skip-preview"]);
    await pulumi(project, ["config", "set", "version", to]);
    await pulumi(project, ["preview", "--diff"]);
    await pulumi(project, ["up", "--yes", "--skip-preview"]);
    await showStatus(lab);
    await showResult(project);
    if (values.keep) await keepUntil(stop.signal, lab, project);
  } catch (error) {
    // A rehearsal of a fault goes on by hand: that is what it is for.
    if (!values.keep || stop.signal.aborted) throw error;
    console.log(`\n${(error as Error).message}`);
    await keepUntil(stop.signal, lab, project);
  } finally {
    await lab.stop();
    await project.remove();
  }
}

async function keepUntil(signal: AbortSignal, lab: Lab, project: DemoProject): Promise<void> {
  printHowToPlayOn(lab, project);
  if (!signal.aborted) await once(signal, "abort");
}

async function configure(lab: Lab, project: DemoProject, scenario: Scenario): Promise<void> {
  const keyFile = join(project.folder, "lab_key");
  const knownHostsFile = join(project.folder, "lab_known_hosts");
  await writeFile(keyFile, lab.privateKey, { mode: 0o600 });
  await writeFile(knownHostsFile, lab.knownHosts);
  await pulumiOutput(project, ["stack", "init", "lab"]);
  const config = {
    version: scenario.from,
    nodes: lab.backends.map(({ name, port }) => ({ name, host: "127.0.0.1", port })),
    privateKeyFile: keyFile,
    knownHostsFile,
    timeouts: lab.timeouts,
    ...configFor(scenario, lab),
  };
  const lines = Object.entries(config).map(([key, value]) => `  rehearsal:${key}: ${JSON.stringify(value)}`);
  await appendFile(join(project.folder, "Pulumi.lab.yaml"), `config:\n${lines.join("\n")}\n`);
}

async function showStatus(lab: Lab): Promise<void> {
  const node = lab.nodes[0]!;
  for (const command of ["chef-backend-ctl cluster-status", "chef-backend-ctl status"])
    console.log(`\n${node.name}# ${command}\n${(await onNode(lab, node, command)).trimEnd()}`);
}

async function showResult(project: DemoProject): Promise<void> {
  const text = await pulumiOutput(project, ["stack", "output", "--json"]);
  const outputs = JSON.parse(text) as {
    installedVersions: Record<string, string>;
    runningVersions: Record<string, string>;
    failover: string;
    healthy: boolean;
    lastUpgrade: LastUpgrade;
  };
  console.log("\nVersions per node:");
  for (const [name, installed] of Object.entries(outputs.installedVersions))
    console.log(`  ${name}: installed ${installed}, running ${outputs.runningVersions[name]}`);
  const { started, finished, from: was, to: is } = outputs.lastUpgrade;
  const seconds = (Date.parse(finished) - Date.parse(started)) / 1000;
  const health = outputs.healthy ? "the cluster is healthy" : "the cluster is NOT healthy";
  console.log(
    `\nupgraded ${was} => ${is} in ${duration(seconds)}: ${health}, failover is ${outputs.failover}`,
  );
  console.log(`(The lab runs ${scale} times as fast as real machines.)`);
}

function printHowToPlayOn(lab: Lab, project: DemoProject): void {
  const env = Object.entries(project.env).map(([name, value]) => `export ${name}=${value}`);
  const node = lab.nodes[0]!;
  console.log(`
The lab stays up until Ctrl-C. To play on, paste into another terminal:

  cd ${project.folder}
  ${env.join("\n  ")}

  npx pulumi preview --diff
  npx pulumi refresh --yes
  npx pulumi stack output
  ssh -i lab_key -o UserKnownHostsFile=lab_known_hosts -p ${node.port} root@127.0.0.1 chef-backend-ctl status
`);
}
