import type { MachineState } from "../cluster/state";
import { asksForLicense } from "../paths/frontendPaths";
import type { Refusal } from "../plan/plan";
import { lowDisk } from "../plan/refusals/disk";
import { nodeRules } from "../plan/refusals/nodes";
import { refuse } from "../plan/refusals/rule";
import type { PackageSource } from "../plan/spec";
import { installedRight, packageFileOf, viewOf } from "../plan/view";
import { configFor } from "./backendConfig";
import { isHalfDone } from "./clusterSteps";
import type { Rule } from "./rule";

/** What is there is never written over: unless it is our own unfinished work. */
const notFresh: Rule = (_spec, { nodes, frontends }, record) => {
  if (record !== null) return [];
  const used = [
    ...nodes.map(({ name, found, clusterStatus }) => ({
      name,
      found:
        typeof clusterStatus === "string" || clusterStatus.length === 0 ? found : ["a cluster", ...found],
    })),
    ...frontends.map(({ name, found }) => ({ name, found })),
  ];
  return used
    .filter(({ found }) => found.length > 0)
    .map(({ name, found }) =>
      refuse(
        "target",
        `${name} is no fresh machine: it has ${found.slice(0, 4).join(", ")}`,
        "A migration fills new machines, and destroys nothing: give fresh ones. What a Chef Backend cluster is already, ChefBackendCluster upgrades",
      ),
    );
};

const otherVersion: Rule = ({ cluster }, state) => {
  const its = (machine: MachineState, wanted: string, what: string) =>
    machine.package.state === "installed" && !installedRight(machine, wanted)
      ? [
          refuse(
            "version",
            `${machine.name} has ${what} ${machine.package.version} installed, expected none, or ${wanted}`,
            "A migration does not upgrade: give the version that is there, and upgrade with ChefBackendCluster once the data are there",
          ),
        ]
      : [];
  return [
    ...state.nodes.flatMap((node) => its(node, cluster.version, "chef-backend")),
    ...state.frontends.flatMap((node) => its(node, cluster.frontends.version, "chef-server-core")),
  ];
};

/** What every backend of a cluster has to have, whatever is done to it. */
const asBackends: Rule = ({ cluster }, { startedAt, endedAt, nodes, frontends }) => {
  const view = viewOf(cluster, { startedAt, endedAt, nodes, frontends });
  const ofAny = ["platform", "clock"];
  return nodeRules.flatMap((rule) => rule(cluster, view)).filter(({ code }) => ofAny.includes(code));
};

const packages: Rule = ({ cluster, timeouts }, { nodes, frontends }, record) => {
  const ours = (machine: MachineState) =>
    isHalfDone(machine) && record !== null && record.begun.includes(`${machine.name}/install`);
  const of = (machine: MachineState, wanted: string, source: PackageSource | null, field: string) =>
    installedRight(machine, wanted)
      ? []
      : packageRefusals(machine, wanted, source, field, timeouts.packageLock, ours(machine));
  const { version, packageFile } = cluster.frontends;
  return [
    ...nodes.flatMap((node) =>
      of(node, cluster.version, cluster.packages[cluster.version] ?? null, "packageFile"),
    ),
    ...frontends.flatMap((node) => of(node, version, packageFile, "frontends.packageFile")),
  ];
};

function packageRefusals(
  machine: MachineState,
  wanted: string,
  source: PackageSource | null,
  field: string,
  patience: number,
  ours: boolean,
): Refusal[] {
  const { name, package: pkg, packageLock } = machine;
  const code = field === "packageFile" ? field : "frontendPackage";
  const file = packageFileOf(machine, wanted);
  const wayOut = source?.staging
    ? `Give the right file in ${field}`
    : `Put the package of ${wanted} there, or let it be brought there by ${field}.source or ${field}.url`;
  return [
    ...(pkg.state === "interrupted" && !ours
      ? [
          refuse(
            code,
            `${name}: an installation was interrupted (${pkg.detail})`,
            "Look at the machine, and finish or remove it there",
          ),
        ]
      : []),
    ...(packageLock === null
      ? []
      : [
          refuse(
            "packageLock",
            `${name}: the package manager is busy: ${packageLock}`,
            "Wait until it has ended; the lock is never removed",
            patience,
          ),
        ]),
    ...(file?.problem && !(file.missing && source?.staging)
      ? [refuse(code, `${name}: ${file.path}: ${file.problem}`, wayOut)]
      : []),
    ...lowDisk(
      machine,
      name,
      file,
      source?.stagedKiB ?? 0,
      "services turn unhealthy when the disk is nearly full",
    ),
  ];
}

const license: Rule = ({ cluster: { frontends } }) =>
  asksForLicense(frontends.version) && !frontends.acceptLicense
    ? [
        refuse(
          "license",
          `chef-server-core ${frontends.version} runs only once its licence has been accepted, and acceptLicense is not true`,
          "Read the licence, then set frontends.acceptLicense: true; it is never assumed",
        ),
      ]
    : [];

const noName: Rule = (_spec, { frontends }) =>
  frontends
    .filter(({ fqdn }) => !/^[\w-]+(\.[\w-]+)+$/.test(fqdn))
    .map(({ name, fqdn }) =>
      refuse(
        "target",
        `${name}: \`hostname -f\` says ${fqdn || "nothing"}, expected a full name: the frontend's configuration and certificate are made for it`,
        "Set the machine's name",
      ),
    );

const noConfig: Rule = (spec, { nodes }) =>
  nodes.flatMap((node) => {
    const config = configFor(spec, node);
    return "problem" in config
      ? [refuse("backendConfig", `${node.name}: ${config.problem}`, config.wayOut)]
      : [];
  });

/** The new machines are fresh, or were begun by us, and have all that they need. */
export const targetRules: Rule[] = [
  ...[notFresh, otherVersion, asBackends, packages, license, noName, noConfig],
];
