import type { Frontend } from "./frontend";
import type { SimulatedCluster } from "./simulatedCluster";

/** What a frontend answers on `/_status` while its services run. */
export interface FrontendStatus {
  readonly code: number;
  readonly body: { readonly status: string; readonly upstreams: Readonly<Record<string, string>> };
}

type Around = Pick<SimulatedCluster, "cluster" | "search">;

/**
 * `{"status":"pong",…}` when healthy (vendor's documentation), 500 otherwise. Maintenance does not show: nginx asks erchef
 * at once (chef-server, nginx_chef_api_lb.conf.erb).
 */
export function statusOf({ cluster, search: { colour } }: Around, frontend: Frontend): FrontendStatus {
  const { serving } = frontend;
  const sql = cluster.led;
  const search = colour !== "red";
  const word = (good: boolean) => (good ? "pong" : "fail");
  const { automate } = frontend.switches;
  const good = serving && sql && search && automate !== "down";
  const upstreams = {
    ...{ chef_elasticsearch: word(search), chef_sql: word(sql), oc_chef_authz: word(sql) },
    ...(automate === "none" ? {} : { data_collector: word(automate === "up") }),
  };
  return { code: good ? 200 : 500, body: { status: word(good), upstreams } };
}

/** The same of a frontend by its name. */
export function frontendStatus(sim: SimulatedCluster, frontend: string): FrontendStatus {
  return statusOf(sim, sim.frontend(frontend));
}

/** The frontend is open to its clients, and says pong but for Automate, without which it serves them. */
export function answersPong(around: Around, frontend: Frontend): boolean {
  const { data_collector: _automate, ...upstreams } = statusOf(around, frontend).body.upstreams;
  return frontend.open && Object.values(upstreams).every((each) => each === "pong");
}
