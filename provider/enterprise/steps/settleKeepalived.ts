import { StepFailedError } from "../../execute/errors";
import * as ctl from "../commands";
import type { EnterpriseRun } from "../enterpriseRun";
import type { EnterpriseStep } from "../plan";
import { keepalivedProblems } from "../wellness";
import { until } from "./until";

/** The documented dance, once, where the states are not right by themselves. */
export async function settleKeepalived(run: EnterpriseRun, step: EnterpriseStep): Promise<void> {
  const { primary, secondary } = run.view.pair!;
  const dance = [
    { id: `${secondary.name}/dance-stop`, node: secondary.name, commands: [ctl.stop("keepalived")] },
    { id: `${primary.name}/dance-restart`, node: primary.name, commands: [ctl.restart("keepalived")] },
    { id: `${secondary.name}/dance-restart`, node: secondary.name, commands: [ctl.restart("keepalived")] },
  ];
  const begun = () => dance.some(({ id }) => run.view.begun(id));
  if (!begun()) {
    const problem = await until(run, step, keepalivedProblems).catch((error: Error) => error);
    if (!problem) return run.journal.done(step.id);
    if (!(problem instanceof StepFailedError)) throw problem;
    run.context.report({
      type: "note",
      text: `${problem.message}: keepalived is restarted as the vendor says`,
    });
  }
  for (const move of dance.filter(({ id }) => !run.view.done(id))) {
    const { services } = run.spec.timeouts;
    await run.journal.job({ ...step, ...move, timeout: services }, move.node);
    await run.journal.done(move.id);
  }
  await until(run, step, keepalivedProblems).catch((error: Error) => {
    if (!(error instanceof StepFailedError)) throw error;
    throw new StepFailedError(
      step,
      `${error.message.replace(`${step.id}: `, "")}, also after keepalived was stopped on ${secondary.name} and restarted on ${primary.name} and ${secondary.name}. Mend it by hand; the next \`pulumi up\` goes on from here`,
    );
  });
  await run.journal.done(step.id);
}
