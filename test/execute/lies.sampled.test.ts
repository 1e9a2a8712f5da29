/**
 * Every command of every procedure lies once in each way: with its exit status in either direction, by never ending, and by a
 * reboot in its middle. Judged by the lab's own truth: a run that says that it is done is right, one that fails says how
 * failover is, and honest runs after it reach the end. `STRIDE=1 npx jest execute/lies` tries every command.
 */
import type { UpgradeResult } from "../../provider/execute/upgradeCluster";
import { blame } from "../support/labLog";
import type { LieName, Told } from "../support/lies";
import { everyCommandLies, type LyingRuns } from "../support/lyingRuns";
import type { Rehearsal } from "../support/rehearsal";
import * as check from "./checks";
import { procedures, rolling, type Scenario, withReindex } from "./scenarios";
import { without } from "./reindexRig";

// In it a command lies already: of two lies at once, as an `upgrade` that did nothing before a reboot, nothing tells.
const { "rolling, with a leader that goes on with its old build": _lies, ...honest } = procedures;

const scenarios: Record<string, Scenario> = {
  ...honest,
  "rolling, no column shows failover": rolling({ columns: { blocked: false } }),
  "reindex, no maintenance mode": withReindex(without),
};

/** What is done once more on purpose: on the machine whose command has lied, and backups after a run that has failed. */
const again = ({ node }: Told) => new RegExp(`^(${node} .*|.* backup|reindex -a) was started again`);

/** No documented command reads failover back: where no column shows it, only that nobody claims to know can be asked for. */
const unseen = (r: Rehearsal, told: Told) =>
  r.sim.columns.blocked === false && told.argv[1] === "set-cluster-failover";

function untrue(scenario: Scenario) {
  return (r: Rehearsal, result: UpgradeResult, told: Told | null, lie: LieName | null): string[] => {
    if (!told) return scenario.problems(r, result);
    const found = scenario
      .problems(r, result)
      .filter((each) => !again(told).test(each))
      // A frontend's reindex that was cut short is done again.
      .filter((each) => !(told.kind === "reindex" && each === "2 reindexes"));
    if (told.kind === "cleanup-frontend")
      found.push(...r.sim.frontends.flatMap(({ name, oldData }) => (oldData ? [`${name}: old data`] : [])));
    if (lie === "is interrupted by a reboot of its machine") return found.filter(notByReboot);
    if (!unseen(r, told)) return found;
    const claims = r.events.flatMap((event) =>
      "text" in event && /failover/i.test(event.text) && /\bverified\b/.test(event.text) ? [event.text] : [],
    );
    return [...found.filter((each) => !/failover is (on|off)/.test(each)), ...claims];
  };
}

/** A machine that boots is out for that reason alone. */
const notByReboot = (problem: string) => !/were out at once|risky stop|nobody answered for/.test(problem);

const runsOf = (scenario: Scenario): LyingRuns<Rehearsal, UpgradeResult> => ({
  build: scenario.build,
  parts: ({ nodes, frontends, clock }) => ({ nodes: [...nodes, ...frontends], clock }),
  up: (r) => r.up(scenario.change(r)),
  text: check.textOf,
  untrue: (r, ...of) => {
    const found = untrue(scenario)(r, ...of);
    blame(r, found);
    return found;
  },
  unsaid: check.unsaidFailover,
});

for (const [at, [name, scenario]] of Object.entries(scenarios).entries())
  everyCommandLies(name, runsOf(scenario), at);
