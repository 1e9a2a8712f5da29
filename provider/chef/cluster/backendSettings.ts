import type { Literal } from "../ruby/literal";
import { canonicalAddress } from "../../observe/system";
import { compareVersions, parseVersion } from "../../versions/version";

/** Settings of `chef-backend.rb` that bear on an upgrade, with what each of them is. */
export interface SettingValues {
  /** Canonical; null where none is given. */
  publish_address: string | null;
  vip: string | null;
  "etcd.client_port": number;
  "postgresql.port": number;
  /** Bytes, and pages. Null where they are not set, as they must be from 1.2.5 on. */
  "postgresql.shmmax": number | null;
  "postgresql.shmall": number | null;
  "elasticsearch.port": number;
  /** An absolute path. */
  "elasticsearch.data_dir": string;
  /** The address that leaderl listens on, for `/leader`. */
  "leaderl.http_address": string;
  "leaderl.http_port": number;
  /** Seconds. */
  "leaderl.leader_ttl_seconds": number;
  "leaderl.status_internal_update_interval_seconds": number;
  "leaderl.status_post_update_interval_seconds": number;
  /** Followers; with fewer of them in sync `/leader` answers 503, and frontends lose the backend. 0: none is required. */
  "leaderl.required_active_followers": number;
  "leaderl.start_down": boolean;
  /** Absolute paths. */
  "leaderl.health_check.disk_paths": readonly string[];
  /** Megabytes, as the setting counts them: of 1024 × 1024 bytes, the larger reading. */
  "leaderl.health_check.disk_min_space_mb": number;
  /** Bytes. */
  "leaderl.health_check.max_bytes_behind_leader": number;
}

export type SettingKey = keyof SettingValues;

/** What is known of a setting from Chef's documentation. */
export interface SettingRule<Value> {
  /** The value that a line gives; undefined where it is none that this setting can have. */
  readonly read: (value: Literal) => Value | undefined;
  /** What a release has where nothing is given. */
  readonly byDefault: (release: string) => Value;
  /** What is taken where it cannot be told: the documented value that is the safe one. */
  readonly safe: Value;
  readonly unit: string;
  readonly source: string;
}

const page = "config_rb_backend";
const sample = "the sample of gen-sample-backend-config (ctl_chef_backend)";

const count = (value: Literal): number | undefined => {
  const number = typeof value === "string" && /^\d+(?:\.\d+)?$/.test(value) ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) && number >= 0 ? number : undefined;
};
const port = (value: Literal) => {
  const number = count(value);
  return number !== undefined && Number.isInteger(number) && number > 0 && number < 65_536
    ? number
    : undefined;
};
/** No line end and nothing else that no folder of a server has in its name. */
const isPath = (value: Literal): value is string =>
  typeof value === "string" && /^\/[\w\-./+@ ]*$/.test(value) && !value.split("/").includes("..");
const path = (value: Literal) => (isPath(value) ? value.replace(/(?<=.)\/+$/, "") : undefined);
const paths = (value: Literal): readonly string[] | undefined => {
  const all = (Array.isArray(value) ? (value as readonly Literal[]) : [value]).map(path);
  return all.length > 0 && all.every((each) => each !== undefined) ? all : undefined;
};
const address = (value: Literal): string | null | undefined => {
  if (value === null || value === "") return null;
  return typeof value === "string" && /^\[?[0-9A-Fa-f.:]+\]?$/.test(value)
    ? canonicalAddress(value)
    : undefined;
};
const isBefore = (release: string, other: string) =>
  parseVersion(release) !== null && compareVersions(release, other) < 0;

/** A setting whose default is the same in every release, and safe. */
function plain<Value>(
  read: (value: Literal) => Value | undefined,
  value: Value,
  unit: string,
  source = page,
): SettingRule<Value> {
  return { read, byDefault: () => value, safe: value, unit, source };
}

/**
 * Every setting that is read, with its documented default. A setting that cannot be told is taken as `safe`, and said; where no
 * value is safe, whoever needs it refuses.
 */
export const backendSettings: { readonly [Key in SettingKey]: SettingRule<SettingValues[Key]> } = {
  publish_address: plain(address, null, "address"),
  vip: plain(address, null, "address", sample),
  "etcd.client_port": plain(port, 2379, "port"),
  "postgresql.port": plain(port, 5432, "port"),
  "postgresql.shmmax": plain<number | null>(count, null, "bytes", "release notes of 1.2.5"),
  "postgresql.shmall": plain<number | null>(count, null, "pages", "release notes of 1.2.5"),
  "elasticsearch.port": plain(port, 9200, "port"),
  "elasticsearch.data_dir": plain<string>(path, "/var/opt/chef-backend/elasticsearch/data", "path", sample),
  "leaderl.http_address": plain<string>((value) => address(value) ?? undefined, "0.0.0.0", "address"),
  "leaderl.http_port": plain(port, 7331, "port"),
  "leaderl.leader_ttl_seconds": {
    read: count,
    byDefault: (release) => (isBefore(release, "1.2.0") ? 10 : 30),
    safe: 30,
    ...{ unit: "seconds", source: page },
  },
  "leaderl.status_internal_update_interval_seconds": plain(count, 5, "seconds"),
  "leaderl.status_post_update_interval_seconds": plain(count, 10, "seconds"),
  "leaderl.required_active_followers": plain(count, 0, "followers"),
  "leaderl.start_down": plain<boolean>((value) => (typeof value === "boolean" ? value : undefined), true, ""),
  "leaderl.health_check.disk_paths": plain<readonly string[]>(
    paths,
    ["/var/log/chef-backend", "/var/opt/chef-backend"],
    "paths",
  ),
  "leaderl.health_check.disk_min_space_mb": plain(count, 250, "MB"),
  "leaderl.health_check.max_bytes_behind_leader": plain(count, 52_428_800, "bytes"),
};

export const settingKeys = Object.keys(backendSettings) as SettingKey[];
