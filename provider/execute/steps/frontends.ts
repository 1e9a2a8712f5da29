import { migrationLevelPath } from "../../commands/facts";
import type { FrontendState } from "../../cluster/state";
import { frontendViews, migrationSource } from "../../plan/frontendView";
import type { Step } from "../../plan/plan";
import { closedFrontends, progressOf } from "../../plan/progress";

import { StepFailedError } from "../errors";
import type { Run } from "../run";
import { untilAnswers } from "../untilAnswers";
import { type Performers, recorded } from "./performers";

export const frontends: Performers = {
  "close-frontend": recorded,

  "open-frontend": async (run, step) => {
    await run.journal.job(step, step.node!);
    await untilItAnswers(run, step);
    await run.journal.done(step.id);
  },

  "reconfigure-frontend": async (run, step) => {
    await run.journal.job(step, step.node!);
    if (!closedFrontends(run.record).includes(step.node!)) await untilItAnswers(run, step);
    await run.journal.done(step.id);
  },

  // Done again where a boot has started it since: what counts is that nothing runs.
  "stop-frontend": async (run, step) => {
    await run.journal.begun(step.id);
    await run.jobs.good(step, step.node!);
    await run.journal.done(step.id);
  },

  "migration-level": async (run, step) => {
    const views = frontendViews(run.spec, run.state, progressOf(run.record, run.hop));
    const own = views.find((view) => view.name === step.node)!;
    const source = migrationSource(views, own);
    if (!source)
      throw new StepFailedError(step, "no other frontend is upgraded and shows its migration level");
    const level = source.state.migrationLevel!;
    if (own.state.migrationLevel !== level) {
      const file = await run.jobs.machine(own.name).keepFile(run.lock.run, "migration-level", level);
      await run.jobs.good({ ...step, commands: [["cp", file, migrationLevelPath]] }, own.name);
      if (frontendOf(await run.observe(), own.name).migrationLevel !== level)
        throw new StepFailedError(
          step,
          `${migrationLevelPath} on ${own.name} is still not that of ${source.name}`,
        );
    }
    await run.journal.done(step.id);
  },

  "upgrade-frontend": (run, step) =>
    run.jobs.good(step, step.node!, frontendOf(run.state, step.node!).package.version!),

  "start-frontend": recorded,

  "verify-frontend": async (run, step) => {
    await untilItAnswers(run, step);
    await run.journal.done(step.id);
  },

  "cleanup-frontend": recorded,
};

/** @throws StepFailedError when it does not answer well in the step's time. */
export function untilItAnswers(run: Run, step: Step): Promise<void> {
  const name = step.node!;
  const look = async () => {
    const state = await run.observe();
    const { startedAt, endedAt } = state;
    return { ...frontendOf(state, name), startedAt, endedAt };
  };
  return untilAnswers(run.context.clock, step, name, look, (what, seconds) =>
    run.waiting(step, what, seconds),
  );
}

function frontendOf(state: { readonly frontends: readonly FrontendState[] }, name: string): FrontendState {
  return state.frontends.find((node) => node.name === name)!;
}
