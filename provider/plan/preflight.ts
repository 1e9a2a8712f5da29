import { healthProblems, healthProblemsWithout, isWell } from "../cluster/health";
import type { NodeState } from "../cluster/state";
import { failoverReading } from "../cluster/failover";
import { compareVersions, parseVersion, release } from "../versions/version";
import type { Refusal } from "./plan";
import type { UpgradeSpec } from "./spec";
import { leadsTooEarly, type NodeView, othersNeed, type View } from "./view";

/** The vendor's threshold for low disk space, 250 MB, and 20 % on top, in KiB. */
const spareKiB = Math.round(250 * 1024 * 1.2);
/** Clock drift beyond this is unsupported (vendor's reference), in seconds. */
const maxDrift = 1.5;
/** A heartbeat older than this, in seconds, is a run that has ended without cleaning up. */
export const lockSilence = 30;

type Rule = (spec: UpgradeSpec, view: View) => Refusal[];

/** Everything that forbids changing this cluster now, all at once (promise 2). */
export function refusals(spec: UpgradeSpec, view: View): Refusal[] {
  const unreachable = unreachableNodes(spec, view);
  if (unreachable.length === 0) return [...nodeRules, ...clusterRules].flatMap((rule) => rule(spec, view));
  // What the others say of themselves holds all the same; what they say of the cluster does not tell more.
  const reachable = withoutUnreachable(view);
  return [...unreachable, ...nodeRules.flatMap((rule) => rule(spec, reachable))];
}

const essential = new Set(["unreachable", "root", "package", "membership"]);

/** Without this not even what is there can be told: it forbids adopting a cluster, too. */
export function isEssential(refusal: Refusal): boolean {
  return essential.has(refusal.code);
}

/** Leaves out what only follows from something else: for a version that cannot be, no package fits either. */
export function withoutConsequences(all: readonly Refusal[]): Refusal[] {
  const has = (code: string) => all.some((each) => each.code === code);
  if (has("downgrade") || has("path")) return all.filter((each) => each.code !== "packageFile");
  return [...all];
}

function withoutUnreachable(view: View): View {
  const nodes = view.nodes.filter((node) => node.state.unreachable === null);
  return { ...view, nodes, state: { ...view.state, nodes: nodes.map((node) => node.state) } };
}

const refuse = (code: string, message: string, wayOut: string, waitable = 0): Refusal => ({
  code,
  message,
  wayOut,
  waitable,
});

const unreachableNodes: Rule = (spec, view) =>
  view.state.nodes
    .filter((node) => node.unreachable !== null)
    .map((node) =>
      refuse(
        "unreachable",
        `${node.name}: ${node.unreachable}`,
        "Every backend must be reachable before one of them is changed",
        spec.timeouts.healthy,
      ),
    );

const notRoot: Rule = (_spec, view) =>
  each(view, (node) =>
    node.root
      ? []
      : [
          refuse(
            "root",
            `${node.name}: commands do not run as root`,
            "Log in as root (connection.user), or set connection.sudo",
          ),
        ],
  );

const notInstalled: Rule = (_spec, view) =>
  each(view, (node) =>
    node.package.state === "absent"
      ? [
          refuse(
            "package",
            `${node.name} has no chef-backend package installed`,
            "Give the three backends of a Chef Backend cluster",
          ),
        ]
      : [],
  );

const mixedFamilies: Rule = (_spec, view) => {
  const families = view.state.nodes.map((node) => `${node.name} ${node.family ?? "neither"}`);
  return new Set(view.state.nodes.map((node) => node.family)).size > 1 ||
    view.state.nodes.some((node) => !node.family)
    ? [
        refuse(
          "platform",
          `The backends are not of one package family: ${families.join(", ")}`,
          "All three must use deb, or all three rpm",
        ),
      ]
    : [];
};

const unsupportedOs: Rule = (spec, view) =>
  each(view, (node) => {
    const ubuntu14 =
      node.osId === "ubuntu" &&
      node.osVersion.startsWith("14.") &&
      compareVersions(spec.version, "2.1.0") >= 0;
    const rhel6 =
      ["rhel", "centos"].includes(node.osId) &&
      /^6(\.|$)/.test(node.osVersion) &&
      compareVersions(spec.version, "2.3.16") >= 0;
    return ubuntu14 || rhel6
      ? [
          refuse(
            "platform",
            `${node.name}: ${node.os} is not supported by chef-backend ${spec.version}`,
            "Upgrade the operating system first, or choose an older version",
          ),
        ]
      : [];
  });

const removedSettings: Rule = (spec, view) =>
  each(view, (node) => {
    const found = node.config.filter((line) => line.startsWith("postgresql.shm"));
    const crosses =
      compareVersions(comparable(node) ?? spec.version, "1.2.5") < 0 &&
      compareVersions(spec.version, "1.2.5") >= 0;
    return crosses && found.length > 0
      ? [
          refuse(
            "config",
            `${node.name}: /etc/chef-backend/chef-backend.rb still has ${found.join(", ")}`,
            "Remove these lines: from 1.2.5 on they are not allowed",
          ),
        ]
      : [];
  });

const notTied: Rule = (_spec, view) =>
  view.tied.problems.map((problem) =>
    refuse("membership", problem, "Give each backend of this one cluster once, by an address of its own"),
  );

const anotherCluster: Rule = (spec, view) => {
  const seen = [...view.tied.rows.values()].map((row) => row.guid);
  const known = spec.knownGuids;
  return known.length > 0 && seen.length > 0 && !seen.some((guid) => known.includes(guid))
    ? [
        refuse(
          "membership",
          `This is another cluster than the one adopted: none of the GUIDs ${known.join(", ")} is in it`,
          "Check the hosts; for another cluster use another resource",
        ),
      ]
    : [];
};

const unhealthy: Rule = (spec, view) => {
  const inside = view.inside;
  const problems = healthProblems(view.state);
  if (problems.length === 0) return [];
  if (inside && mayFinish(view)) return [];
  const ours = inside ? `. Our unfinished step is on ${inside.name}` : "";
  return [
    refuse(
      "unhealthy",
      `The cluster is not healthy: ${problems.join("; ")}${ours}`,
      "Nothing is changed while a backend is missing or behind; see `chef-backend-ctl status` on the nodes",
      spec.timeouts.healthy,
    ),
  ];
};

/**
 * The exception of promise 2: only the backend with our unfinished step is out, or it led and took the
 * leadership with it while failover is off by us.
 */
function mayFinish(view: View): boolean {
  if (leadsTooEarly(view) || servesUntouched(view.inside!)) return false;
  const problems = healthProblemsWithout(view.state, view.inside!.name);
  const leaderless = view.nodes.every((node) => node.role !== "leader");
  return problems.length === 0 || (leaderless && othersFollow(view));
}

/**
 * Its install has not begun, or has left its services alone: what is not healthy now is not its doing, and it is
 * not taken out too.
 */
function servesUntouched({ needsInstall, needsUpgrade, state }: NodeView): boolean {
  const up = typeof state.status !== "string" && state.status.every(isWell);
  const asBefore = needsInstall ? state.package.state === "installed" : state.running.kind === "older";
  return needsUpgrade && asBefore && up;
}

/**
 * The leader's own install took it down: both others run all their services, and wait for a leader. Whether they
 * are done does not matter: nobody serves until failover is on or this one is back.
 */
export function othersFollow(view: View): boolean {
  return view.nodes.every(
    ({ inside, role, state }) =>
      inside ||
      (role !== "missing" &&
        typeof state.clusterStatus !== "string" &&
        typeof state.status !== "string" &&
        state.status.every(isWell)),
  );
}

/** What is installed must be comparable: nothing is guessed about a build whose version says nothing to us. */
const strangeVersion: Rule = (spec, view) =>
  each(view, ({ name, package: pkg }) =>
    pkg.version === null || parseVersion(pkg.version)
      ? []
      : [
          refuse(
            "package",
            `${name} has chef-backend ${pkg.version} installed, whose version cannot be compared with ${spec.version}`,
            "This release knows released builds, such as 2.3.16-1: upgrade this backend by hand",
          ),
        ],
  );

const tooEarly: Rule = (_spec, view) => {
  const { inside } = view;
  // Where it must be installed again anyway nothing is lost when it waits for its turn as the leader.
  const waits = inside?.needsInstall && inside.state.package.state === "installed";
  if (!inside || !leadsTooEarly(view) || waits) return [];
  const others = othersNeed(view).map((node) => node.name);
  return [
    refuse(
      "roles",
      `${inside.name}, which an earlier run did not finish, has become the leader before ${others.join(" and ")} ${others.length === 1 ? "was" : "were"} upgraded`,
      `The leader comes last: hand over by \`chef-backend-ctl set-cluster-failover on\` and \`chef-backend-ctl promote ${others[0]}\`, then run again`,
    ),
  ];
};

const downgrade: Rule = (spec, view) =>
  each(view, (node) => {
    const installed = comparable(node);
    return installed !== null && compareVersions(installed, spec.version) > 0
      ? [
          refuse(
            "downgrade",
            `${node.name} has chef-backend ${installed}, newer than the wanted ${spec.version}`,
            `There is no downgrade: set version to ${release(installed)} or later`,
          ),
        ]
      : [];
  });

const interrupted: Rule = (_spec, view) =>
  view.nodes
    .filter(
      (node) => node.state.package.state === "interrupted" && !(node.inside && node.state.family === "deb"),
    )
    .map((node) =>
      refuse(
        "interrupted",
        `${node.name}: an installation was interrupted (${node.state.package.detail})`,
        node.state.family === "deb"
          ? "Look at the node, then run `dpkg --configure -a` there"
          : "Look at the node; `rpm -q chef-backend` must show one version: remove the half-installed one with `rpm -e --justdb`, then install the other again with `rpm -U --replacepkgs`",
      ),
    );

/** Only where something will be installed; and a node that is installed is finished first, whoever installs elsewhere. */
const packageLocked: Rule = (spec, view) =>
  view.inside && !view.inside.needsInstall
    ? []
    : view.nodes
        .filter((node) => node.needsInstall && node.state.packageLock !== null)
        .map((node) =>
          refuse(
            "packageLock",
            `${node.name}: the package manager is busy: ${node.state.packageLock}`,
            "Wait until it has ended; the lock is never removed",
            spec.timeouts.packageLock,
          ),
        );

const clockDrift: Rule = (_spec, view) => {
  const nodes = [...view.state.nodes].sort((a, b) => a.clockOffset - b.clockOffset);
  const [first, last] = [nodes[0], nodes.at(-1)];
  if (!first || !last) return [];
  const drift = last.clockOffset - first.clockOffset;
  return drift - first.clockUncertainty - last.clockUncertainty > maxDrift
    ? [
        refuse(
          "clock",
          `The clocks of ${first.name} and ${last.name} are ${drift.toFixed(1)} s apart, over the supported ${maxDrift} s`,
          "Synchronise the nodes' clocks (NTP)",
        ),
      ]
    : [];
};

const badPackageFile: Rule = (spec, view) =>
  view.nodes.flatMap((node) => {
    const file = node.state.packageFile;
    if (!node.needsInstall || !file?.problem) return [];
    if (file.missing && spec.packageFile?.staging) return [];
    const wayOut = spec.packageFile?.staging
      ? "Give the right file in packageFile"
      : `Put the package of chef-backend ${spec.version} there, or let it be brought there by packageFile.source or packageFile.url`;
    return [refuse("packageFile", `${node.name}: ${file.path}: ${file.problem}`, wayOut)];
  });

const noPackageFile: Rule = (spec, view) => {
  const names = view.nodes.filter((node) => node.needsInstall).map((node) => node.name);
  return spec.packageFile === null && names.length > 0
    ? [
        refuse(
          "packageFile",
          `packageFile is not given, and ${names.join(", ")} need chef-backend ${spec.version} installed`,
          "Set packageFile to { path }, { source, sha256 } or { url, sha256 }",
        ),
      ]
    : [];
};

const lowDisk: Rule = (spec, view) =>
  view.nodes
    .filter((node) => node.needsInstall && node.state.package.state === "installed")
    .flatMap(({ state: node }) => {
      if (node.disks.length === 0)
        return [
          refuse(
            "disk",
            `${node.name}: how much disk space is free could not be read`,
            "`df -Pk /opt /var/opt /var/log /var/lib` must work on the node",
          ),
        ];
      const stage = node.packageFile?.missing ? (spec.packageFile?.stagedKiB ?? 0) : 0;
      const need = (path: string) =>
        path === "/opt" ? (node.packageFile?.unpackedKiB ?? 0) : path === "/var/lib" ? stage : 0;
      const mounts = [...new Set(node.disks.map((disk) => disk.mount))];
      return mounts.flatMap((mount) => {
        const disks = node.disks.filter((disk) => disk.mount === mount);
        const free = disks[0]!.availableKiB - disks.reduce((sum, disk) => sum + need(disk.path), 0);
        const paths = disks.map((disk) => disk.path).join(", ");
        return free < spareKiB
          ? [
              refuse(
                "disk",
                `${node.name}: ${mib(disks[0]!.availableKiB)} free on ${mount} (${paths}) would be ${mib(free)} after the installation, under ${mib(spareKiB)}`,
                "Free some space: backends turn unhealthy when the disk is nearly full",
              ),
            ]
          : [];
      });
    });

const blockedByOthers: Rule = (spec, view) => {
  const owned = view.record !== null && view.record.failover === "off";
  return failoverReading(view.state) === "off" && !owned && !spec.takeOverFailover
    ? [
        refuse(
          "failover",
          "Failover is off, and not by us: another operator may mean it",
          "Turn it on (`chef-backend-ctl set-cluster-failover on`), or set takeOverFailover: true",
        ),
      ]
    : [];
};

/** What each backend says of itself. */
const nodeRules: Rule[] = [
  notRoot,
  notInstalled,
  strangeVersion,
  mixedFamilies,
  unsupportedOs,
  downgrade,
  removedSettings,
  interrupted,
  packageLocked,
  clockDrift,
  noPackageFile,
  badPackageFile,
  lowDisk,
];

/** What they say of the cluster. */
const clusterRules: Rule[] = [notTied, anotherCluster, unhealthy, tooEarly, blockedByOthers];

function comparable(node: NodeState): string | null {
  const { version } = node.package;
  return version !== null && parseVersion(version) ? version : null;
}

function each(view: View, judge: (node: NodeState) => Refusal[]): Refusal[] {
  return view.state.nodes.flatMap(judge);
}

function mib(kib: number): string {
  return `${Math.round(kib / 1024)} MiB`;
}
