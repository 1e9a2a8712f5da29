import { parseLeftovers } from "../../chef/server/cleanup";
import { LackingError, StepFailedError } from "../../execute/errors";
import * as ctl from "../commands";
import type { EnterpriseRun } from "../enterpriseRun";
import type { EnterpriseStep } from "../plan";
import type { EnterpriseView } from "../view";

/** The part of a step that is about one of its machines, as the record knows it. */
export function partOf(step: EnterpriseStep, node: string): EnterpriseStep {
  const word = step.kind === "upgrade-primary" ? "upgrade" : step.kind;
  return { ...step, id: `${node}/${word}`, node, nodes: [node] };
}

/** On all machines of the step at once; each is seen to its end, whatever becomes of the others. */
export async function sideBySide(
  step: EnterpriseStep,
  work: (one: EnterpriseStep, node: string) => Promise<unknown>,
): Promise<void> {
  const ends = await Promise.allSettled(step.nodes.map((node) => work(partOf(step, node), node)));
  const errors = ends.flatMap((end) => (end.status === "rejected" ? [end.reason as Error] : []));
  const [first, ...others] = errors;
  if (!first) return;
  if (others.length === 0 || !(first instanceof StepFailedError)) throw first;
  throw new StepFailedError(step, errors.map(({ message }) => message).join("\n"));
}

/** Its commands must end with 0; what an earlier run has begun is waited for, and not done twice. */
export async function runIt(run: EnterpriseRun, step: EnterpriseStep): Promise<void> {
  await sideBySide(step, async (one, node) => {
    await run.journal.job(one, node);
    await run.journal.done(one.id);
  });
}

/** On a frontend something has to run then; on a backend that is keepalived's business, and looked at in the end. */
export async function startIt(run: EnterpriseRun, one: EnterpriseStep, node: string): Promise<void> {
  await run.journal.effect(one, node, async () => {
    const { frontends } = (await run.observe()).state;
    const services = frontends.find(({ name }) => name === node)?.status.services ?? [];
    if (services.length > 0 && services.every(({ up }) => !up))
      throw new StepFailedError(one, `it ended with 0, but no service runs on ${node}`);
  });
}

/** The old data is gone where `--no-op` has nothing more to remove. */
export async function cleanUp(run: EnterpriseRun, one: EnterpriseStep, node: string): Promise<void> {
  await run.journal.effect(one, node, async () => {
    const look = { name: "left", argv: ctl.wouldCleanUp(), slow: true, limit: one.timeout };
    const { facts } = await run.jobs.machine(node).read([look]);
    const left = parseLeftovers(facts.left?.stdout ?? "");
    if (left.length > 0)
      throw new LackingError(one, `cleanup --no-op on ${node} would still remove ${left.join(", ")}`);
  });
}

/** A job of an earlier run may have ended well before the machine was booted: what counts is that nothing runs. */
export async function stopIt(
  run: EnterpriseRun,
  step: EnterpriseStep,
  which: (service: string) => boolean,
): Promise<void> {
  const up = ({ order }: EnterpriseView, node: string) =>
    order.find(({ name }) => name === node)!.status.services.filter((each) => each.up && which(each.service));
  await sideBySide(step, (one, node) => run.journal.job(one, node));
  const view = await run.observe();
  const again = step.nodes.filter((node) => up(view, node).length > 0);
  await sideBySide({ ...step, nodes: again }, (one, node) => run.journal.job(one, node));
  const after = again.length > 0 ? await run.observe() : view;
  const running = step.nodes.flatMap((node) => up(after, node).map(({ service }) => `${service} on ${node}`));
  if (running.length > 0)
    throw new StepFailedError(step, `it ended with 0, but ${running.join(", ")} still runs`);
  for (const node of step.nodes) await run.journal.done(partOf(step, node).id);
}
