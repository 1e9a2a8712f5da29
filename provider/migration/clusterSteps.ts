import * as ctl from "./commands";
import { finishInstall, install } from "../commands/install";
import { installFrontend } from "../commands/chefServerCtl";
import { migrationLevelPath } from "../commands/facts";
import type { MachineState } from "../cluster/state";
import { toolOn } from "../plan/installTool";
import { installing, type PackageSource } from "../plan/spec";
import { installedRight, packageFileOf } from "../plan/view";
import { configFor } from "./backendConfig";
import type { MigrationStep } from "./plan";
import type { MigrationView } from "./planMigration";
import { filesOf, type NewFrontend } from "./state";

/** Names of the files with secrets that pass through us, among our own on the machines; removed in the same step. */
export const secretFiles = {
  backend: "secret-chef-backend-secrets.json",
  server: "secret-private-chef-secrets.json",
  config: "secret-chef-server.rb",
} as const;

/** Where the report of knife tidy is kept, among our own files on the old frontend. */
export const tidyFolder = "migration-tidy";

/** The new cluster and its frontends (vendor's installation page), in the order of the inputs. */
export function clusterSteps(view: MigrationView): MigrationStep[] {
  const { nodes, frontends } = view.state;
  return [
    ...stage(view),
    ...tidy(view),
    ...nodes.flatMap((node) => installStep(view, node, "backend")),
    ...nodes.flatMap((node) => configStep(view, node)),
    ...createStep(view),
    ...nodes.slice(1).flatMap((node) => joinStep(view, node.name)),
    // The first one alone makes what the others take from it.
    ...frontends.flatMap((node, at) => [
      ...installStep(view, node, "frontend"),
      ...frontendSteps(view, node, at),
    ]),
  ];
}

function stage({ spec: { cluster, timeouts }, state }: MigrationView): MigrationStep[] {
  const { version, packageFile } = cluster.frontends;
  const missing = [
    ...state.nodes.filter((node) => needs(node, cluster.version, cluster.packages[cluster.version])),
    ...state.frontends.filter((node) => needs(node, version, packageFile)),
  ];
  if (missing.length === 0) return [];
  return [
    {
      ...{ id: "cluster/stage", kind: "stage", node: null, commands: [], timeout: timeouts.stage },
      title: `bringing the packages to ${missing.map(({ name }) => name).join(", ")}`,
      reason: "they are not on the machines",
      guard: "the preflight passes",
      verify: "checksum, name and version are right on each",
    },
  ];
}

/** Whether a machine waits for a package that we bring. */
export function needs(
  machine: MachineState,
  wanted: string,
  source: PackageSource | null | undefined,
): boolean {
  return (
    Boolean(source?.staging) &&
    !installedRight(machine, wanted) &&
    packageFileOf(machine, wanted)?.missing !== false
  );
}

function tidy({ spec, state, record }: MigrationView): MigrationStep[] {
  const [first] = state.oldFrontends;
  if (!spec.tidy || record?.tidyReport || !first) return [];
  return [
    {
      ...{ id: `${first.name}/tidy-report`, kind: "tidy-report", node: first.name },
      title: "asking knife tidy what need not be moved",
      reason: "stale nodes and unused cookbooks are better removed before than moved",
      commands: [
        ctl.tidyReport(oldKnife(spec, state)),
        ["rm", "-rf", `${filesOf(first)}/${tidyFolder}`],
        ["mv", "-fT", "reports", `${filesOf(first)}/${tidyFolder}`],
      ],
      guard: "the preflight passes",
      verify: "there is a report",
      timeout: spec.timeouts.report,
    },
  ];
}

function installStep(
  { spec, state, begun }: MigrationView,
  node: MachineState,
  what: "backend" | "frontend",
): MigrationStep[] {
  const { cluster, timeouts } = spec;
  const [name, wanted] =
    what === "backend" ? ["chef-backend", cluster.version] : ["chef-server-core", cluster.frontends.version];
  if (installedRight(node, wanted!)) return [];
  const source = what === "backend" ? cluster.packages[wanted!]! : cluster.frontends.packageFile!;
  const family = node.family ?? state.nodes[0]?.family ?? "deb";
  const id = `${node.name}/install`;
  const configure = begun(id) && isHalfDone(node) && node.package.reinstall !== true;
  const installs = installing(source, node.stateDir, (path) =>
    what === "backend" ? install(family, path, toolOn(node, wanted!)) : installFrontend(family, path),
  );
  return [
    {
      ...{ id, kind: "install", node: node.name },
      title: configure ? "finishing the interrupted installation" : `installing ${name} ${wanted}`,
      reason: "it is a fresh machine",
      commands: configure ? finishInstall() : installs,
      guard: "the machine is fresh, or this was begun before",
      verify: `${name} ${wanted} is installed`,
      timeout: timeouts.install,
    },
  ];
}

/** An installation of ours that was broken off, which dpkg can finish; of rpm's nobody knows what is there. */
export const isHalfDone = ({ package: pkg, family }: MachineState) =>
  pkg.state === "interrupted" && family === "deb";

function configStep(
  { spec, record }: MigrationView,
  node: MigrationView["state"]["nodes"][number],
): MigrationStep[] {
  const config = configFor(spec, node, record);
  if ("what" in config || config.text === null) return [];
  return [
    {
      ...{ id: `${node.name}/config`, kind: "config", node: node.name },
      title: "writing chef-backend.rb",
      reason: "backendConfig says what stands there",
      commands: [
        ["mkdir", "-p", "/etc/chef-backend"],
        ctl.replace(`${filesOf(node)}/chef-backend.rb`, ctl.places.backendConfig),
      ],
      guard: "it is not there, or we have written it",
      verify: "the file is the one that is asked for",
      timeout: spec.timeouts.services,
    },
  ];
}

function createStep({ spec, state, done }: MigrationView): MigrationStep[] {
  const [first] = state.nodes;
  const id = `${first?.name}/create`;
  if (!first || done(id)) return [];
  return [
    {
      ...{
        id,
        kind: "create",
        node: first.name,
        commands: [ctl.createCluster()],
        timeout: spec.timeouts.cluster,
      },
      title: "creating the new cluster",
      reason: "the first backend makes it, the others join",
      guard: "no cluster is there",
      verify: "it leads, and everything runs",
    },
  ];
}

function joinStep({ spec, state, done }: MigrationView, name: string): MigrationStep[] {
  const id = `${name}/join`;
  if (done(id)) return [];
  const [first] = state.nodes;
  const node = state.nodes.find((each) => each.name === name)!;
  const leader = addressOf(state) ?? first!.host;
  return [
    {
      ...{ id, kind: "join", node: name, timeout: spec.timeouts.cluster },
      title: "joining the new cluster",
      reason: "one after another: together they can make the cluster unavailable",
      commands: [ctl.joinCluster(leader, `${filesOf(node)}/${secretFiles.backend}`)],
      guard: "everyone who has joined is healthy",
      verify: "it follows, nothing is syncing, and its copy of the cluster's secrets is removed",
    },
  ];
}

/** The address by which the new cluster knows its first backend; null before it is created. */
export function addressOf({ nodes }: Pick<MigrationView["state"], "nodes">): string | null {
  const [first] = nodes;
  const rows = !first || typeof first.clusterStatus === "string" ? [] : first.clusterStatus;
  return rows.find((row) => first!.addresses.includes(row.ip))?.ip ?? null;
}

function frontendSteps({ spec, state, done }: MigrationView, node: NewFrontend, at: number): MigrationStep[] {
  const files = filesOf(node);
  const [leader] = state.nodes;
  const shared =
    at === 0
      ? []
      : [
          ["mkdir", "-p", "/var/opt/opscode/upgrades"],
          ctl.replace(`${files}/${secretFiles.server}`, ctl.places.serverSecrets),
          ctl.replace(`${files}/migration-level`, migrationLevelPath),
          ["touch", ctl.places.bootstrapped],
        ];
  const configured: MigrationStep = {
    ...{
      id: `${node.name}/server-config`,
      kind: "server-config",
      node: node.name,
      timeout: spec.timeouts.services,
    },
    title:
      at === 0
        ? "taking over its configuration"
        : "taking over its configuration, and what the frontends share",
    reason: `made for ${node.fqdn} by ${leader?.name}`,
    commands: [
      ["mkdir", "-p", "/etc/opscode"],
      ctl.replace(`${files}/${secretFiles.config}`, ctl.places.serverConfig),
      ...shared,
    ],
    guard: "the new cluster is healthy",
    verify: "the files are there, and no copy of them is left",
  };
  const reconfigured: MigrationStep = {
    ...{
      id: `${node.name}/reconfigure`,
      kind: "reconfigure",
      node: node.name,
      timeout: spec.timeouts.services,
    },
    title: "configuring the frontend",
    reason: at === 0 ? "the first one makes the database" : "it serves beside the others",
    commands: [ctl.reconfigure(spec.cluster.frontends.version)],
    guard: "its configuration is there",
    verify: "the command ends with 0, and /_status says pong",
  };
  return [configured, reconfigured].filter(({ id }) => !done(id));
}

/** Knife on the first old frontend asks the active old backend: it answers though all frontends are stopped. */
export function oldKnife(
  { source }: MigrationView["spec"],
  { oldFrontends }: MigrationView["state"],
): ctl.Knife {
  const [first] = oldFrontends;
  const vip = first?.ha?.vip ?? "";
  const url = `https://${vip.includes(":") ? `[${vip}]` : vip}`;
  return { program: source.knife, url, sqlHost: vip, config: `${first ? filesOf(first) : ""}/knife.rb` };
}
