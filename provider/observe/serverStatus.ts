import type { FactResult } from "../machine/machine";
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
  return http === "200" && statusOf(body) === "pong" ? "pong" : `HTTP ${http}: ${short(body)}`;
}

function statusOf(body: string): unknown {
  try {
    return (JSON.parse(body) as { status?: unknown } | null)?.status;
  } catch {
    return undefined;
  }
}

/**
 * The services that `chef-server-ctl status` shows down: runit's own (`down: nginx: 5s, normally up; …`) and,
 * under a heading, external ones (`down: opscode-elasticsearch: failed to connect to …`). One that runit has down
 * because it is disabled (not "normally up") is as it shall be.
 */
export function parseServerStatus(text: string): string[] {
  const down = new Set<string>();
  for (const line of text.split("\n")) {
    const match = /^(down|finish|fail|timeout|warning): ([\w.-]+): ([^;]*)/.exec(line.trim());
    if (!match) continue;
    const [, state, service, words] = match as unknown as [string, string, string, string];
    const disabled = state === "down" && /^\d+s\b/.test(words) && !/normally up|want up/.test(words);
    const other = state === "warning" && !words.startsWith("unable to");
    if (!disabled && !other) down.add(service);
  }
  return [...down];
}
