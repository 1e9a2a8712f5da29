import type { FrontendState } from "../../cluster/state";
import { parseVersion } from "../../versions/version";
import type { Refusal } from "../plan";
import { refuse, type Rule } from "./rule";

const each = (judge: (node: FrontendState, healthy: number) => Refusal[]): Rule => {
  return (spec, view) => view.state.frontends.flatMap((node) => judge(node, spec.timeouts.healthy));
};

const given: Rule = (spec) =>
  spec.frontends === null
    ? [
        refuse(
          "frontends",
          "frontends is not given, and the procedure acts on every frontend of the cluster",
          "Set frontends to { nodes: [{ host }, …] }: the Chef Infra Servers that use these backends",
        ),
      ]
    : [];

const unreachable = each((node, healthy) =>
  node.unreachable === null
    ? []
    : [
        refuse(
          "frontends",
          `frontend ${node.name}: ${node.unreachable}`,
          "Every frontend must be reachable before a procedure that acts on them begins",
          healthy,
        ),
      ],
);

const reachable = (judge: (node: FrontendState) => Refusal[]): Rule =>
  each((node) => (node.unreachable === null ? judge(node) : []));

const notRoot = reachable((node) =>
  node.root
    ? []
    : [
        refuse(
          "root",
          `frontend ${node.name}: commands do not run as root`,
          "Log in as root (connection.user), or set connection.sudo",
        ),
      ],
);

const notInstalled = reachable(({ name, package: pkg }) =>
  pkg.version !== null && parseVersion(pkg.version)
    ? []
    : [
        refuse(
          "frontends",
          pkg.version === null
            ? `frontend ${name} has no chef-server-core package installed`
            : `frontend ${name} has chef-server-core ${pkg.version} installed, whose version says nothing to this release`,
          "Give the Chef Infra Servers that use these backends",
        ),
      ],
);

/** What every procedure needs that acts on the frontends. */
export const frontendRules: Rule[] = [given, unreachable, notRoot, notInstalled];
