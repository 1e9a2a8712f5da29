import { bySight } from "../execute/bySight";
import type { EnterpriseRun } from "./enterpriseRun";
import * as ctl from "./commands";
import type { EnterpriseStep } from "./plan";
import { started } from "./steps/onMachines";
import type { EnterpriseView } from "./view";

/** How the system was left when a run did not end well. */
export interface EnterpriseLeft {
  /** Frontends that stay stopped by us. */
  readonly stopped: readonly string[];
  /** Past the point of no return: an installation was begun. */
  readonly forward: boolean;
  /** What was put back, or could not be: sentences. */
  readonly notes: readonly string[];
}

/** What the record alone tells. */
export function leftOf({ task, open, state, begun, done, anyBegun }: EnterpriseView): EnterpriseLeft {
  const ours = open && task === "upgrade";
  const stopped = state.frontends.filter(({ name }) => begun(`${name}/stop`) && !done(`${name}/start`));
  return { stopped: stopped.map(({ name }) => name), forward: ours && anyBegun("install"), notes: [] };
}

/**
 * Until the first installation begins everything can be put back: keepalived of the secondary backend and the
 * frontends are started, as they were found. After it nothing is: the next run goes on. Never throws.
 */
export async function leave(run: EnterpriseRun): Promise<EnterpriseLeft> {
  const notes: string[] = [];
  try {
    notes.push(...(await putBack(run)));
  } catch (error) {
    notes.push(`Starting again what was stopped failed: ${(error as Error).message}`);
  }
  return { ...leftOf(run.view), notes };
}

async function putBack(run: EnterpriseRun): Promise<string[]> {
  const { task, pair, anyBegun, begun, order } = run.view;
  if (task !== "upgrade" || !pair || anyBegun("install")) return [];
  const { name } = pair.secondary;
  const keepalived = begun(`${name}/stop-keepalived`)
    ? [{ node: name, command: ctl.start("keepalived") }]
    : [];
  const frontends = order
    .filter((each) => begun(`${each.name}/stop`))
    .map((each) => ({ node: each.name, command: ctl.start() }));
  const stopped = [...keepalived, ...frontends];
  if (stopped.length === 0) return [];
  const busy = (await run.observe()).order.filter(({ jobs }) =>
    jobs.some(({ state }) => state === "running"),
  );
  if (busy.length > 0) return [`A command of ours still runs on ${busy.map((each) => each.name).join(", ")}`];
  for (const { node, command } of stopped) {
    const step = startAgain(run, node, command);
    await bySight(step, node, () => run.jobs.run(step, node), started(run, node));
  }
  const kept = (id: string) => !/\/(stop|stop-keepalived|await-master)$/.test(id);
  const { begun: ids, done } = run.journal.record!;
  await run.journal.write({ begun: ids.filter(kept), done: done.filter(kept) });
  return [`${stopped.map(({ node }) => node).join(", ")} started again: nothing is down any more`];
}

function startAgain(run: EnterpriseRun, node: string, command: string[]): EnterpriseStep {
  return {
    id: `${node}/start-again`,
    kind: "start",
    ...{ node, nodes: [node], commands: [command] },
    title: "starting again what was stopped",
    reason: "the point of no return was not reached",
    guard: "no installation was begun",
    verify: "the command ends with 0",
    timeout: run.spec.timeouts.services,
  };
}
