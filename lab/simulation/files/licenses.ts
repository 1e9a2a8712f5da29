import { Backend } from "../cluster/backend";
import { Frontend } from "../frontend";
import type { Machine } from "../machine";
import type { ProductFile } from "../system";
import { upstreamOf } from "../version";

/** Where it is kept that somebody has accepted a license: the MLSA on backends and frontends, Chef Infra Server's. */
export const licenseMarkers = {
  backend: "/var/opt/chef-backend/.license.accepted",
  frontend: "/var/opt/opscode/.license.accepted",
  infraServer: "/etc/chef/accepted_licenses/chef_infra_server",
} as const;

/** The marker at a path of a machine; undefined when there is none. */
export function licenseFile(machine: Machine, path: string): ProductFile | undefined {
  if (machine instanceof Backend)
    return path === licenseMarkers.backend && machine.joined ? { content: "" } : undefined;
  if (!(machine instanceof Frontend)) return undefined;
  if (path === licenseMarkers.frontend) return machine.configured ? { content: "" } : undefined;
  if (path === licenseMarkers.infraServer && machine.licenseAccepted) return { content: accepted(machine) };
  return undefined;
}

/** As Chef's products keep it (the gem license-acceptance). */
const accepted = (frontend: Frontend) => `---
id: infra-server
name: Chef Infra Server
date_accepted: '2020-01-01T00:00:00+00:00'
accepting_product: infra-server
accepting_product_version: ${upstreamOf(frontend.upgradedTo || frontend.installed)}
user: root
file_format: 1
`;
