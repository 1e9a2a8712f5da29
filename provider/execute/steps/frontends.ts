import { parseLeftovers } from "../../chef/server/cleanup";
import { hasTested } from "../../chef/server/smokeTest";
import { wouldCleanUp } from "../../commands/chefServerCtl";
import { migrationLevelPath } from "../../commands/facts";
import type { FrontendState } from "../../cluster/state";
import { frontendViews, migrationSource } from "../../plan/frontendView";
import type { Step } from "../../plan/plan";
import { closedFrontends, progressOf, staysInMaintenance, upgradeAgain } from "../../plan/progress";

import { bySight, type Sight, stillDown, stillUp } from "../bySight";
import { LackingError, StepFailedError } from "../errors";
import { mustHaveMigrated } from "../mustHaveMigrated";
import type { Run } from "../run";
import { untilAnswers, type Wanted } from "../untilAnswers";
import { rememberIndexed } from "./indexed";
import { mustBeClosed, mustLetIn, rememberMaintenance } from "./letIn";
import type { Performers } from "./performers";

export const frontends: Performers = {
  "close-frontend": async (run, step) => {
    // That it was opened before is over: it is owed once more.
    const open = `${step.node}/open`;
    if (progressOf(run.record, run.hop).done(open)) await run.journal.undone(open);
    const before = await rememberIndexed(run);
    await rememberMaintenance(run, step.node!);
    if (isControl(step, "stop")) await run.journal.bySight(step, step.node!, stopped(run, step), before);
    else await run.journal.effect(step, step.node!, () => mustBeClosed(run, step, step.node!), before);
  },

  "open-frontend": async (run, step) => {
    if (step.commands.length === 0) {
      await untilItAnswers(run, step);
      return run.journal.done(step.id);
    }
    // Before the index is rebuilt it is closed once more: by a command of its own then, not by one that has ended.
    if (!progressOf(run.record, run.hop).done("cluster/reindex"))
      await run.journal.undone(`${step.node}/close`);
    const letsIn = async () => {
      await untilItAnswers(run, step);
      await mustLetIn(run, step, step.node!);
    };
    if (!isControl(step, "start")) return run.journal.effect(step, step.node!, letsIn);
    await run.journal.bySight(step, step.node!, async (result) => {
      const down = await started(run, step)(result);
      if (down === null) await letsIn();
      return down;
    });
  },

  "reconfigure-frontend": (run, step) =>
    run.journal.effect(step, step.node!, async () => {
      if (!closedFrontends(run.record).includes(step.node!)) await untilItAnswers(run, step);
    }),

  // Done again where a boot has started it since: what counts is that nothing runs.
  "stop-frontend": async (run, step) => {
    await rememberMaintenance(run, step.node!);
    await run.journal.bySight(step, step.node!, stopped(run, step));
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

  // That it ended with 0 is noted on the machine at once, and counts until something shows that it did nothing.
  "upgrade-frontend": async (run, step) => {
    const again = upgradeAgain(step.node!);
    const { package: pkg } = frontendOf(run.state, step.node!);
    const result = await run.jobs.good(step, step.node!, pkg.version!);
    await mustHaveMigrated(run.jobs, step, step.node!, result).catch(async (error: unknown) => {
      if (error instanceof StepFailedError) await run.journal.begun(again);
      throw error;
    });
    if (run.record?.begun.includes(again))
      await run.writeRecord({ begun: run.record.begun.filter((id) => id !== again) });
  },

  // One that was carried out and failed shows that the upgrade before it may have done nothing.
  "start-frontend": (run, step) =>
    run.journal.bySight(step, step.node!, started(run, step)).catch(async (error: unknown) => {
      if (error instanceof StepFailedError && error.job?.state === "ended")
        await run.journal.begun(upgradeAgain(step.node!));
      throw error;
    }),

  // It has answered before: what fails is not for want of an `upgrade`.
  "test-frontend": async (run, step) => {
    await untilItAnswers(run, step);
    await run.journal.effect(step, step.node!, ({ heeded }) => {
      if (hasTested(heeded)) return Promise.resolve();
      throw new StepFailedError(
        step,
        `it ended with 0, but ran no test: ${heeded.join("; ") || "it names none"}`,
      );
    });
  },

  "verify-frontend": async (run, step) => {
    const open = !staysInMaintenance(run.record, step.node!);
    await untilItAnswers(run, step, { upgraded: frontendOf(run.state, step.node!).package, open });
    await run.journal.done(step.id);
  },

  "cleanup-frontend": (run, step) =>
    run.journal.effect(step, step.node!, async () => {
      const look = {
        name: "left",
        argv: wouldCleanUp(run.spec.frontends?.acceptLicense ?? false),
        slow: true,
        limit: step.timeout,
      };
      const { facts } = await run.jobs.machine(step.node!).read([look]);
      const left = parseLeftovers(facts.left?.stdout ?? "");
      if (left.length > 0)
        throw new LackingError(step, `cleanup --no-op would still remove ${left.join(", ")}`);
    }),
};

export const isControl = ({ commands }: Step, word: "start" | "stop") => commands[0]?.at(-1) === word;

const stopped =
  (run: Run, step: Step): Sight =>
  async (result) =>
    stillUp(frontendOf(await run.observe(), step.node!), result);

/** After `start`, for those that the exit status of it says not to be up. */
const started =
  (run: Run, step: Step): Sight =>
  async (result) => {
    const frontend = frontendOf(await run.observe(), step.node!);
    return stillDown(frontend, frontend.down, result);
  };

/** `start` of a frontend that is in no plan. */
export function startIt(run: Run, step: Step): Promise<void> {
  return bySight(step, step.node!, () => run.jobs.run(step, step.node!), started(run, step));
}

/** @throws StepFailedError when it does not answer well in the step's time. */
export function untilItAnswers(run: Run, step: Step, wanted: Wanted = {}): Promise<void> {
  const name = step.node!;
  const look = async () => {
    const state = await run.observe();
    const { startedAt, endedAt } = state;
    return { ...frontendOf(state, name), startedAt, endedAt };
  };
  const waiting = (what: string, seconds: number) => run.waiting(step, what, seconds);
  return untilAnswers(run.context.clock, step, name, look, waiting, wanted);
}

function frontendOf(state: { readonly frontends: readonly FrontendState[] }, name: string): FrontendState {
  return state.frontends.find((node) => node.name === name)!;
}
