import type { Run } from "../programs/program";
import type { LocalServer } from "./knife";

/** The Chef server of a frontend of a Chef Backend cluster: haproxy brings the cluster's PostgreSQL to its localhost. */
export function frontendServer({ sim, frontend }: Run): LocalServer {
  const here = ["localhost", "127.0.0.1", ...frontend.addresses];
  return {
    data: sim.data,
    answers: (host) => here.includes(host) && frontend.serving && sim.cluster.led,
    reachesSql: (host) => [...here, sim.vip].includes(host) && sim.cluster.led,
    restores: (organizations) => sim.restoreBegins(frontend.name, organizations),
  };
}
