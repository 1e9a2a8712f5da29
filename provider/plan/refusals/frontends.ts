import type { FrontendState } from "../../cluster/state";
import { parseVersion } from "../../versions/version";
import type { Refusal } from "../refusal";
import { licenseMarkers } from "../../commands/facts";
import { asksForLicense } from "../../paths/frontendPaths";
import { deadRunit } from "./midway";
import { asUser, unreadableDatabase, whyUnreachable } from "./anyMachine";
import { refuse, type Rule } from "./rule";

const each = (judge: (node: FrontendState, healthy: number) => Refusal[]): Rule => {
  return (spec, view) => view.state.frontends.flatMap((node) => judge(node, spec.timeouts.healthy));
};

const given: Rule = (spec) =>
  spec.frontends === null
    ? [
        refuse({
          code: "frontends",
          what: "Frontends missing",
          where: "input `frontends`",
          seen: "not set; this hop acts on every frontend",
          next: "list all of them in `frontends.nodes`",
        }),
      ]
    : [];

const unreachable = each((node, healthy) =>
  node.unreachable === null
    ? []
    : [
        refuse({
          code: "frontends",
          what: "Frontend cannot be reached",
          where: node.name,
          seen: whyUnreachable(node),
          next: "restore the SSH connection; this hop acts on every frontend",
          waitable: healthy,
        }),
      ],
);

const reachable = (judge: (node: FrontendState) => Refusal[]): Rule =>
  each((node) => (node.unreachable === null ? judge(node) : []));

const notRoot = reachable(({ name, root }) => (root ? [] : [asUser(name)]));

const notInstalled = each((node, healthy) => {
  const {
    name,
    unreachable: why,
    isBackend,
    package: { state, version },
  } = node;
  if (why !== null || (version !== null && parseVersion(version))) return [];
  if (state === "unreadable") return unreadableDatabase("frontends", node, healthy);
  const next = "list the Chef Infra Servers that use these backends in `frontends.nodes`";
  if (version === null && isBackend)
    return [
      refuse({
        code: "frontends",
        what: "Backend is listed as a frontend",
        where: name,
        seen: "no chef-server-core package, but a backend's /etc/chef-backend/chef-backend.rb",
        next,
      }),
    ];
  return [
    version === null
      ? refuse({
          code: "frontends",
          what: "Package chef-server-core is not installed",
          where: name,
          seen: "neither dpkg nor rpm knows a chef-server-core package",
          next,
        })
      : refuse({
          code: "frontends",
          what: "Installed version is unknown",
          where: name,
          seen: `chef-server-core ${version}, which is not the version of a release`,
          next,
        }),
  ];
});

const runit = reachable((node) => deadRunit(node, "chef-server-ctl status"));

/** `reconfigure` of 13 and later ends with 172 where the license was not accepted and nobody can be asked. */
const license: Rule = (spec, view) =>
  view.state.frontends
    .filter((node) => node.unreachable === null && spec.frontends?.acceptLicense === false)
    .filter(
      ({ package: { version } }) =>
        version !== null && parseVersion(version) !== null && asksForLicense(version),
    )
    .map((node) => ({
      ...node,
      missing: licenseMarkers.frontend.filter((path) => !node.licenses.includes(path)),
    }))
    .filter(({ missing }) => missing.length > 0)
    .map(({ name, missing, package: { version } }) =>
      refuse({
        code: "license",
        what: "License is not accepted",
        where: name,
        seen: `no ${missing.join(", ")}; chef-server-core ${version} does not reconfigure without`,
        next: "read the license, then set `frontends.acceptLicense: true`",
      }),
    );

/** What every procedure needs that acts on the frontends. */
export const frontendRules: Rule[] = [given, unreachable, notRoot, notInstalled, runit, license];
