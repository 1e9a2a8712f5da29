import type { FactResult } from "../machine/machine";
import { jsonObject } from "../values/jsonObject";
import { short } from "../values/short";

/** What reports to Chef Automate: while that is down `/_status` says `fail`, and clients are served all the same. */
export const automateUpstream = "data_collector";

/**
 * Judges what a frontend said at `/_status`: its body, and the HTTP status on a last line of its own.
 * @returns `pong` when it serves its clients: every upstream pongs, but perhaps for Automate's; else in a few words what came
 * instead, each failing upstream by its name.
 */
export function parseAnswer(result: FactResult): string {
  const { code, stderr } = result;
  if (code !== 0) return stderr.trim() ? short(stderr) : `no answer (curl ended with ${code})`;
  const { http, body, answer } = partsOf(result);
  if (body === undefined || http === "000") return "no answer";
  const failing = failingUpstreams(result);
  if (failing.length > 0)
    return failing.some((each) => each !== automateUpstream) ? failingText(http!, failing) : "pong";
  if (http !== "200" || answer?.status !== "pong") return `HTTP ${http}: ${short(body)}`;
  return isServer(answer) ? "pong" : `HTTP 200, but of another product: ${short(body)}`;
}

/** The upstreams that do not pong, of a Chef server that says `fail`; none where it says anything else. */
export function failingUpstreams(result: FactResult): string[] {
  const { answer } = partsOf(result);
  if (answer?.status !== "fail" || answer.upstreams === undefined || !isServer(answer)) return [];
  return Object.entries(answer.upstreams as object).flatMap(([name, says]) =>
    says === "pong" ? [] : [name],
  );
}

/** The same for people. */
export const failingText = (http: string, failing: readonly string[]) =>
  `HTTP ${http}: ${failing.join(", ")} fail${failing.length === 1 ? "s" : ""}`;

function partsOf({ stdout }: FactResult) {
  const [, body, http] = /^([^]*?)\n(\d{3})\s*$/.exec(stdout) ?? [];
  return { body, http, answer: body === undefined ? null : jsonObject(body) };
}

/** The status of HTTP with which an API path answered; empty without an answer: curl prints 000 then. */
export const apiOf = (result: FactResult | undefined) =>
  /^[1-5]\d\d$/.exec(result?.stdout.trim() ?? "")?.[0] ?? "";

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
