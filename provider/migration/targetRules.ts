import { parseBackendConfig } from "../chef/cluster/backendConfig";
import { joinFault } from "../chef/cluster/joining";
import type { MachineState } from "../cluster/state";
import { elasticsearchOf } from "../paths/backendPaths";
import { asksForLicense } from "../paths/frontendPaths";
import { firstWith, knownText, worksWith } from "../paths/frontendSearch";
import type { Refusal } from "../plan/plan";
import { keptOf, lowDisk, type Target } from "../plan/refusals/disk";
import {
  busyPackageManager,
  unreadableDatabase,
  interruptedBackend,
  interruptedFrontend,
  unusableFile,
} from "../plan/refusals/anyMachine";
import { nodeRules } from "../plan/refusals/nodes";
import { licenseNotAccepted } from "../plan/refusals/frontendUpgrade";
import { refuse } from "../plan/refusal";
import type { PackageSource } from "../plan/spec";
import { installedRight, packageFileOf, viewOf } from "../plan/view";
import { configFor } from "./backendConfig";
import { isHalfDone } from "./clusterSteps";
import { places } from "./commands";
import { isBegunOn } from "./record";
import type { Rule } from "./rule";

/** What is there is never written over: unless we have begun the very step that makes it there. */
const notFresh: Rule = (_spec, { nodes, frontends }, record) => {
  const foreign = (name: string, found: readonly string[], kinds?: readonly string[]) =>
    isBegunOn(record, name, kinds) ? [] : found;
  const used = [
    ...nodes.map(({ name, found, clusterStatus }) => {
      const cluster = typeof clusterStatus === "string" || clusterStatus.length === 0 ? [] : ["a cluster"];
      const [secrets, data] = [true, false].map((its) =>
        found.filter((each) => (each === places.backendSecrets) === its),
      ) as [string[], string[]];
      const joined = foreign(name, [...cluster, ...secrets], ["create", "join"]);
      return { name, found: [...joined, ...foreign(name, data)] };
    }),
    ...frontends.map(({ name, found }) => ({ name, found: foreign(name, found, ["server-config"]) })),
  ];
  return used
    .filter(({ found }) => found.length > 0)
    .map(({ name, found }) =>
      refuse({
        code: "target",
        what: "Machine is not fresh",
        where: name,
        seen: `it has ${found.slice(0, 4).join(", ")}`,
        next: "list fresh machines: a migration overwrites nothing; ChefBackendCluster upgrades what is a cluster already",
      }),
    );
};

const otherVersion: Rule = ({ cluster }, state) => {
  const its = (machine: MachineState, wanted: string, what: string) =>
    machine.package.state === "installed" && !installedRight(machine, wanted)
      ? [
          refuse({
            code: "version",
            what: "Another version is installed",
            where: machine.name,
            seen: `${what} ${machine.package.version}, expected none or ${wanted}`,
            next: "set the version that is there; a migration does not upgrade, ChefBackendCluster does so afterwards",
          }),
        ]
      : [];
  return [
    ...state.nodes.flatMap((node) => its(node, cluster.version, "chef-backend")),
    ...state.frontends.flatMap((node) => its(node, cluster.frontends.version, "chef-server-core")),
  ];
};

/** Found before anything is built: half a cluster is of no use. */
const nobodyJoins: Rule = ({ cluster: { version } }, _state, record) => {
  const fault = joinFault(version);
  if (record !== null || fault?.fails !== "always") return [];
  return [
    refuse({
      code: "version",
      what: "Backends cannot join a cluster of this release",
      where: "all new backends",
      seen: `\`version\` is ${version}: ${fault.what}`,
      next: `set \`version\` to ${fault.take}`,
    }),
  ];
};

/** Their first `reconfigure` would fail, after everything else was built. */
const unfitFrontends: Rule = ({ cluster }, _state, record) => {
  const { version } = cluster.frontends;
  const brought = elasticsearchOf(cluster.version);
  if (record !== null || worksWith(version, brought)) return [];
  return [
    refuse({
      code: "frontendPath",
      what: "Elasticsearch too new for frontends",
      where: "input `frontends.version`",
      seen: `${knownText(version)}; chef-backend ${cluster.version} brings ${brought}`,
      next: `set \`frontends.version\` to ${firstWith(brought)} or later`,
    }),
  ];
};

/** What every backend of a cluster has to have, whatever is done to it. */
const asBackends: Rule = ({ cluster, backendConfig }, { startedAt, endedAt, nodes: found, frontends }) => {
  const nodes = found.map((node) =>
    node.backendConfig === null && backendConfig !== null
      ? { ...node, config: parseBackendConfig(backendConfig) }
      : node,
  );
  const view = viewOf(cluster, { startedAt, endedAt, nodes, frontends });
  const ofAny = ["platform", "clock", "statusInterval"];
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
  const nodePackage = cluster.packages[cluster.version] ?? null;
  const room = <State extends MachineState>(
    machines: readonly State[],
    wanted: string,
    source: PackageSource | null,
    kept: (machine: State) => Pick<Target, "kept"> = () => ({}),
  ) =>
    machines
      .filter((machine) => !installedRight(machine, wanted))
      .map((machine) => ({
        ...{ machine, file: packageFileOf(machine, wanted) },
        stagedKiB: source?.stagedKiB ?? 0,
        ...kept(machine),
      }));
  return [
    ...nodes.flatMap((node) => of(node, cluster.version, nodePackage, "packageFile")),
    ...frontends.flatMap((node) => of(node, version, packageFile, "frontends.packageFile")),
    ...lowDisk([
      ...room(nodes, cluster.version, nodePackage, (node) => ({ kept: keptOf(node) })),
      ...room(frontends, version, packageFile),
    ]),
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
  const frontend = field !== "packageFile";
  return [
    ...unreadableDatabase("packageDatabase", machine, patience),
    ...(machine.package.state === "interrupted" && !ours ? [halfInstalled(machine, frontend)] : []),
    ...busyPackageManager(machine, patience, wanted),
    ...unusableFile(frontend ? "frontendPackage" : "packageFile", machine, wanted, {
      ...{ source, field },
      packageName: frontend ? "chef-server-core" : "chef-backend",
    }),
  ];
}

function halfInstalled(machine: MachineState, frontend: boolean): Refusal {
  const { name, package: pkg } = machine;
  const { detail, failedScript } = pkg;
  if (failedScript !== undefined)
    return frontend ? interruptedFrontend(machine) : interruptedBackend(machine);
  return refuse({
    code: "interrupted",
    what: "Installation was interrupted",
    where: name,
    seen: detail,
    next: "look at the machine, and finish that installation or remove the package",
  });
}

const license: Rule = ({ cluster: { frontends } }) =>
  asksForLicense(frontends.version) && !frontends.acceptLicense
    ? [licenseNotAccepted(frontends.version)]
    : [];

const noName: Rule = (_spec, { frontends }) =>
  frontends
    .filter(({ fqdn }) => !/^[\w-]+(\.[\w-]+)+$/.test(fqdn))
    .map(({ name, fqdn }) =>
      refuse({
        code: "target",
        what: "Frontend has no fully qualified name",
        where: name,
        seen: `\`hostname -f\` says ${fqdn || "nothing"}; the configuration and the certificate are made for that name`,
        next: "set the machine's full name, such as chef.example.com",
      }),
    );

const noConfig: Rule = (spec, { nodes }, record) =>
  nodes.flatMap((node) => {
    const config = configFor(spec, node, record);
    return "what" in config ? [refuse({ where: node.name, ...config })] : [];
  });

/** The new machines are fresh, or were begun by us, and have all that they need. */
export const targetRules: Rule[] = [
  ...[notFresh, otherVersion, nobodyJoins, unfitFrontends, asBackends, packages, license, noName, noConfig],
];
