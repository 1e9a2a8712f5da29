import { once } from "node:events";
import { appendFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { duration } from "../../provider/report/events";
import { setFaults } from "../faults";
import { onNode } from "./onNode";
import { type DemoProject, demoProject } from "./project";
import { pulumi, pulumiOutput } from "./pulumi";
import { scenarioOf } from "./scenarios";
import type { Stage, StageOutputs } from "./stage";

/** The lab's seconds are real ones divided by this. */
const scale = 20;

/**
 * The main job on the embedded lab: adopt what runs, bump the version, preview, upgrade, look. Leaves nothing
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
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stop.abort());
  console.log(`Starting the lab: ${scenario.intro} behind SSH servers on loopback.`);
  const stage = await scenario.start(scale);
  const project = await demoProject(stage.program, stop.signal);
  try {
    setFaults(stage.lab.sim, values.fault);
    await configure(stage, project);
    await showStatus(stage);
    await pulumi(project, ["up", "--yes", "--skip-preview"]);
    for (const [key, value] of stage.changes) {
      await pulumi(project, ["config", "set", key, value]);
      await pulumi(project, ["preview", "--diff"]);
      await pulumi(project, ["up", "--yes", "--skip-preview"]);
    }
    await showStatus(stage);
    await showResult(stage, project);
    if (values.keep) await keepUntil(stop.signal, stage, project);
  } catch (error) {
    // A rehearsal of a fault goes on by hand: that is what it is for.
    if (!values.keep || stop.signal.aborted) throw error;
    console.log(`\n${(error as Error).message}`);
    await keepUntil(stop.signal, stage, project);
  } finally {
    await stage.lab.stop();
    await project.remove();
  }
}

async function keepUntil(signal: AbortSignal, stage: Stage, project: DemoProject): Promise<void> {
  printHowToPlayOn(stage, project);
  if (!signal.aborted) await once(signal, "abort");
}

async function configure({ lab, config }: Stage, project: DemoProject): Promise<void> {
  const privateKeyFile = join(project.folder, "lab_key");
  const knownHostsFile = join(project.folder, "lab_known_hosts");
  await writeFile(privateKeyFile, lab.privateKey, { mode: 0o600 });
  await writeFile(knownHostsFile, lab.knownHosts);
  await pulumiOutput(project, ["stack", "init", "lab"]);
  const all = { ...config, privateKeyFile, knownHostsFile };
  const lines = Object.entries(all).map(([key, value]) => `  rehearsal:${key}: ${JSON.stringify(value)}`);
  await appendFile(join(project.folder, "Pulumi.lab.yaml"), `config:\n${lines.join("\n")}\n`);
}

async function showStatus({ lab, commands }: Stage): Promise<void> {
  for (const [node, command] of commands) {
    // Of what is stopped the status ends badly.
    const shown = await onNode(lab, lab.node(node), `${command} 2>&1 || true`);
    console.log(`\n${node}# ${command}\n${shown.trimEnd()}`);
  }
}

async function showResult(stage: Stage, project: DemoProject): Promise<void> {
  const outputs = JSON.parse(await pulumiOutput(project, ["stack", "output", "--json"])) as StageOutputs;
  const { heading = "Versions per node", versions, verdict } = stage.tell(outputs);
  console.log(`\n${heading}:`);
  for (const [name, version] of Object.entries(versions)) console.log(`  ${name}: ${version}`);
  const { started, finished, from: was, to: is } = outputs.lastUpgrade;
  const seconds = (Date.parse(finished) - Date.parse(started)) / 1000;
  console.log(`\nupgraded ${was} => ${is} in ${duration(seconds)}: ${verdict}`);
  console.log(`(The lab runs ${scale} times as fast as real machines.)`);
}

function printHowToPlayOn({ lab, commands }: Stage, project: DemoProject): void {
  const env = Object.entries(project.env).map(([name, value]) => `export ${name}=${value}`);
  const [node, command] = commands.at(-1)!;
  console.log(`
The lab stays up until Ctrl-C. To play on, paste into another terminal:

  cd ${project.folder}
  ${env.join("\n  ")}

  npx pulumi preview --diff
  npx pulumi refresh --yes
  npx pulumi stack output
  ssh -i lab_key -o UserKnownHostsFile=lab_known_hosts -p ${lab.node(node).port} root@127.0.0.1 "${command}"
`);
}
