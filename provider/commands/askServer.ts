import { askService } from "./localService";

/** Where a Chef server listens unless `nginx['ssl_port']` says otherwise. */
export const defaultPort = 443;

const urlOf = (host: string, port: number, path: string) =>
  `https://${host.includes(":") ? `[${host}]` : host}${port === defaultPort ? "" : `:${port}`}${path}`;

/** Asks a frontend on its own machine how it is; it asks its upstreams in turn. @returns a command that prints the body, then the status of HTTP */
export function askStatus(port: number): string[] {
  return askService(urlOf("localhost", port, "/_status"), 10, "-k", "-w", "\\n%{http_code}");
}

/**
 * Asks the API as a client would, for what it tells everybody. Maintenance shows there alone: `/_status` is answered all the
 * same, and so is whoever sends no version of Chef (chef-server, nginx_chef_api_lb.conf.erb and dispatch.lua.erb).
 * @param host an address of the frontend's own, but not 127.0.0.1: that one is let in; or what stands in front of it
 * @returns a command that prints the status of HTTP
 */
export function askApi(host: string, port: number): string[] {
  const client = ["-H", "X-Chef-Version: 18.0.0", "-H", "X-Ops-Userid: pivotal"];
  const url = urlOf(host, port, "/server_api_version");
  return askService(url, 10, "-k", "-o", "/dev/null", "-w", "%{http_code}", ...client);
}
