#!/usr/bin/env node
import { parseArgs } from "node:util";
import { runDemo } from "./demo/demo";
import { setFaults } from "./faults";
import { startLab, type Lab } from "./lab";
import type { Platform } from "./simulation/types";

const usage = `Usage: chef-backend-lab up [--scale N] [--version V] [--platform deb|rpm] [--fault F]...
       chef-backend-lab demo [--keep] [--scenario S] [--fault F]...

up    Starts a Chef Backend cluster to rehearse with: three backends and two frontends behind real SSH
      servers on this machine's loopback interface, until Ctrl-C.
        --scale N     how many times as fast as on real machines things happen (default 1)
        --version V   Chef Backend's version at the start (default 2.1.0)
        --platform P  deb (default) or rpm
demo  Upgrades such a cluster with Pulumi.
        --keep        leaves the lab up afterwards, until Ctrl-C
        --scenario S  rolling (default): 2.1.0 to 2.3.16
                      downtime: 1.4.40 to 2.3.16
                      two-hops: 1.4.40 to 2.3.16 to 3.1.1, with a new search index

        --fault F     lets something go wrong: NODE.SWITCH or NODE.SWITCH=JSON, for example
                      backend-3.upgradeReturnsEarly, backend-2.rejoinSlow=120,
                      backend-1.installBreaksLeader, 'backend-2.maintainerScript="stop"',
                      cluster.noLeaderAfterFullStop, 'cluster.upgradeAlone="returns"'
`;

/** Prints how to reach a lab. */
export function describe(lab: Lab): string {
  const login = `ssh -i ${lab.privateKeyPath} -o UserKnownHostsFile=${lab.knownHostsPath}`;
  const nodes = lab.nodes.map(
    (node) => `  ${node.name.padEnd(12)} ${node.ip.padEnd(16)} 127.0.0.1 port ${node.port}`,
  );
  const pages = lab.frontends.map(({ node, statusUrl }) => `  ${node.name.padEnd(12)} ${statusUrl}`);
  const packages = Object.entries(lab.packages).map(([version, path]) => `  ${version.padEnd(12)} ${path}`);
  return `Nodes (address in the cluster, SSH server):
${nodes.join("\n")}
Frontends' status pages:
${pages.join("\n")}
Packages, on every node:
${packages.join("\n")}
Key: ${lab.privateKeyPath}    Host keys: ${lab.knownHostsPath}

${login} -p ${lab.nodes[0]!.port} root@127.0.0.1 chef-backend-ctl cluster-status
`;
}

async function up(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      scale: { type: "string", default: "1" },
      version: { type: "string", default: "2.1.0" },
      platform: { type: "string", default: "deb" },
      fault: { type: "string", multiple: true, default: [] },
    },
  });
  if (values.platform !== "deb" && values.platform !== "rpm")
    throw new Error(`--platform is deb or rpm, not ${values.platform}`);
  const { version } = values;
  const interrupted = untilInterrupted();
  const lab = await startLab({ version, platform: values.platform as Platform, scale: Number(values.scale) });
  try {
    setFaults(lab.sim, values.fault);
    process.stdout.write(`${describe(lab)}\nCtrl-C ends the lab.\n`);
    await interrupted;
    process.stdout.write("\nEnding the lab...\n");
  } finally {
    await lab.stop();
  }
}

/** Resolves at the first Ctrl-C or `kill`; the second one ends the process as usual. */
function untilInterrupted(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => resolve());
  });
}

async function main([command, ...args]: string[]): Promise<void> {
  if (command === "up") return up(args);
  if (command === "demo") return runDemo(args);
  process.stdout.write(usage);
  if (command !== undefined && command !== "--help" && command !== "help") process.exitCode = 2;
}

if (require.main === module)
  main(process.argv.slice(2)).catch((error: unknown) => {
    process.stderr.write(`chef-backend-lab: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
