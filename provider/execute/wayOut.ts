import * as backendCtl from "../commands/chefBackendCtl";
import * as serverCtl from "../commands/chefServerCtl";
import { failoverReading } from "../cluster/failover";
import { healthProblems } from "../cluster/health";
import { newestRecord, type RunRecord } from "../cluster/record";
import type { NodeState } from "../cluster/state";
import type { Step } from "../plan/plan";
import { stoppedFrontends } from "../plan/frontendView";
import {
  closedFrontends,
  drainedFrontends,
  indexIsIncomplete,
  upgradeAgain,
  wasInMaintenance,
} from "../plan/progress";
import { drainable, undrainStep } from "../procedures/draining";
import { onFrontend, openFrontend } from "../procedures/frontendSteps";
import { pick } from "../values/pick";
import { satisfies } from "../versions/version";
import type { Run } from "./run";
import { Mendings } from "./mendings";
import { startSearch } from "./startSearch";
import { undrain } from "./steps/draining";
import { isControl, startIt, untilItAnswers } from "./steps/frontends";
import { untilHealthy } from "./steps/health";
import { mustLetIn } from "./steps/letIn";
import { turnOn } from "./turnOn";

/** How failover, the nodes and the frontends were left when a run did not end well. */
export interface Left {
  /** `off`: we turned it off and could not, or must not, turn it on again. */
  readonly failover: "on" | "off" | "untouched";
  /** The node between installation and verified rejoin. */
  readonly insideOf: string | null;
  /** Why failover is off. */
  readonly why?: string;
  /** Frontends that stay closed to clients; none when the index is whole and they could be opened. */
  readonly closed: readonly string[];
  /** Why they are: `gone`, deleted at least in part; `empty`, made anew and not filled; `whole`, no reason. */
  readonly index?: "gone" | "empty" | "whole";
  /** The cluster is down, past the point of no return: who led when it went down; null otherwise. */
  readonly downSince: string | null;
  /** What was put back, or could not be: sentences. */
  readonly notes: readonly string[];
}

/**
 * Leaves everything as safely as possible (promise 3): failover is turned on again, except while a node is between
 * installation and rejoin; what was stopped or closed on the way to a point of no return that was not reached is
 * started and opened again. Never throws.
 */
export async function leave(run: Run): Promise<Left> {
  const mendings = new Mendings();
  await mendings.attempt("Starting the backends again", () => startBackends(run));
  await mendings.attempt("Writing the record", () => forgetBackups(run));
  await mendings.attempt("Starting the frontend again", () => startFrontend(run));
  const failover = await leaveFailover(run);
  await mendings.attempt("Starting Elasticsearch", () => startSearch(run));
  if (!indexIsIncomplete(run.record))
    await mendings.attempt("Opening the frontends", () => openFrontends(run));
  await mendings.attempt("Putting frontends back into the load balancer", () => undrainFrontends(run));
  const notes = [...mendings.notes, ...drainedNotes(run.record)];
  return { ...failover, ...leftOf(run.record), closed: closedFrontends(run.record), notes };
}

/** What the record alone tells. */
export function leftOf(record: RunRecord | null): Pick<Left, "closed" | "downSince" | "index" | "notes"> {
  const down =
    record !== null && !record.finished && record.begun.some((id) => id.endsWith("/start-upgrade"));
  // After the upgrade of the frontends it is not deleted.
  const made = record?.hop?.method === "frontends" || record?.done.some((id) => id.endsWith("/reconfigure"));
  const index = !indexIsIncomplete(record) ? "whole" : made ? "empty" : "gone";
  const stopped = stoppedFrontends(record).map(
    (name) =>
      `frontend ${name} is between stop and verified answer; the next \`pulumi up\` finishes it first`,
  );
  const notes = [...stopped, ...drainedNotes(record)];
  return { closed: [], downSince: down ? record.leaderAtStart : null, index, notes };
}

const drainedNotes = (record: RunRecord | null) =>
  drainedFrontends(record).map(
    (name) => `frontend ${name} is out of the load balancer; the next \`pulumi up\` puts it back`,
  );

async function leaveFailover(run: Run): Promise<Pick<Left, "failover" | "insideOf" | "why">> {
  try {
    await clearInsideIfUntouched(run);
    // Whoever could elect a leader is not left without one: the readings themselves see to it.
    while (run.leaderless.isSo) {
      await run.context.clock.sleep(1000);
      await run.observe();
    }
    // While this run was away a guard may have turned it on.
    run.journal.record = newestRecord([run.record, ...run.state.nodes.map((node) => node.record)]);
    const inside = run.record?.inside ?? null;
    const off = run.record !== null && !run.record.finished && run.record.failover !== "on";
    if (!off) return { failover: run.jobs.touched ? "on" : "untouched", insideOf: inside };
    if (inside !== null && run.record!.failover === "off" && !leadsByItself(run))
      return {
        failover: "off",
        insideOf: inside,
        why: `${inside} is between installation and verified rejoin`,
      };
    // It was turned on for the leader's turn: where nothing shows that it was, once more does no harm.
    if (run.record!.failover === "off" || failoverReading(run.state) !== "on")
      await turnOn(run, "the run did not end well");
    return { failover: "on", insideOf: inside };
  } catch (error) {
    return {
      failover: "off",
      insideOf: run.record?.inside ?? null,
      why: `it could not be turned on again: ${(error as Error).message}`,
    };
  }
}

/**
 * Failover is kept off so that nobody fails over onto the unfinished backend. Where that one leads anyway, and no command of ours
 * works on it, the others must be able to take its place.
 */
function leadsByItself(run: Run): boolean {
  const { inside, leader } = run.view(run.state);
  return leader !== null && leader === inside && leader.state.jobs.every(({ state }) => state !== "running");
}

/** An installation that changed nothing leaves its node as it was: still at the old version, and healthy. */
async function clearInsideIfUntouched(run: Run): Promise<void> {
  const inside = run.record?.inside;
  if (!inside) return;
  const state = await run.observe();
  const node = state.nodes.find((each) => each.name === inside);
  const untouched =
    node?.package.state === "installed" &&
    !satisfies(node.package.version!, run.target.version) &&
    node.jobs.every((job) => job.state !== "running") &&
    healthProblems(state, run.target.search).length === 0;
  if (untouched) await run.writeRecord({ inside: null, insideGuid: null });
}

/**
 * Before the first `upgrade` of an upgrade with full downtime: what was taken down, or stopped by an installation, is
 * started again, who led first. What starts is the installed package: whether it works on data that `upgrade` has not
 * touched is not documented, so it is looked at and told.
 */
async function startBackends(run: Run): Promise<string | null> {
  const { record } = run;
  if (run.hop.method !== "downtime" || !record || record.finished) return null;
  const begun = (kind: string) => record.begun.some((id) => id.endsWith(`/${kind}`));
  if (begun("start-upgrade") || !(begun("install") || begun("down"))) return null;
  const stopped = (await run.observe()).nodes.filter(isDown);
  if (stopped.length === 0) return null;
  const led = record.leaderAtStart;
  const order = [...stopped].sort((a, b) => Number(b.name === led) - Number(a.name === led));
  const problems: string[] = [];
  // One that does not start is no reason to leave the others down.
  for (const node of order)
    await run.jobs
      .good(startBackend(run, node.name), node.name)
      .catch((error: Error) => problems.push(error.message));
  if (problems.length > 0) throw new Error(problems.join("; "));
  const downs = (id: string) => id.endsWith("/down");
  await run.writeRecord({
    begun: run.record!.begun.filter((id) => !downs(id)),
    done: run.record!.done.filter((id) => !downs(id)),
  });
  const names = order.map((node) => node.name).join(", ");
  await untilHealthy(
    run,
    startBackend(run, null),
    order.map((node) => node.name),
  );
  return `${names} started again: the cluster is up as it was`;
}

/** Where nothing was installed yet clients go on writing: the next run makes backups of its own. */
async function forgetBackups(run: Run): Promise<null> {
  const { record } = run;
  const isBackup = (id: string) => id.endsWith("/backup");
  if (!record || record.finished || !record.done.some(isBackup)) return null;
  // What was closed or stopped before anything was deleted serves again by now.
  const undone = (id: string) =>
    isBackup(id) || /\/(?:was-in-maintenance|drain|close|open|stop-search)$/.test(id);
  if (record.begun.every(undone))
    await run.writeRecord({
      begun: record.begun.filter((id) => !isBackup(id) || !record.done.includes(id)),
      done: record.done.filter((id) => !isBackup(id)),
    });
  return null;
}

const isDown = ({ unreachable, services }: Pick<NodeState, "unreachable" | "services">) =>
  unreachable === null && services.some((service) => !service.up);

function startBackend(run: Run, node: string | null): Step {
  return {
    id: node === null ? "cluster/healthy" : `${node}/start`,
    kind: "healthy",
    node: null,
    title: "starting the services again",
    reason: "the point of no return was not reached",
    commands: node === null ? [] : [backendCtl.start()],
    guard: "no `upgrade` was begun",
    verify: "one leader, green, n/n",
    timeout: run.spec.timeouts.services,
  };
}

/**
 * A frontend that was stopped, and still has the old package: it serves again. One with the new package is told of,
 * the next run finishes it first.
 */
async function startFrontend(run: Run): Promise<string | null> {
  const stopped = stoppedFrontends(run.record);
  if (stopped.length === 0) return null;
  const node = (await run.observe()).frontends.find((each) => stopped.includes(each.name));
  if (!node) return null;
  const { name, package: pkg } = node;
  const next = "the next `pulumi up` finishes it before it touches another one";
  if (node.unreachable !== null)
    return `frontend ${name} cannot be reached, and its upgrade is not finished; ${next}`;
  if (node.jobs.some((job) => job.state === "running"))
    return `frontend ${name} is out of service: a command of ours still runs on it; ${next}`;
  const test = `${name}/test`;
  // It is begun once the frontend answers: what fails is no sign that its upgrade did nothing.
  if (run.record!.begun.includes(test) && !isDown(node))
    return `frontend ${name} serves, and its test has not passed; ${next}`;
  // The package of this hop, or that of another one which was not upgraded to either.
  const isNew = run.hop.method !== "frontends" || satisfies(pkg.version ?? "", run.hop.to);
  if (pkg.state !== "installed" || isNew || node.migrations?.pending) {
    // Whatever has stopped it since: the next run starts it again. Where it runs and does not answer, its upgrade may have done nothing.
    const start = `${name}/start`;
    const runs = node.services.some(({ up }) => up);
    const again = runs && run.record!.done.includes(start) ? [upgradeAgain(name)] : [];
    const rest = (id: string) => id !== start && id !== test && !again.includes(id);
    await run.journal.write(({ begun, done }) => ({
      begun: [...begun.filter(rest), ...again],
      done: done.filter(rest),
    }));
    return `frontend ${name} is out of service: its package is ${pkg.version ?? "gone"}, its upgrade is not finished; ${next}`;
  }
  const start = onFrontend(run.spec, node, {
    kind: "start-frontend",
    title: "starting the frontend again",
    reason: "its package is still the old one",
    commands: [serverCtl.start()],
  });
  await startIt(run, start);
  await untilItAnswers(run, start);
  // In the load balancer it is not yet.
  const others = (id: string) => !id.startsWith(`${name}/`) || id === `${name}/drain`;
  await run.journal.write(({ begun, done }) => ({ begun: begun.filter(others), done: done.filter(others) }));
  return `frontend ${name} serves again, at its old version`;
}

/** The index is as it was: whoever was closed serves again. */
async function openFrontends(run: Run): Promise<string | null> {
  const closed = closedFrontends(run.record);
  if (closed.length === 0) return null;
  const problems: string[] = [];
  await noLongerClosed(run, closed);
  const opened: string[] = [];
  const left: string[] = [];
  for (const node of run.state.frontends.filter((each) => closed.includes(each.name)))
    try {
      const step = openFrontend(run.spec, node, run.record);
      const stays = step.commands.length === 0;
      if (!stays) {
        if (isControl(step, "start")) await startIt(run, step);
        else await run.jobs.good(step, node.name);
        await mustLetIn(run, step, node.name);
      }
      // It may be closed again, and opened again: both stand in the record once more then.
      const gone = [`${node.name}/close`, `${node.name}/open`, wasInMaintenance(node.name)];
      const kept = (id: string) => !gone.includes(id);
      await run.journal.write(({ begun, done }) => ({ begun: begun.filter(kept), done: done.filter(kept) }));
      (stays ? left : opened).push(node.name);
    } catch (error) {
      problems.push((error as Error).message);
    }
  if (problems.length > 0) throw new Error(problems.join("; "));
  return [
    ...(opened.length > 0 ? [`${opened.join(", ")} opened to clients again`] : []),
    ...(left.length > 0 ? [`${left.join(", ")} left in maintenance, which was on before`] : []),
  ].join("; ");
}

/** Whoever serves again, or was not even stopped, gets clients again. */
async function undrainFrontends(run: Run): Promise<string | null> {
  const drained = run.spec.frontends?.drain?.undo ? drainable(run.spec, run.record) : [];
  if (drained.length === 0) return null;
  const { frontends } = await run.observe();
  const answers = (name: string) => frontends.find((each) => each.name === name)!.answer === "pong";
  const out = [...stoppedFrontends(run.record), ...closedFrontends(run.record)];
  const names = drained.filter(
    (name) => !out.includes(name) && (answers(name) || !run.record!.done.includes(`${name}/verify`)),
  );
  if (names.length === 0) return null;
  const problems: string[] = [];
  for (const name of names)
    await undrain(run, undrainStep(run.spec, name)).catch((error: Error) => problems.push(error.message));
  if (problems.length > 0) throw new Error(problems.join("; "));
  return `${names.join(", ")} put back into the load balancer`;
}

/**
 * Before the first one is opened: should this run be lost in the middle, the next one must close them anew before it
 * deletes the index. That they are owed their opening still stands in the record.
 */
async function noLongerClosed(run: Run, names: readonly string[]): Promise<void> {
  const kept = (id: string) => !names.some((name) => id === `${name}/close`);
  await run.journal.write(({ done, jobs = {} }) => ({ done: done.filter(kept), jobs: pick(jobs, kept) }));
}
