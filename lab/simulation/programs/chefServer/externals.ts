import { isSince } from "../../version";
import type { Run } from "../program";

/** The headings of a status with external services. */
export const heading = (which: "Internal" | "External") =>
  `-------------------\n ${which} Services \n-------------------\n`;

/** The lines of external services, reached through haproxy: they never change the exit status. */
export function externalLines({ sim, frontend }: Run): string[] {
  const { search, cluster } = sim;
  const line = (name: string, at: string, why: string | null) =>
    why === null
      ? `run: ${name}: connected OK to ${at}`
      : `down: ${name}: failed to connect to ${at}: ${why}`;
  const closed = frontend.serving ? null : "Connection refused";
  const noSearch =
    search.colour === "red" ? '503 "Service Unavailable"' : search.missing ? '404 "Not Found"' : null;
  const noSql = cluster.led ? null : "server closed the connection unexpectedly";
  // Until 14 the product calls whatever searches by its first one's name.
  const searches = isSince(frontend.installed, "14.0.0") ? "elasticsearch" : "opscode-solr4";
  return [
    line(searches, "http://127.0.0.1:9200", closed ?? noSearch),
    line("postgresql", "127.0.0.1:5432", closed ?? noSql),
  ];
}
