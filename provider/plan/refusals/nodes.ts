import { hasEnded, platformOf } from "../../chef/cluster/platforms";
import type { NodeState } from "../../cluster/state";
import { compareVersions, parseVersion, release } from "../../versions/version";
import { asUser } from "./anyMachine";
import { untoldIntervals } from "./config";
import { comparable, each, refuse, type Rule } from "./rule";

/** Clock drift beyond this is unsupported (Chef's reference), in seconds. */
const maxDrift = 1.5;

const notRoot: Rule = (_spec, view) => each(view, (node) => (node.root ? [] : [asUser(node.name)]));

const notInstalled: Rule = (_spec, view) =>
  each(view, (node) => (node.package.state === "absent" ? [misplaced(node) ?? noPackage(node)] : []));

function misplaced(node: NodeState) {
  if (node.drbd) return otherSystem(node);
  return node.isFrontend ? frontendAsBackend(node) : null;
}

const frontendAsBackend = ({ name }: NodeState) =>
  refuse({
    code: "package",
    what: "Frontend is listed as a backend",
    where: name,
    seen: "no chef-backend package, but a frontend's /etc/opscode/chef-server.rb",
    next: "list it in `frontends.nodes`, and the three backends of the cluster in `nodes`",
  });

const noPackage = ({ name }: NodeState) =>
  refuse({
    code: "package",
    what: "Package chef-backend is not installed",
    where: name,
    seen: "neither dpkg nor rpm knows a chef-backend package",
    next: "list the three backends of one Chef Backend cluster in `nodes`",
  });

const otherSystem = ({ name, drbd }: NodeState) =>
  refuse({
    code: "package",
    what: "Chef server with DRBD instead of Chef Backend",
    where: name,
    seen: `no chef-backend package; /proc/drbd: ${drbd}`,
    next: "use ChefBackendMigration for a Chef server 12, or EnterpriseChefCluster for Private Chef and Enterprise Chef 11",
  });

/** What is installed must be comparable: nothing is guessed about a build whose version says nothing to us. */
const strangeVersion: Rule = (spec, view) =>
  each(view, ({ name, package: pkg }) =>
    pkg.version === null || parseVersion(pkg.version)
      ? []
      : [
          refuse({
            code: "package",
            what: "Installed version is unknown",
            where: name,
            seen: `chef-backend ${pkg.version}, which cannot be compared with ${spec.version}`,
            next: "upgrade this backend by hand to a released build, such as 2.3.16-1",
          }),
        ],
  );

const mixedFamilies: Rule = (_spec, { state: { nodes } }) =>
  new Set(nodes.map((node) => node.family)).size > 1 || nodes.some((node) => !node.family)
    ? [
        refuse({
          code: "platform",
          what: "Backends use different package families",
          where: nodes.map((node) => node.name),
          seen: nodes.map((node) => `${node.name} ${node.family ?? "neither"}`).join(", "),
          next: "use deb on all backends, or rpm on all backends",
        }),
      ]
    : [];

/** Only where Chef's release notes say so (`platforms`): any other operating system is no reason to refuse. */
const unsupportedOs: Rule = (spec, view) =>
  each(view, (node) => {
    const platform = platformOf(node);
    return platform && hasEnded(platform, spec.version)
      ? [
          refuse({
            code: "platform",
            what: "Operating system is not supported",
            where: node.name,
            seen: `${node.os}, which chef-backend ${spec.version} does not support: Chef publishes no packages for ${platform.name} from ${platform.until} on`,
            next: "upgrade the operating system first, or set `version` to an older release",
          }),
        ]
      : [];
  });

const downgrade: Rule = (spec, view) => {
  const newer = view.state.nodes
    .map((node) => ({ name: node.name, installed: comparable(node) ?? spec.version }))
    .filter(({ installed }) => compareVersions(installed, spec.version) > 0);
  const highest = newer
    .map(({ installed }) => installed)
    .sort(compareVersions)
    .at(-1);
  return newer.map(({ name, installed }) =>
    refuse({
      code: "downgrade",
      what: "Downgrade is not supported",
      where: name,
      seen: `${installed} installed, \`version\` is ${spec.version}`,
      next: `set \`version\` to ${release(highest!)} or later`,
    }),
  );
};

const removedSettings: Rule = (spec, view) =>
  each(view, (node) => {
    const stated = [node.config["postgresql.shmmax"], node.config["postgresql.shmall"]];
    const found = stated.flatMap((each) =>
      each && (each.kind === "untold" ? each.names : each.value !== null) ? [each.line] : [],
    );
    const crosses =
      compareVersions(comparable(node) ?? spec.version, "1.2.5") < 0 &&
      compareVersions(spec.version, "1.2.5") >= 0;
    return crosses && found.length > 0
      ? [
          refuse({
            code: "config",
            what: "chef-backend.rb has settings that are gone",
            where: node.name,
            seen: found.join("\n"),
            next: "remove these lines from /etc/chef-backend/chef-backend.rb: chef-backend 1.2.5 and later refuses them",
          }),
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
        refuse({
          code: "clock",
          what: "Clocks differ too much",
          where: [first.name, last.name],
          seen: `${drift.toFixed(1)} s apart; Chef supports ${maxDrift} s`,
          next: "synchronize them with NTP",
        }),
      ]
    : [];
};

/** What a later hop needs, too: looked at before the first one begins. */
export const laterNodeRules: Rule[] = [unsupportedOs];

/** What each backend says of itself. */
export const nodeRules: Rule[] = [
  notRoot,
  notInstalled,
  strangeVersion,
  mixedFamilies,
  unsupportedOs,
  downgrade,
  removedSettings,
  untoldIntervals,
  clockDrift,
];
