import type { Backend } from "../cluster/backend";
import type { Simulation } from "../simulation";
import type { System } from "../system";
import { defaultTimings } from "../timings";
import { upstreamOf } from "../version";

const ubuntu = `NAME="Ubuntu"
VERSION="18.04.6 LTS (Bionic Beaver)"
ID=ubuntu
ID_LIKE=debian
PRETTY_NAME="Ubuntu 18.04.6 LTS"
VERSION_ID="18.04"
`;

const centos = `NAME="CentOS Linux"
VERSION="7 (Core)"
ID="centos"
ID_LIKE="rhel fedora"
VERSION_ID="7"
PRETTY_NAME="CentOS Linux 7 (Core)"
`;

/** /etc/os-release: a system that the vendor supported for Chef Backend 2. */
export function osRelease(sim: System): string {
  return sim.osRelease ?? (sim.platform === "deb" ? ubuntu : centos);
}

/** /etc/chef-backend/chef-backend.rb, with leaderl's status intervals where they are not the default. */
export function chefBackendRb(sim: Simulation, backend: Backend): string {
  const { statusInternalUpdateInterval: internal, statusPostUpdateInterval: post } = sim.timings;
  const lines = [`publish_address '${backend.ip}'`, `vip '${sim.vip}'`];
  if (internal !== defaultTimings.statusInternalUpdateInterval)
    lines.push(`leaderl.status_internal_update_interval_seconds = ${internal}`);
  if (post !== defaultTimings.statusPostUpdateInterval)
    lines.push(`leaderl.status_post_update_interval_seconds = ${post}`);
  return [...lines, ...backend.switches.configLines].map((line) => `${line}\n`).join("");
}

/** /opt/chef-backend/version-manifest.json: names the installed build. */
export function versionManifest(version: string): string {
  const build = upstreamOf(version);
  return `${JSON.stringify({ manifest_format: 2, software: {}, build_version: build, license: "Chef-MLSA" }, null, 2)}\n`;
}
