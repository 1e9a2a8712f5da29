import { startEnterpriseLab } from "../enterpriseLab";
import { defaultEnterpriseTimeouts } from "../../provider/enterprise/spec";
import { address, type Stage } from "./stage";

const from = "1.4.6";
const to = "11.3.2";

export const enterpriseProgram = `const fs = require("fs");
const pulumi = require("@pulumi/pulumi");
const { EnterpriseChefCluster } = require("pulumi-chef-backend");

const config = new pulumi.Config();

const chef = new EnterpriseChefCluster("rehearsal", {
  version: config.require("version"),
  nodes: config.requireObject("nodes"),
  frontends: { nodes: config.requireObject("frontends") },
  connection: {
    privateKey: fs.readFileSync(config.require("privateKeyFile"), "utf8"),
    knownHosts: fs.readFileSync(config.require("knownHostsFile"), "utf8"),
  },
  packageFile: { path: config.require("packagePath") },
  allowDowntime: config.require("allowDowntime"),
  backupReference: "a snapshot of both backends: not needed in a lab",
  cleanup: config.getBoolean("cleanup"),
  timeouts: config.getObject("timeouts"),
});

exports.versions = chef.versions;
exports.master = chef.master;
exports.drbd = chef.drbd;
exports.frontendHealth = chef.frontendHealth;
exports.attempts = chef.attempts;
exports.installLogs = chef.installLogs;
exports.cleanedUp = chef.cleanedUp;
exports.lastUpgrade = chef.lastUpgrade.apply((last) => last && { ...last, steps: undefined });
`;

/** Private Chef on two backends and two frontends, whose first `upgrade` of the primary times out. */
export async function enterpriseStage(scale: number): Promise<Stage> {
  const lab = await startEnterpriseLab({
    scale,
    simulation: { version: from, master: "secondary", timings: { enterpriseUpgradeTimeout: 60 } },
  });
  const [primary] = lab.sim.backends;
  primary.switches.upgradeTimesOut = 1;
  const { keepalived, services } = defaultEnterpriseTimeouts;
  return {
    lab,
    program: enterpriseProgram,
    config: {
      version: from,
      nodes: lab.backends.map(address),
      frontends: lab.frontends.map(address),
      packagePath: lab.packages[to],
      allowDowntime: to,
      timeouts: { keepalived: keepalived / scale, services: services / scale },
    },
    changes: [
      ["version", to],
      ["cleanup", "true"],
    ],
    commands: [
      [primary.name, "cat /var/opt/opscode/keepalived/current_cluster_status /proc/drbd"],
      [primary.name, "private-chef-ctl status | cut -d';' -f1"],
    ],
    tell: (outputs) => {
      const { versions, master, cleanedUp } = outputs as unknown as {
        versions: Record<string, string>;
        master: string;
        cleanedUp: string;
      };
      const data = cleanedUp === "" ? "still there" : "destroyed";
      return { versions, verdict: `${master} is active, the old data is ${data}` };
    },
  };
}
