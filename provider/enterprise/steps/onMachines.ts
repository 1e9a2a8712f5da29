import { parseLeftovers } from "../../chef/server/cleanup";
import { type Sight, stillDown, stillUp } from "../../execute/bySight";
import { LackingError, StepFailedError } from "../../execute/errors";
import * as ctl from "../commands";
import type { EnterpriseRun } from "../enterpriseRun";
import type { EnterpriseStep } from "../plan";

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
  await run.journal.bySight(one, node, started(run, node));
}

/** After `start` on a machine. */
export const started =
  (run: EnterpriseRun, node: string): Sight =>
  async (result) => {
    const frontend = (await run.observe()).state.frontends.find(({ name }) => name === node);
    if (!frontend) return result.code === 0 ? null : "nothing shows at once what runs on a backend";
    const { services, down } = frontend.status;
    return stillDown({ name: node, services }, down, result);
  };

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
  await sideBySide(step, (one, node) =>
    run.journal.bySight(one, node, async (result) => {
      const { services } = (await run.observe()).order.find(({ name }) => name === node)!.status;
      return stillUp({ name: node, services: services.filter(({ service }) => which(service)) }, result);
    }),
  );
}
