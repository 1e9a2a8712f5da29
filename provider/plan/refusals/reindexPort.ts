import { defaultPort } from "../../commands/askServer";
import type { FrontendState } from "../../cluster/state";
import { compareVersions, parseVersion, release } from "../../versions/version";
import type { Refusal } from "../refusal";
import { refuse } from "./rule";

/** The first release whose `reindex` asks the server at its own port (chef-server #3501). */
const asksItsPort = "15.4.0";

/** `reindex` of older ones asks for the organizations at 443 only: it would fail on an index that was deleted before. @param version at which it runs there */
export function reindexPort(
  { name, unreachable, port, package: pkg }: FrontendState,
  version = pkg.version,
): Refusal[] {
  if (unreachable !== null || port === defaultPort || version === null || !parseVersion(version)) return [];
  if (compareVersions(version, asksItsPort) >= 0) return [];
  return [
    refuse({
      code: "frontends",
      what: "Reindexing does not work at this port",
      where: name,
      seen: `nginx['ssl_port'] is ${port}; \`chef-server-ctl reindex\` of chef-server-core ${release(version)} asks port ${defaultPort} only`,
      next: [
        `upgrade the frontends to ${asksItsPort} or later first (\`frontends.version\`), with \`version\` unchanged`,
        `or set nginx['ssl_port'] to ${defaultPort} in /etc/opscode/chef-server.rb, then run \`chef-server-ctl reconfigure\` there`,
      ].join("\n"),
    }),
  ];
}
