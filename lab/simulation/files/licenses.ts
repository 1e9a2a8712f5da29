import { Backend } from "../cluster/backend";
import { Frontend } from "../frontend";
import type { Machine } from "../machine";
import type { ProductFile } from "../system";
import { upstreamOf } from "../version";

/** Where it is kept that somebody has accepted a license: the MLSA on backends and frontends, Chef Infra Server's. */
export const licenseMarkers = {
  backend: "/var/opt/chef-backend/.license.accepted",
  frontend: "/var/opt/opscode/.license.accepted",
} as const;

/** The products whose licenses Chef Infra Server asks for together, by the files' names. */
const products: Readonly<Record<string, readonly [id: string, name: string]>> = {
  chef_infra_server: ["infra-server", "Chef Infra Server"],
  chef_infra_client: ["infra-client", "Chef Infra Client"],
  inspec: ["inspec", "Chef InSpec"],
};

/** The marker at a path of a machine; undefined when there is none. */
export function licenseFile(machine: Machine, path: string): ProductFile | undefined {
  if (machine instanceof Backend)
    return path === licenseMarkers.backend && machine.joined ? { content: "" } : undefined;
  if (!(machine instanceof Frontend)) return undefined;
  if (path === licenseMarkers.frontend) return machine.configured ? { content: "" } : undefined;
  const product = products[/^\/etc\/chef\/accepted_licenses\/(\w+)$/.exec(path)?.[1] ?? ""];
  return product && machine.licenseAccepted ? { content: accepted(machine, product) } : undefined;
}

/** As Chef's products keep it (the gem license-acceptance). */
const accepted = (frontend: Frontend, [id, name]: readonly [string, string]) => `---
id: ${id}
name: ${name}
date_accepted: '2020-01-01T00:00:00+00:00'
accepting_product: infra-server
accepting_product_version: ${upstreamOf(frontend.upgradedTo || frontend.installed)}
user: root
file_format: 1
`;
