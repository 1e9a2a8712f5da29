import { type Lab, type LabOptions, startLab } from "../lab";
import { address, type Stage } from "./stage";

/** What is shown on a Chef Backend cluster: where it begins and where it is brought. */
export interface Upgrade {
  readonly from: string;
  readonly to: string;
  /** Versions of which there are packages, in the order in which they are installed. */
  readonly packages: readonly string[];
  /** The cluster goes down on the way: needs consent, and the frontends. */
  readonly downtime: boolean;
  /** The organization that is reindexed alone first. */
  readonly reindexTestOrg?: string;
}

export const chefBackendProgram = `const fs = require("fs");
const pulumi = require("@pulumi/pulumi");
const { ChefBackendCluster } = require("pulumi-chef-backend");

const config = new pulumi.Config();

const cluster = new ChefBackendCluster("rehearsal", {
  version: config.require("version"),
  nodes: config.requireObject("nodes"),
  connection: {
    privateKey: fs.readFileSync(config.require("privateKeyFile"), "utf8"),
    knownHosts: fs.readFileSync(config.require("knownHostsFile"), "utf8"),
  },
  packageFile: config.get("packagePath") && { path: config.require("packagePath") },
  packageFiles: config.getObject("packageFiles"),
  allowDowntime: config.get("allowDowntime"),
  frontends: config.getObject("frontends"),
  reindexTestOrg: config.get("reindexTestOrg"),
  timeouts: config.getObject("timeouts"),
});

exports.leader = cluster.leader;
exports.installedVersions = cluster.installedVersions;
exports.runningVersions = cluster.runningVersions;
exports.failover = cluster.failover;
exports.healthy = cluster.healthy;
exports.lastUpgrade = cluster.lastUpgrade.apply((last) => last && { ...last, steps: undefined });
`;

/** The lab that an upgrade is played on. */
export function labFor({ from, packages }: Upgrade): LabOptions {
  return { version: from, packages: [...packages] };
}

/** Configuration of the program beyond the nodes and how to reach them. */
export function configFor({ to, downtime, packages, reindexTestOrg }: Upgrade, lab: Lab) {
  if (!downtime) return { packagePath: lab.packages[to] };
  const files = packages.map((version) => [version, { path: lab.packages[version] }] as const);
  return {
    packageFiles: Object.fromEntries(files),
    allowDowntime: to,
    frontends: { nodes: lab.frontends.map(({ node }) => address(node)) },
    ...(reindexTestOrg === undefined ? {} : { reindexTestOrg }),
  };
}

/** Three backends and two frontends. */
export async function chefBackendStage(upgrade: Upgrade, scale: number): Promise<Stage> {
  const lab = await startLab({ scale, ...labFor(upgrade) });
  const [{ name: first }] = lab.nodes as [Lab["nodes"][number]];
  return {
    lab,
    program: chefBackendProgram,
    config: {
      version: upgrade.from,
      nodes: lab.backends.map(address),
      timeouts: lab.timeouts,
      ...configFor(upgrade, lab),
    },
    changes: [["version", upgrade.to]],
    commands: [
      [first, "chef-backend-ctl cluster-status"],
      [first, "chef-backend-ctl status"],
    ],
    tell: (outputs) => {
      const { installedVersions, runningVersions, failover, healthy } = outputs as unknown as {
        installedVersions: Record<string, string>;
        runningVersions: Record<string, string>;
        failover: string;
        healthy: boolean;
      };
      const versions = Object.entries(installedVersions).map(
        ([name, installed]) => [name, `installed ${installed}, running ${runningVersions[name]}`] as const,
      );
      const health = healthy ? "the cluster is healthy" : "the cluster is NOT healthy";
      return { versions: Object.fromEntries(versions), verdict: `${health}, failover is ${failover}` };
    },
  };
}
