import type { EnterpriseMachineSpec } from "./types";

/** The domain of all machines here. */
export const DOMAIN = "lab.example.com";

export interface ConfiguredMachine extends EnterpriseMachineSpec {
  readonly role: "backend" | "frontend";
  readonly bootstrap: boolean;
}

/** `/etc/opscode/private-chef.rb` with those machines. */
export function privateChefRb(machines: readonly ConfiguredMachine[], vip: string): string {
  const servers = machines.map(({ name, ip, role, bootstrap }) =>
    [
      `server "${name}.${DOMAIN}",`,
      `  :ipaddress => "${ip}",`,
      ...(bootstrap ? [`  :role => "${role}",`, "  :bootstrap => true"] : [`  :role => "${role}"`]),
      "",
    ].join("\n"),
  );
  return `topology "ha"

${servers.join("\n")}
backend_vip "backend.${DOMAIN}",
  :ipaddress => "${vip}",
  :device => "eth0"

api_fqdn "chef.${DOMAIN}"
`;
}
