import type { FactRequest } from "../../machine/machine";

/** The end of what a backend's Elasticsearch has printed: each line has svlogd's time in front, in UTC. */
export const searchLog: FactRequest = {
  name: "searchLog",
  argv: ["tail", "-n", "200", "/var/log/chef-backend/elasticsearch/current"],
  limit: 10,
};

/**
 * Elasticsearch 6 that finds the configuration of 5, which `upgrade` was to write anew: by the vendor's upgrade page the
 * sign that a former leader is upgraded by half.
 */
const leftOver = "unknown setting [path.scripts]";

/**
 * The last line that says so.
 * @param since Unix seconds of the node's clock: what was printed before tells nothing; nor does a line without a time
 */
export function leftOverSetting(log: string, since: number): string | null {
  return (
    log
      .split("\n")
      .filter((line) => line.includes(leftOver) && (printedAt(line) ?? 0) > since)
      .at(-1) ?? null
  );
}

/** Unix seconds: `2018-02-15_17:03:14.91161 …` (`svlogd -tt`). */
function printedAt(line: string): number | null {
  const [, date, time] = /^(\d{4}-\d\d-\d\d)_(\d\d:\d\d:\d\d\.\d+) /.exec(line) ?? [];
  return date === undefined ? null : Date.parse(`${date}T${time!.slice(0, 12)}Z`) / 1000;
}
