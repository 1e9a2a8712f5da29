import { StepFailedError } from "../../execute/errors";
import { mustHaveMigrated } from "../../execute/mustHaveMigrated";
import type { EnterpriseRun } from "../enterpriseRun";
import type { EnterpriseStep } from "../plan";
import type { Attempt } from "../record";
import { hasTimedOut } from "../timeOut";
import { partOf } from "./onMachines";

/** Run again where it has timed out, and only then: each time a job of its own. */
export async function upgradePrimary(run: EnterpriseRun, step: EnterpriseStep): Promise<void> {
  const node = step.node!;
  const { clock, report } = run.context;
  for (let tries = 1; ; tries++) {
    const begun = clock.now();
    const one = partOf(step, node);
    const problem = await run.journal
      .effect(one, node, (result) => mustHaveMigrated(run.jobs, step, node, result))
      .then(
        () => null,
        (error: unknown) => error,
      );
    const job = problem instanceof StepFailedError ? problem.job : undefined;
    // It still runs, or its end is not known: nothing to be told of yet.
    if (problem !== null && (!job || job.state === "running")) throw problem;
    const timedOut = job !== undefined && hasTimedOut(job);
    const before = run.journal.record!.attempts;
    const attempt: Attempt = {
      ...{ node, attempt: before.length + 1, seconds: Math.round(clock.now() - begun) / 1000 },
      ended: problem === null ? "well" : timedOut ? "timed out" : "failed",
    };
    await run.journal.write({ attempts: [...before, attempt] });
    if (problem === null) return;
    if (!timedOut) throw problem;
    if (tries >= run.spec.upgradeAttempts)
      throw new StepFailedError(
        step,
        `it timed out ${tries} times (upgradeAttempts). The next \`pulumi up\` tries again`,
        job,
      );
    report({ type: "note", text: `${node}: attempt ${tries} of upgrade timed out; it is run again` });
  }
}
