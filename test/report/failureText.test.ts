import { RefusedError, StepFailedError } from "../../provider/execute/errors";
import type { Left } from "../../provider/execute/wayOut";
import type { UpgradeResult } from "../../provider/execute/upgradeCluster";
import { planRolling } from "../../provider/procedures/rolling";
import { failureText } from "../../provider/report/failureText";
import { aSpec, threeBackends } from "../support/aCluster";

const state = threeBackends().upgraded("backend-2").state();
const step = planRolling(aSpec(), state).steps.find((each) => each.id === "backend-3/upgrade")!;
const job = { run: "r", id: "j", state: "ended", code: 9, output: "one\n\ntwo\n" } as const;

function text(
  error: Error,
  left: Partial<Left> & Pick<Left, "failover" | "insideOf">,
  touched = true,
  change: Partial<UpgradeResult> = {},
): string[] {
  return failureText({
    ...{ state, from: "2.1.0-1", to: "2.3.16", started: "", finished: "", timings: [], backups: [], touched },
    failure: { error, left: { closed: [], downSince: null, notes: [], ...left } },
    ...change,
  }).split("\n");
}

test("failover that is off comes first, with why and by hand; then what failed, how it is, and what is next", () => {
  const lines = text(new StepFailedError(step, "it ended with 9", job), {
    ...{
      failover: "off",
      insideOf: "backend-3",
      why: "backend-3 is between installation and verified rejoin",
    },
  });
  expect(lines[0]).toMatch(
    /^FAILOVER IS OFF \(backend-3 is between .*chef-backend-ctl set-cluster-failover on$/,
  );
  expect(lines.slice(1)).toEqual([
    "backend-3/upgrade: it ended with 9",
    "  The last lines it printed:",
    "    one",
    "    two",
    "Installed now: backend-1 2.1.0, backend-2 2.3.16, backend-3 2.1.0.",
    "The cluster is healthy.",
    expect.stringMatching(/^backend-3 is unfinished: the next `pulumi up` finishes it before/),
  ]);
});

test("failover that is on is said too; an unhealthy cluster with its reasons", () => {
  const sick = threeBackends().waiting("backend-3").state();
  const lines = text(new Error("boom"), { failover: "on", insideOf: null }, true, { state: sick });
  expect(lines[0]).toBe("boom");
  expect(lines).toContain("Failover is on.");
  expect(lines).toContainEqual(expect.stringMatching(/^The cluster: .*backend-3 is waiting_for_leader/));
  expect(lines.at(-1)).toMatch(/goes on with what is left/);
});

test("a refusal before anything was touched: every reason with its way out, and that nothing was changed", () => {
  const refusal = { code: "x", message: "It is so", wayOut: "Do that", waitable: 0 };
  const left = { failover: "untouched", insideOf: null } as const;
  expect(text(new RefusedError([refusal]), left, false)).toEqual([
    "It is so. Do that",
    "Nothing was changed.",
  ]);
  expect(text(new RefusedError([refusal, refusal]), left, false).slice(0, 3)).toEqual([
    "2 reasons against it:",
    "  - It is so. Do that",
    "  - It is so. Do that",
  ]);
});
