import { migrationsOf, pendingText, upgradeFailure } from "../chef/server/partybus";
import { migrationFacts } from "../commands/facts";
import type { Step } from "../plan/plan";
import { StepFailedError } from "./errors";
import type { HeededResult, Jobs } from "./jobs";

/** @throws StepFailedError where an `upgrade` of a Chef server that ended with 0 has certainly not done its work. */
export async function mustHaveMigrated(
  jobs: Jobs,
  step: Step<string>,
  node: string,
  { heeded }: Pick<HeededResult, "heeded">,
): Promise<void> {
  const { facts } = await jobs.machine(node).read(migrationFacts());
  const migrations = migrationsOf(facts.migrationLevel!, facts.migrations!);
  const why = upgradeFailure(heeded) ?? (migrations?.pending ? pendingText(migrations) : null);
  if (why === null) return;
  throw new StepFailedError(
    step,
    `\`upgrade\` on ${node} ended with 0, but did not do its work: ${why}. The next \`pulumi up\` runs it again`,
  );
}
