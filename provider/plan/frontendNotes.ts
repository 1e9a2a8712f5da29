import type { FrontendState } from "../cluster/state";
import { automateUpstream } from "../observe/serverStatus";
import { compareVersions } from "../versions/version";
import { isInMaintenance } from "./frontendView";

/** Since this release a setting leaves Automate out of `/_status`. */
const leavesOut = "13.0.47";

/** What somebody should know of frontends that a run acts on, and what is no reason against it. @param smokeTest whether they are tested */
export function frontendNotes(frontends: readonly FrontendState[], smokeTest: boolean): string[] {
  const reached = frontends.filter(({ unreachable }) => unreachable === null);
  const automate = reached.filter(({ failing }) => failing.includes(automateUpstream));
  const waiting = reached.filter(isInMaintenance);
  const old = automate.some(({ package: { version } }) => compareVersions(version ?? "0", leavesOut) < 0);
  const setting = `\`data_collector['health_check'] = false\` in /etc/opscode/chef-server.rb${old ? ` (from ${leavesOut} on)` : ""} leaves it out`;
  const test = smokeTest ? "; `chef-server-ctl test` fails until then" : "";
  return [
    ...(automate.length > 0
      ? [
          `${automateUpstream} (Chef Automate) fails in /_status of ${namesOf(automate)}: clients are served all the same, but load balancers that ask /_status send them none. ${setting}${test}`,
        ]
      : []),
    ...(waiting.length > 0
      ? [`Maintenance is on, and stays on: ${namesOf(waiting)}. Clients are sent away there`]
      : []),
  ];
}

const namesOf = (frontends: readonly FrontendState[]) => frontends.map(({ name }) => name).join(", ");
