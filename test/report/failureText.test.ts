import { RefusedError, StepFailedError } from "../../provider/execute/errors";
import type { Left } from "../../provider/execute/wayOut";
import type { UpgradeResult } from "../../provider/execute/upgradeCluster";
import { planRolling } from "../../provider/procedures/rolling";
import { failureText } from "../../provider/report/failureText";
import { aSpec, threeBackends } from "../support/aCluster";
import { refuse } from "../../provider/plan/refusal";

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

test("a refusal before anything was touched: every reason with its next step, and that nothing was changed", () => {
  const refusal = refuse({ code: "x", what: "It is so", where: "here", seen: "this", next: "do that" });
  const left = { failover: "untouched", insideOf: null } as const;
  expect(text(new RefusedError([refusal]), left, false)).toEqual([
    ...["It is so [x]", "  where: here", "  seen:  this", "  next:  do that"],
    "Nothing was changed.",
  ]);
  const other = { ...refusal, code: "y", what: "So is this" };
  expect(text(new RefusedError([refusal, other]), left, false)).toEqual([
    "2 checks failed: x, y. Nothing was changed.",
    ...["It is so [x]", "  where: here", "  seen:  this", "  next:  do that"],
    ...["So is this [y]", "  where: here", "  seen:  this", "  next:  do that"],
  ]);
});
