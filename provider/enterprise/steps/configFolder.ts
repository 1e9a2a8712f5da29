import { ChangedMeanwhileError, StepFailedError } from "../../execute/errors";
import { throughUs } from "../../execute/throughUs";
import type { EnterpriseRun } from "../enterpriseRun";
import { configFolder } from "../facts";
import type { EnterpriseStep } from "../plan";

/** Complete and verified by its fingerprint, or not at all. */
export async function copyConfig(run: EnterpriseRun, step: EnterpriseStep, node: string): Promise<void> {
  const { jobs, journal, context, lock } = run;
  const primary = jobs.machine(run.view.pair!.primary.name);
  const target = jobs.machine(node);
  const fingerprint = await primary.fingerprint(configFolder);
  if (fingerprint === null) throw new StepFailedError(step, `${primary.name} has no ${configFolder}`);
  await journal.begun(step.id);
  if ((await target.fingerprint(configFolder)) !== fingerprint) {
    await lock.confirm();
    jobs.touched = true;
    const keptAs = context.timestamp().replace(/[-:]|\.\d+/g, "");
    await throughUs(
      `copying ${configFolder} to ${node}`,
      (to) => primary.sendFolder(configFolder, to),
      (from) => target.replaceFolder(lock.run, { path: configFolder, fingerprint, keptAs }, from),
      step.timeout,
      context.clock,
    ).catch((error: Error) => {
      throw error.name === "LockLostError" ? error : new StepFailedError(step, error.message);
    });
  }
  await journal.done(step.id);
}

/** Once more, immediately before it counts: somebody may have changed the primary's since. */
export async function mustHaveConfig(run: EnterpriseRun, node: string): Promise<void> {
  const { jobs, journal } = run;
  // An upgrade that was begun has changed it by itself.
  if (run.view.begun(`${node}/upgrade`)) return;
  const primary = run.view.pair!.primary.name;
  const [theirs, its] = await Promise.all(
    [primary, node].map((name) => jobs.machine(name).fingerprint(configFolder)),
  );
  if (theirs === its) return;
  const copy = `${node}/copy-config`;
  await journal.write({ done: journal.record!.done.filter((id) => id !== copy) });
  throw new ChangedMeanwhileError(
    `${configFolder} on ${primary} or ${node} has changed since it was copied: it is copied again`,
  );
}
