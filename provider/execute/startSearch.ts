import * as backendCtl from "../commands/chefBackendCtl";
import type { Step } from "../plan/plan";
import { stoppedSearch } from "../plan/progress";
import { searchRuns } from "../procedures/reindex";
import type { Run } from "./run";

/**
 * Elasticsearch that a run has stopped, and whose data it has not begun to delete, is started again: on the way out, and
 * before the next run judges anything, since nothing is green without it.
 * @returns where it was started, as a sentence; null where there was nothing to do
 * @throws Error where it is still owed: so the record goes on saying, which keeps that the rebuild has begun
 */
export async function startSearch(run: Run): Promise<string | null> {
  const owed = stoppedSearch(run.record);
  if (owed.length === 0) return null;
  const { nodes } = await run.observe();
  const started: string[] = [];
  const problems: string[] = [];
  for (const node of nodes.filter((each) => owed.includes(each.name))) {
    const { name } = node;
    try {
      if (node.unreachable !== null)
        throw new Error(`${name} cannot be reached; the next \`pulumi up\` starts it`);
      if (!searchRuns(node)) {
        await run.jobs.good(startAgain(run, name), name);
        started.push(name);
      }
    } catch (error) {
      problems.push((error as Error).message);
    }
  }
  if (problems.length > 0) throw new Error(problems.join("; "));
  return started.length > 0 ? `Elasticsearch on ${started.join(", ")} started again` : null;
}

function startAgain(run: Run, node: string): Step {
  return {
    ...{ id: `${node}/start-search`, kind: "start-search", node },
    title: "starting Elasticsearch again",
    reason: "none of its data were deleted",
    commands: [backendCtl.start("elasticsearch")],
    guard: "the deletion of the search index has not begun",
    verify: "the command ends with 0",
    timeout: run.spec.timeouts.services,
  };
}
