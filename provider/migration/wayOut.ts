import { Mendings } from "../execute/mendings";
import { removeSecrets } from "./buildPerformers";
import { openAgain } from "./copyPerformers";
import { openSource } from "./copySteps";
import { clusterSteps } from "./clusterSteps";
import { viewOf } from "./planMigration";
import { closedSource } from "./record";
import type { MigrationRun } from "./run";

/**
 * Leaves everything as safely as possible: secrets that were passing through are removed, and the old frontends that
 * were closed for a copy which has not come to its end are opened again. Never throws.
 * @returns what was put back, or could not be: sentences.
 */
export async function leave(run: MigrationRun): Promise<string[]> {
  const mendings = new Mendings();
  const view = viewOf(run.spec, run.state, run.record);
  const passing = clusterSteps(view).filter(
    ({ id, kind }) => ["join", "server-config"].includes(kind) && view.begun(id),
  );
  for (const step of passing)
    await mendings.attempt(`Removing secrets from ${step.node}`, async () => {
      await removeSecrets(run, step);
      return null;
    });
  for (const name of run.record?.migrated ? [] : closedSource(run.record)) {
    const frontend = run.state.oldFrontends.find((each) => each.name === name);
    if (frontend)
      await mendings.attempt(`Opening the old frontend ${name}`, async () => {
        await openAgain(run, openSource(view, frontend));
        return `The old frontend ${name} is open again`;
      });
  }
  return mendings.notes;
}
