import { isSince } from "../../version";
import type { Run } from "../program";

/** By release, newest first: the major releases of Elasticsearch that it knows, and its words (chef-server, libraries/helper.rb). */
const known: readonly (readonly [since: string, majors: readonly number[], words: string])[] = [
  [
    "14.2.2",
    [2, 5, 6, 7],
    "Unsupported Elasticsearch version of %s. There is currently support for the major versions of 2, 5, 6 and 7.",
  ],
  [
    "13.2.0",
    [2, 5, 6],
    "Unsupported elasticsearch version of %s. There is current support for the major versions of 2, 5 and 6.",
  ],
  [
    "12.15.8",
    [2, 5],
    "Unsupported elasticsearch version of %s. There is current support for the major versions of 2 and 5.",
  ],
];

/**
 * Where `reconfigure`, which `upgrade` runs too, meets an Elasticsearch that its release does not know: it raises while it
 * compiles. Releases before 12.15.8 do not ask. A frontend asks through its haproxy, which leads to the leader.
 */
export function unsupportedSearch({ sim, frontend }: Run): string | null {
  const rule = known.find(([since]) => isSince(frontend.installed, since));
  const leader = sim.backends.find(({ name }) => name === sim.leader);
  if (!rule || !leader?.running("elasticsearch") || sim.search.colour === "red") return null;
  const major = Number.parseInt(leader.elasticsearch, 10);
  return rule[1].includes(major) ? null : compileError(rule[2].replace("%s", String(major)));
}

/** Its preflight stops at a PostgreSQL other than 9.6 to 13, which Chef Backend never had (libraries/preflight_postgres_validator.rb). */
export function unsupportedPostgres({ frontend }: Run): string | null {
  if (!frontend.switches.asksPostgres || !isSince(frontend.installed, "14.8.0")) return null;
  const line = "-".repeat(71);
  return `FATAL: \n\n${line}
CSPG014: Chef Infra Server currently requires PostgreSQL version 9.6 or greater.
         The database you have provided is running version 9.5.25.

         See https://docs.chef.io/errors/#cspg014-incorrect-version
         for more information.
${line}`;
}

/** As the product's own Chef prints it, cut to what tells it (chef-server#1953). */
function compileError(words: string): string {
  const line = "=".repeat(80);
  return `${line}
Recipe Compile Error in /var/opt/opscode/local-mode-cache/cookbooks/private-chef/recipes/default.rb
${line}

RuntimeError
------------
${words}

Running handlers:
Running handlers complete
Chef Client failed. 0 resources updated in 12 seconds`;
}
