import type { FactResult } from "../../machine/machine";
import { compareVersions } from "../../versions/version";

/** Lines of `chef-server.rb` that decide whether its preflight asks which PostgreSQL it meets; none of them has a secret. */
export const postgresLines = "^[[:space:]]*(use_chef_backend|postgresql\\[.external.\\])";

/**
 * Whether `reconfigure` asks for the release of PostgreSQL: of an external one, and not with `use_chef_backend true`, which
 * gen-server-config writes (chef-server 12.6.0 to 15.10.12, libraries/preflight_checks.rb). What cannot be read asks nothing.
 */
export function asksPostgres({ code, stdout }: FactResult): boolean {
  const says = (key: RegExp) =>
    stdout.split("\n").some((line) => key.test(line) && /\btrue\b/.test(line.replace(/#.*/, "")));
  return code === 0 && says(/external/) && !says(/use_chef_backend/);
}

/**
 * The releases that it takes, from 14.8.0 on (libraries/preflight_postgres_validator.rb). A maintainer says that 9.5 works
 * (chef-server#1888): nothing is refused for it.
 */
const taken = { since: "14.8.0", from: "9.6", to: "13" };

/** What it would say of this PostgreSQL; null where nothing, or where that is not known. */
export function postgresNote(frontend: string, postgres: string | null): string | null {
  if (postgres === null || compareVersions(frontend, taken.since) < 0) return null;
  const [at, from, to] = [postgres, taken.from, taken.to].map(Number) as [number, number, number];
  if (at >= from && at <= to) return null;
  return `asks for PostgreSQL ${taken.from} to ${taken.to}, and the backends have ${postgres}`;
}
