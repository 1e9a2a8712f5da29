import { StepFailedError } from "../execute/errors";
import { mustHaveMigrated } from "../execute/mustHaveMigrated";
import { scriptsMustBeSound } from "../execute/packageScripts";
import { stagePackages } from "../execute/stagePackages";
import { interruptedInstall } from "../plan/refusals/anyMachine";
import { packageFileOf } from "../plan/view";
import type { EnterpriseRun } from "./enterpriseRun";
import { packageName } from "./facts";
import type { EnterpriseKind, EnterpriseStep } from "./plan";
import { machinesOf } from "./state";
import { copyConfig, mustHaveConfig } from "./steps/configFolder";
import { cleanUp, runIt, sideBySide, startIt, stopIt } from "./steps/onMachines";
import { settleKeepalived } from "./steps/settleKeepalived";
import { until } from "./steps/until";
import { upgradePrimary } from "./steps/upgradePrimary";
import { installOn } from "./stepsOf";
import { type EnterpriseView, needsInstall } from "./view";
import { keepalivedProblems, machineProblems, verificationProblems } from "./wellness";

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
  start: (run, step) => sideBySide(step, (one, node) => startIt(run, one, node)),
  cleanup: (run, step) => sideBySide(step, (one, node) => cleanUp(run, one, node)),
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
    if (wrong.length > 0) {
      await run.journal.undone(...wrong.map(({ name }) => `${name}/install`));
      throw new StepFailedError(
        step,
        `it ended with 0, and yet ${wrong.map(({ name, package: { detail } }) => `${name} has ${detail}`).join(", ")}`,
      );
    }
    for (const node of step.nodes) await run.journal.done(`${node}/install`);
  },

  "upgrade-primary": upgradePrimary,
  "copy-config": (run, step) => sideBySide(step, (one, node) => copyConfig(run, one, node)),

  upgrade: async (run, step) => {
    for (const node of step.nodes) await mustHaveConfig(run, node);
    await sideBySide(step, (one, node) =>
      run.journal.effect(one, node, (result) => mustHaveMigrated(run.jobs, one, node, result)),
    );
  },

  "settle-keepalived": settleKeepalived,

  verify: async (run, step) => {
    const { task } = run.view;
    await until(run, step, verificationProblems, "full").catch(async (error: unknown) => {
      if (task === "upgrade" && error instanceof StepFailedError) await run.journal.undone(...badStarts(run));
      throw error;
    });
    const end = task === "cleanup" ? { cleanedUp: run.spec.version } : {};
    await run.journal.write({ finished: true, ...end });
  },
};

/** Starts that have ended with 0 on machines where, after all that time, not everything runs: the next run starts them again. */
function badStarts({ view }: EnterpriseRun): string[] {
  return view.order.filter((each) => machineProblems(each).length > 0).map(({ name }) => `${name}/start`);
}
