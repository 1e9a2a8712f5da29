import { startMigrationLab } from "../migrationLab";
import { address, type Stage } from "./stage";

const from = "12.19.31";
const to = "2.3.16";
const frontendVersion = "15.9.38";

export const migrationProgram = `const fs = require("fs");
const pulumi = require("@pulumi/pulumi");
const { ChefBackendMigration } = require("pulumi-chef-backend");

const config = new pulumi.Config();

const migration = new ChefBackendMigration("rehearsal", {
  version: "${to}",
  nodes: config.requireObject("nodes"),
  packageFile: { path: config.require("packagePath") },
  backendConfig: config.require("backendConfig"),
  frontends: config.requireObject("frontends"),
  source: config.requireObject("source"),
  connection: {
    privateKey: fs.readFileSync(config.require("privateKeyFile"), "utf8"),
    knownHosts: fs.readFileSync(config.require("knownHostsFile"), "utf8"),
  },
  allowDowntime: "${to}",
  rehearse: config.requireBoolean("rehearse"),
  timeouts: config.getObject("timeouts"),
});

exports.phase = migration.phase;
exports.sourceFrontends = migration.sourceFrontends;
exports.frontendAddresses = migration.frontendAddresses;
exports.counts = migration.counts.apply((rows) =>
  Object.fromEntries(
    rows.map((row) => [\`\${row.organization || "(server)"} \${row.kind}\`, \`\${row.old} => \${row.new}\`]),
  ),
);
exports.differences = migration.differences;
exports.tidyReport = migration.tidyReport;
exports.lastUpgrade = migration.lastMigration.apply((last) => last && { ...last, from: "Chef server ${from} on DRBD", to: "Chef Backend ${to}" });
`;

/** An old pair and fresh machines: first a rehearsal while the old system serves, then the move. */
export async function migrationStage(scale: number): Promise<Stage> {
  const lab = await startMigrationLab({ scale });
  const old = (name: string) => name.startsWith("old-");
  const machines = (nodes: typeof lab.nodes, which: boolean) =>
    nodes.filter(({ name }) => old(name) === which).map(address);
  const frontends = lab.nodes.filter(({ kind }) => kind === "frontend");
  const [oldFrontend, newFrontend] = [machines(frontends, true)[0]!, machines(frontends, false)[0]!];
  return {
    lab,
    program: migrationProgram,
    config: {
      rehearse: true,
      nodes: machines(lab.backends, false),
      packagePath: lab.packages.backend,
      backendConfig: lab.backendConfig,
      frontends: {
        nodes: machines(frontends, false),
        version: frontendVersion,
        packageFile: { path: lab.packages.server },
        acceptLicense: true,
        knife: lab.knife(newFrontend.name),
      },
      source: {
        backends: machines(lab.backends, true),
        frontends: machines(frontends, true),
        knife: lab.knife(oldFrontend.name),
      },
      timeouts: lab.timeouts,
    },
    changes: [["rehearse", "false"]],
    commands: [
      ["old-backend-1", "cat /proc/drbd"],
      [oldFrontend.name, "chef-server-ctl status"],
      [newFrontend.name, "curl -ksS https://localhost/_status"],
    ],
    tell: (outputs) => {
      const { phase, counts, differences } = outputs as unknown as {
        phase: string;
        counts: Record<string, string>;
        differences: string[];
      };
      return {
        heading: "Objects on the old system and on the new one",
        versions: counts,
        verdict: `${phase}, ${differences.length === 0 ? "no difference" : differences.join("; ")}`,
      };
    },
  };
}
