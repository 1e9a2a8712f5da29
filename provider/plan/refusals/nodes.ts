import type { NodeState } from "../../cluster/state";
import { compareVersions, parseVersion, release } from "../../versions/version";
import { comparable, each, refuse, type Rule } from "./rule";

/** Clock drift beyond this is unsupported (vendor's reference), in seconds. */
const maxDrift = 1.5;

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
    node.package.state === "absent" ? [node.drbd ? otherSystem(node) : noPackage(node)] : [],
  );

const noPackage = ({ name }: NodeState) =>
  refuse(
    "package",
    `${name} has no chef-backend package installed`,
    "Give the three backends of a Chef Backend cluster",
  );

const otherSystem = ({ name, drbd }: NodeState) =>
  refuse(
    "package",
    `${name} is a backend of a Chef server with DRBD and keepalived (${drbd}): there is no upgrade in place from it to Chef Backend`,
    "ChefBackendMigration moves the data of a Chef server 12 to a new cluster beside it; Private Chef and Enterprise Chef 11 are EnterpriseChefCluster's",
  );

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

/** What each backend says of itself. */
export const nodeRules: Rule[] = [
  notRoot,
  notInstalled,
  strangeVersion,
  mixedFamilies,
  unsupportedOs,
  downgrade,
  removedSettings,
  clockDrift,
];
