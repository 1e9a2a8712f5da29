import type { FactResult } from "../machine/machine";
import { jsonObject } from "../values/jsonObject";
import { short } from "../values/short";

/**
 * Judges what a frontend said at `/_status`: its body, and the HTTP status on a last line of its own.
 * @returns `pong` when it is healthy (vendor's documentation); else in a few words what came instead.
 */
export function parseAnswer(result: FactResult): string {
  const { code, stdout, stderr } = result;
  if (code !== 0) return stderr.trim() ? short(stderr) : `no answer (curl ended with ${code})`;
  const [, body, http] = /^([^]*?)\n(\d{3})\s*$/.exec(stdout) ?? [];
  if (body === undefined || http === "000") return "no answer";
  const answer = jsonObject(body);
  if (http !== "200" || answer?.status !== "pong") return `HTTP ${http}: ${short(body)}`;
  return isServer(answer) ? "pong" : `HTTP 200, but of another product: ${short(body)}`;
}

/** What its upstreams are called since Chef Server 11; Automate's workflow server says pong, and has a list of others. */
function isServer({ upstreams }: Record<string, unknown>): boolean {
  return (
    upstreams === undefined ||
    (typeof upstreams === "object" && upstreams !== null && "chef_sql" in upstreams)
  );
}

/**
 * The services that `chef-server-ctl status` shows down: runit's own (`down: nginx: 5s, normally up; …`) and,
 * under a heading, external ones (`down: opscode-elasticsearch: failed to connect to …`). One that runit has down
 * because it is disabled (not "normally up") is as it shall be.
 */
export function parseServerStatus(text: string): string[] {
  const down = new Set<string>();
  for (const line of text.split("\n")) {
    // `sv` that waited in vain puts `timeout:` before the state; a service may be named by the path of its folder.
    const match = /^(?:timeout: )?(down|run|finish|fail|warning): (?:\/\S*\/)?([\w.-]+): ([^;]*)/.exec(
      line.trim(),
    );
    if (!match) continue;
    const [, state, service, words] = match as unknown as [string, string, string, string];
    if (state === "run" && !line.trim().startsWith("timeout: ")) continue;
    const disabled = state === "down" && /^\d+s\b/.test(words) && !/normally up|want up/.test(words);
    const other = state === "warning" && !words.startsWith("unable to");
    if (!disabled && !other) down.add(service);
  }
  return [...down];
}
