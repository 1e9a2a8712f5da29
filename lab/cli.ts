#!/usr/bin/env node
import { parseArgs } from "node:util";
import { runDemo } from "./demo/demo";
import { startEnterpriseLab } from "./enterpriseLab";
import { setFaults } from "./faults";
import { startLab } from "./lab";
import type { RunningMachines } from "./machines/startMachines";
import { startMigrationLab } from "./migrationLab";
import type { Platform } from "./simulation/types";

const usage = `Usage: chef-backend-lab up [--system S] [--scale N] [--version V] [--platform deb|rpm] [--fault F]...
       chef-backend-lab demo [--keep] [--scenario S] [--fault F]...

up    Starts a Chef Backend cluster to rehearse with: three backends and two frontends behind real SSH
      servers on this machine's loopback interface, until Ctrl-C.
        --system S    chef-backend (default); enterprise: Private Chef with two backends;
                      migration: a Chef server 12 with two backends, and five fresh machines
        --scale N     how many times as fast as on real machines things happen (default 1)
        --version V   version at the start (default 2.1.0; Private Chef 1.4.6; Chef server 12.19.31)
        --platform P  deb (default) or rpm
demo  Upgrades such a cluster with Pulumi.
        --keep        leaves the lab up afterwards, until Ctrl-C
        --scenario S  rolling (default): 2.1.0 to 2.3.16
                      downtime: 1.4.40 to 2.3.16
                      two-hops: 1.4.40 to 2.3.16 to 3.1.1, with a new search index
                      enterprise: Private Chef 1.4.6 to Enterprise Chef 11.3.2
                      migration: a Chef server 12 with DRBD to a new Chef Backend cluster

        --fault F     lets something go wrong: NODE.SWITCH or NODE.SWITCH=JSON, for example
                      backend-3.upgradeReturnsEarly, backend-2.rejoinSlow=120,
                      backend-1.installBreaksLeader, 'backend-2.maintainerScript="stop"',
                      cluster.noLeaderAfterFullStop, 'cluster.upgradeAlone="returns"'
`;

/** A running lab of either system, with what else there is to tell of it. */
interface Shown extends RunningMachines {
  readonly packages: Readonly<Record<string, string>>;
  /** Anything else that can be found on single nodes. */
  readonly more?: {
    readonly heading: string;
    readonly places: readonly (readonly [node: string, place: string])[];
  };
  /** Something to begin with. */
  readonly command: string;
}

/** How to reach a lab. */
function describe(lab: Shown): string {
  const login = `ssh -i ${lab.privateKeyPath} -o UserKnownHostsFile=${lab.knownHostsPath}`;
  const line = (name: string, ...words: string[]) => `  ${name.padEnd(14)} ${words.join(" ")}\n`;
  const nodes = lab.nodes.map(({ name, ip, port }) => line(name, ip.padEnd(16), `127.0.0.1 port ${port}`));
  const more = lab.more?.places.map(([name, place]) => line(name, place)) ?? [];
  const packages = Object.entries(lab.packages).map(([version, path]) => line(version, path));
  return `Nodes (address in the cluster, SSH server):
${nodes.join("")}${lab.more ? `${lab.more.heading}:\n${more.join("")}` : ""}Packages, on every node:
${packages.join("")}Key: ${lab.privateKeyPath}    Host keys: ${lab.knownHostsPath}

${login} -p ${lab.nodes[0]!.port} root@127.0.0.1 ${lab.command}
`;
}

const starters: Record<string, (platform: Platform, scale: number, version?: string) => Promise<Shown>> = {
  "chef-backend": async (platform, scale, version) => {
    const lab = await startLab({ platform, scale, version });
    const places = lab.frontends.map(({ node, statusUrl }) => [node.name, statusUrl] as const);
    return {
      ...lab,
      more: { heading: "Frontends' status pages", places },
      command: "chef-backend-ctl cluster-status",
    };
  },
  enterprise: async (platform, scale, version) => {
    const lab = await startEnterpriseLab({ platform, scale, simulation: { version } });
    return { ...lab, command: "private-chef-ctl status" };
  },
  migration: async (platform, scale, version) => {
    const lab = await startMigrationLab({ platform, scale, simulation: { source: { version } } });
    const places = ["old-frontend-1", "frontend-1"].map((name) => [name, lab.knife(name)] as const);
    const more = { heading: "knife, for the inputs source.knife and frontends.knife", places };
    return { ...lab, more, command: "cat /proc/drbd" };
  },
};

async function up(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      system: { type: "string", default: "chef-backend" },
      scale: { type: "string", default: "1" },
      version: { type: "string" },
      platform: { type: "string", default: "deb" },
      fault: { type: "string", multiple: true, default: [] },
    },
  });
  if (values.platform !== "deb" && values.platform !== "rpm")
    throw new Error(`--platform is deb or rpm, not ${values.platform}`);
  const start = Object.hasOwn(starters, values.system) ? starters[values.system]! : undefined;
  if (!start) throw new Error(`--system is ${Object.keys(starters).join(" or ")}, not ${values.system}`);
  const interrupted = untilInterrupted();
  const lab = await start(values.platform as Platform, Number(values.scale), values.version);
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
