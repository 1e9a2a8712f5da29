/** As test/execute/lies.sampled.test.ts, of Enterprise Chef 11. */
import type { EnterpriseResult } from "../../provider/enterprise/upgradeEnterprise";
import { blame } from "../support/labLog";
import { everyCommandLies, type LyingRuns } from "../support/lyingRuns";
import { problems, Site, textOf, unsaid } from "./rig";

type Untrue = LyingRuns<Site, EnterpriseResult>["untrue"];

const untrue =
  (cleanup: boolean): Untrue =>
  (r, result, told, lie) => {
    const found = problems(r, result).filter((each) => !each.startsWith(`${told?.node} `) || !isAgain(each));
    if (cleanup && r.sim.machines.some(({ cleaned }) => !cleaned)) found.push("there is old data");
    // A failover that a reboot brings about is keepalived's business.
    const rebooted = lie === "is interrupted by a reboot of its machine" && told?.node === "backend-1";
    const wrong = found.filter((each) => !rebooted || each !== "master is backend-2");
    blame(r, wrong);
    return wrong;
  };

/** Done once more on purpose, on the machine whose command has lied. */
const isAgain = (problem: string) => problem.endsWith("was started again");

const runsOf = (cleanup: boolean): LyingRuns<Site, EnterpriseResult> => ({
  build: async () => {
    const r = new Site();
    if (cleanup) await r.up();
    return r;
  },
  parts: ({ nodes, clock }) => ({ nodes, clock }),
  up: (r) => r.up({ cleanup }),
  text: textOf,
  untrue: untrue(cleanup),
  unsaid,
});

everyCommandLies("upgrade", runsOf(false), 0);
everyCommandLies("cleanup", runsOf(true), 1);
