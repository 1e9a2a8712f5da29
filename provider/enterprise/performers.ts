import { StepFailedError } from "../execute/errors";
import { scriptsMustBeSound } from "../execute/packageScripts";
import { stagePackages } from "../execute/stagePackages";
import { interruptedInstall } from "../plan/refusals/anyMachine";
import { packageFileOf } from "../plan/view";
import type { EnterpriseRun } from "./enterpriseRun";
import { packageName } from "./facts";
import type { EnterpriseKind, EnterpriseStep } from "./plan";
import { machinesOf } from "./state";
import { copyConfig, mustHaveConfig } from "./steps/configFolder";
import { runIt, sideBySide, stopIt } from "./steps/onMachines";
import { settleKeepalived } from "./steps/settleKeepalived";
import { until } from "./steps/until";
import { upgradePrimary } from "./steps/upgradePrimary";
import { installOn } from "./stepsOf";
import { type EnterpriseView, needsInstall } from "./view";
import { keepalivedProblems, verificationProblems } from "./wellness";

type Perform = (run: EnterpriseRun, step: EnterpriseStep) => Promise<void>;

/** How each kind of step is run, verified and recorded. The record is written before the change that it describes. */
export const performers: Readonly<Record<EnterpriseKind, Perform>> = {
  stage: async (run, step) => {
    const { spec } = run;
    const missing = machinesOf(run.state).filter(
      (each) => step.nodes.includes(each.name) && packageFileOf(each, spec.version)?.missing,
    );
    const staging = [spec.packageFile!.staging!];
    await stagePackages(
      run.jobs,
      step,
      missing.map(({ name }) => ({ node: name, packages: staging })),
    );
    await run.observe("full");
  },

  reconfigure: runIt,
  start: runIt,
  cleanup: runIt,
  stop: (run, step) => stopIt(run, step, () => true),
  "stop-keepalived": (run, step) => stopIt(run, step, (service) => service === "keepalived"),

  "await-master": async (run, step) => {
    await until(run, step, (view) => keepalivedProblems(view, "primary"));
    await run.journal.done(step.id);
  },

  install: async (run, step) => {
    const of = ({ order }: EnterpriseView) => order.filter(({ name }) => step.nodes.includes(name));
    const commands = new Map(of(run.view).map((each) => [each.name, installOn(run.view, each)]));
    await sideBySide(step, (one, node) => run.journal.job({ ...one, commands: commands.get(node)! }, node));
    const view = await run.observe();
    await scriptsMustBeSound(run, of(view), (each) => interruptedInstall("interrupted", each, packageName));
    const wrong = of(view).filter((each) => needsInstall(view, each));
    if (wrong.length > 0)
      throw new StepFailedError(
        step,
        `it ended with 0, and yet ${wrong.map(({ name, package: { detail } }) => `${name} has ${detail}`).join(", ")}`,
      );
    for (const node of step.nodes) await run.journal.done(`${node}/install`);
  },

  "upgrade-primary": upgradePrimary,
  "copy-config": (run, step) => sideBySide(step, (one, node) => copyConfig(run, one, node)),

  upgrade: async (run, step) => {
    for (const node of step.nodes) await mustHaveConfig(run, node);
    await runIt(run, step);
  },

  "settle-keepalived": settleKeepalived,

  verify: async (run, step) => {
    const { task } = run.view;
    await until(run, step, verificationProblems, "full");
    const end = task === "cleanup" ? { cleanedUp: run.spec.version } : {};
    await run.journal.write({ finished: true, ...end });
  },
};
