import { parseServerStatus } from "../../observe/serverStatus";
import { parseRunit } from "../../chef/machine/runit";
import type { Step } from "../../plan/plan";
import { StepFailedError } from "../errors";
import type { Run } from "../run";
import { untilItAnswers } from "./frontends";
import type { Performers } from "./performers";

/** Between two looks at an add-on, in milliseconds. */
const pause = 2000;

export const addons: Performers = {
  "reconfigure-addon": (run, step) =>
    run.journal
      .effect(step, step.node!, async () => {
        await untilItsServicesRun(run, step);
        // It changes what nginx does.
        await untilItAnswers(run, step);
      })
      .catch((error: unknown) => {
        if (!(error instanceof StepFailedError)) throw error;
        const problem = error.message.replace(`${step.id}: `, "");
        throw new StepFailedError(
          step,
          `${problem}\n${step.node} itself is upgraded, and is left as it is. The next \`pulumi up\` tries this again; to go on without it, set \`frontends.addons\` to "report"`,
        );
      }),
};

/** @throws StepFailedError where the add-on's own status shows one that is down for too long; says so where it tells nothing. */
async function untilItsServicesRun(run: Run, step: Step): Promise<void> {
  const { clock } = run.context;
  const ctl = step.commands.at(-1)![0]!;
  const begun = clock.now();
  for (;;) {
    const { facts } = await run.jobs
      .machine(step.node!)
      .read([{ name: "addon", argv: [ctl, "status"], slow: true }]);
    const { stdout = "" } = facts.addon ?? {};
    const down = parseServerStatus(stdout);
    if (down.length === 0) {
      if (parseRunit(stdout).services.length === 0)
        run.context.report({
          type: "note",
          text: `Whether the services of ${ctl} run on ${step.node} was not verified: its status names none`,
        });
      return;
    }
    const what = `${ctl} status shows ${down.join(", ")} down`;
    const elapsed = (clock.now() - begun) / 1000;
    if (elapsed > step.timeout) throw new StepFailedError(step, `it ended with 0, but ${what}`);
    run.waiting(step, what, elapsed);
    await clock.sleep(pause);
  }
}
