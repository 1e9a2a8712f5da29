import type { FrontendState } from "../../cluster/state";
import { parseVersion } from "../../versions/version";
import type { Refusal } from "../refusal";
import { asUser } from "./nodes";
import { refuse, type Rule, whyUnreachable } from "./rule";

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

const notInstalled = reachable(({ name, package: { version } }) => {
  if (version !== null && parseVersion(version)) return [];
  const next = "list the Chef Infra Servers that use these backends in `frontends.nodes`";
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

/** What every procedure needs that acts on the frontends. */
export const frontendRules: Rule[] = [given, unreachable, notRoot, notInstalled];
