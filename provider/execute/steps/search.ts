import { placesOf } from "../../chef/cluster/places";
import { folderProblem } from "../../chef/cluster/searchFolder";
import { countDocuments } from "../../commands/searchData";
import type { RunRecord } from "../../cluster/record";
import type { ClusterState } from "../../cluster/state";
import { indexTooOld } from "../../paths/backendPaths";
import type { Step } from "../../plan/plan";
import { closedFrontends, indexIsIncomplete } from "../../plan/progress";
import { oldestIndex, oldestSearch } from "../../procedures/rebuildIndex";
import { viewOf } from "../../plan/view";
import { hasMaintenance } from "../../procedures/frontendSteps";
import { some } from "../../values/some";
import { parseCount } from "../../observe/system";
import { ChangedMeanwhileError, StepFailedError } from "../errors";
import { announce } from "../guard";
import type { HeededResult } from "../jobs";
import type { Run } from "../run";
import { mustBeWhole, rememberIndexed } from "./indexed";
import { balancerMustBeClosed, doorOf } from "./letIn";
import type { Performers } from "./performers";

/** Between two looks whether a search finds something: Elasticsearch shows what is new after a while. */
const pause = 2000;

export const search: Performers = {
  "stop-search": async (run, step) => {
    // Elasticsearch that has run since its deletion may have taken the old data from a backend that had them still.
    const owed = [step.id, `${step.node}/delete-index`, `${step.node}/start-search`];
    if (run.record?.finished === false && owed.some((id) => run.record!.done.includes(id)))
      await run.journal.undone(...owed);
    await whileBlocked(run, step);
  },

  "start-search": repeated,

  "delete-index": async (run, step) => {
    await mayDelete(run, step);
    // From then on nothing is left of any organization.
    await whileBlocked(run, step, { failed: null });
  },

  reindex: async (run, step) => {
    await mustServeNobody(run);
    if (run.hop.method === "reindex") await isNew(run, step);
    const before = await rememberIndexed(run);
    await run.journal.effect(step, step.node!, (result) => mustBeWhole(run, step, result), before);
  },

  "reindex-test": async (run, step) => {
    await mustServeNobody(run);
    if (run.hop.method === "reindex") await isNew(run, step);
    await run.journal.effect(step, step.node!, (result) => findsSomething(run, step, result));
  },
};

/** Done as often as it is asked for: how it ended in an earlier run tells nothing of now. */
async function repeated(run: Run, step: Step): Promise<void> {
  await run.journal.begun(step.id);
  await run.jobs.good(step, step.node!);
  await run.journal.done(step.id);
}

/** Without Elasticsearch a leader may be failed over: no guard may have turned failover on while this run was away. */
async function whileBlocked(run: Run, step: Step, change: Partial<RunRecord> = {}): Promise<void> {
  await announce(run, step, change);
  await repeated(run, step);
}

/** Once more, immediately before what cannot be undone. */
async function mayDelete(run: Run, step: Step): Promise<void> {
  const state = await run.observe("full");
  const node = state.nodes.find((each) => each.name === step.node)!;
  const unseen = [...state.nodes, ...state.frontends].filter((each) => each.unreachable !== null);
  const running = state.nodes.filter((each) =>
    each.services.some((service) => service.service === "elasticsearch" && service.up),
  );
  const open = await openFrontends(run, state);
  const { searchData } = placesOf(node.config);
  const moved = step.commands.some((argv) => !argv.includes(searchData));
  const unsafe = moved
    ? `elasticsearch.data_dir is ${searchData} by now`
    : (folderProblem(node)?.seen ?? null);
  const problem =
    unseen.length > 0
      ? `${unseen.map((each) => each.name).join(", ")} cannot be reached`
      : running.length > 0
        ? `Elasticsearch runs on ${running.map((each) => each.name).join(", ")}`
        : open.length > 0
          ? `${open.join(", ")} would answer clients. Keep it closed: \`chef-server-ctl maintenance on\` (\`stop\` before 14.6.32)`
          : unsafe === null
            ? null
            : `on ${node.name}, ${unsafe}`;
  // The next run closes it again first. Once something is deleted that would begin with a whole cluster.
  if (open.length > 0 && !indexIsIncomplete(run.record))
    await run.journal.undone(...open.map((name) => `${name}/close`));
  if (problem !== null) throw new StepFailedError(step, `nothing is deleted: ${problem}`);
  await balancerMustBeClosed(run, step);
}

/** What is rebuilt is emptied first. @throws ChangedMeanwhileError where somebody has opened a frontend: it is closed anew */
async function mustServeNobody(run: Run): Promise<void> {
  const open = await openFrontends(run, await run.observe());
  if (open.length === 0) return;
  await run.journal.undone(...open.flatMap((name) => [`${name}/close`, `${name}/open`]));
  throw new ChangedMeanwhileError(
    `${open.join(", ")} ${open.length === 1 ? "was" : "were"} opened meanwhile, and is taken out of service again before the index is rebuilt`,
  );
}

/** Not closed by us; or certainly open again. The one that was reconfigured runs, and may know no maintenance. */
async function openFrontends(run: Run, { frontends }: ClusterState): Promise<string[]> {
  const closed = closedFrontends(run.record);
  const names: string[] = [];
  for (const each of frontends) {
    const runs = !hasMaintenance(each) && run.record!.begun.includes(`${each.name}/reconfigure`);
    const isOpen = !runs && (await doorOf(run, each)).is === "open";
    if (!closed.includes(each.name) || isOpen) names.push(each.name);
  }
  return names;
}

/** `reconfigure` has to have made an index, in an Elasticsearch that holds nothing of the old one. */
async function isNew(run: Run, step: Step): Promise<void> {
  const state = await run.observe("full");
  const { nodes, frontends } = state;
  const made = oldestIndex(state);
  const again = [...frontends.map(({ name }) => `${name}/reconfigure`), "cluster/healthy"];
  if (made === null) {
    await run.journal.undone(...again);
    throw new StepFailedError(
      step,
      "there is no search index, although reconfigure ended with 0. The next `pulumi up` reconfigures again",
    );
  }
  if (!indexTooOld(run.hop, made, oldestSearch(state))) return;
  const everywhere = ["stop-search", "delete-index", "start-search"];
  await run.journal.undone(
    ...again,
    ...nodes.flatMap(({ name }) => everywhere.map((kind) => `${name}/${kind}`)),
  );
  throw new StepFailedError(
    step,
    `the search index is still the old one, made by Elasticsearch ${made}. The next \`pulumi up\` deletes it again`,
  );
}

/** @throws StepFailedError when a search finds nothing for so long. */
async function findsSomething(run: Run, step: Step, { heeded }: HeededResult): Promise<void> {
  if (heeded.length > 0)
    throw new StepFailedError(
      step,
      `the test reindex ended with 0, but failed: ${some(heeded, 5).join("; ")}`,
    );
  const { clock } = run.context;
  const begun = clock.now();
  const node = (viewOf(run.target, run.state).leader ?? { name: run.spec.nodes[0]!.name }).name;
  for (;;) {
    const { facts } = await run.jobs
      .machine(node)
      .read([{ name: "count", argv: countDocuments(run.placesOn(node).search) }]);
    const found = parseCount(facts.count?.stdout ?? "");
    if (found) return;
    const what = `a search on ${node} found ${found === 0 ? "nothing" : "no index"}`;
    const elapsed = (clock.now() - begun) / 1000;
    if (elapsed > run.spec.timeouts.healthy)
      throw new StepFailedError(step, `the test reindex ended with 0, but ${what}`);
    run.waiting(step, what, elapsed, run.spec.timeouts.healthy);
    await clock.sleep(pause);
  }
}
