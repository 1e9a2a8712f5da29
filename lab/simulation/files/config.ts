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

/**
 * /etc/chef-backend/chef-backend.rb, with leaderl's intervals and lease where they are not the default: in seconds as the
 * node shows them, so that whoever reads them needs no conversion.
 */
export function chefBackendRb(sim: Simulation, backend: Backend): string {
  const { requiredFollowers } = backend.switches;
  const followers = requiredFollowers > 0 ? [`leaderl.required_active_followers = ${requiredFollowers}`] : [];
  const lines = [
    `publish_address '${backend.ip}'`,
    `vip '${sim.vip}'`,
    ...ofLeaderl(sim),
    ...followers,
    ...moved(backend),
  ];
  return [...lines, ...backend.switches.configLines].map((line) => `${line}\n`).join("");
}

/** What is elsewhere than by default, in both forms that such a file may have. */
function moved({ switches: { searchData, searchPort, etcdPort } }: Backend): string[] {
  return [
    ...(searchData === null ? [] : [`elasticsearch.data_dir '${searchData}'`]),
    ...(searchPort === null ? [] : [`elasticsearch['port'] = ${searchPort}`]),
    ...(etcdPort === null ? [] : [`etcd.client_port = ${etcdPort}`]),
  ];
}

/** What leaderl is told beside its defaults. */
export function ofLeaderl({ timings, clock }: Pick<Simulation, "timings" | "clock">): string[] {
  const now = clock.now();
  const shown = (seconds: number) =>
    clock.wall ? Math.round(clock.wall(now + seconds * 1000) - clock.wall(now)) / 1000 : seconds;
  const { statusInternalUpdateInterval: internal, statusPostUpdateInterval: post, leaderTtl } = timings;
  const settings: [key: string, value: number | null, byDefault: number][] = [
    ["status_internal_update_interval_seconds", internal, defaultTimings.statusInternalUpdateInterval],
    ["status_post_update_interval_seconds", post, defaultTimings.statusPostUpdateInterval],
    // Of the current releases; an older one's shorter lease is its default.
    ["leader_ttl_seconds", leaderTtl ?? (shown(30) === 30 ? null : 30), 30],
  ];
  return settings.flatMap(([key, value, byDefault]) =>
    value === null || shown(value) === byDefault ? [] : [`leaderl.${key} = ${shown(value)}`],
  );
}

/** /opt/chef-backend/version-manifest.json: names the installed build. */
export function versionManifest(version: string): string {
  const build = upstreamOf(version);
  return `${JSON.stringify({ manifest_format: 2, software: {}, build_version: build, license: "Chef-MLSA" }, null, 2)}\n`;
}
