import { type BackendConfig, settingOf } from "./backendConfig";

/** Where a backend's services answer and keep their data, by its own configuration. */
export interface Places {
  /** Elasticsearch, with `/` at the end. Only ports can be set: it listens on localhost beside its other addresses. */
  readonly search: string;
  /** etcd's clients' port, with `/` at the end. */
  readonly etcd: string;
  /** leaderl, with `/` at the end: `leader` below it answers 200 where this backend leads. */
  readonly leaderl: string;
  /** Elasticsearch's data. */
  readonly searchData: string;
  /** What leaderl's health check looks at. */
  readonly diskPaths: readonly string[];
}

/** Where they are by a backend's `chef-backend.rb`. What cannot be told is as documented: who answers there is looked at. */
export function placesOf(config: BackendConfig): Places {
  const value = <Key extends keyof BackendConfig>(key: Key) => settingOf(config, key, "").value;
  const address = value("leaderl.http_address");
  return {
    search: `http://localhost:${value("elasticsearch.port")}/`,
    etcd: `http://localhost:${value("etcd.client_port")}/`,
    leaderl: `http://${host(address)}:${value("leaderl.http_port")}/`,
    searchData: value("elasticsearch.data_dir"),
    diskPaths: value("leaderl.health_check.disk_paths"),
  };
}

/** Where a configuration that says nothing of them has them. */
export const documentedPlaces = placesOf({});

/** What listens on every address is asked on its own machine. */
function host(address: string): string {
  if (/^(?:0\.0\.0\.0|::)$/.test(address)) return "localhost";
  return address.includes(":") ? `[${address}]` : address;
}
