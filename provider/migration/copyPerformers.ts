import { StepFailedError } from "../execute/errors";
import { jobProblem } from "../execute/jobs";
import type { Machine } from "../machine/machine";
import { copyFiles } from "./copySteps";
import { knifeConfig } from "./commands";
import { type Count, countFacts, countTable, differences, listKinds, parseCounts } from "./counts";
import { moveFile } from "./moveFile";
import type { Performers } from "./performers";
import type { MigrationStep } from "./plan";
import { serves } from "./planMigration";
import { withoutCopy } from "./record";
import type { MigrationRun } from "./run";
import { filesOf } from "./state";

/** One copy of the data, and what is done to the old frontends for it. */
export const copying = {
  close: async (run, step) => {
    const { record } = run;
    // A copy from before somebody has opened it again is worth nothing.
    if (record?.done.includes(step.id)) await run.journal.write(withoutCopy(record));
    await run.journal.begun(step.id);
    await run.jobs.good(step, step.node!);
    const frontend = (await run.observe("status", [step.node!])).oldFrontends.find(
      ({ name }) => name === step.node,
    )!;
    if (serves(frontend)) throw new StepFailedError(step, "the command ended with 0, but services still run");
    await run.journal.done(step.id);
  },

  open: (run, step) => openAgain(run, step),

  backup: async (run, step) => {
    const counts = await backUp(run, step, copyFiles.backup);
    await run.journal.done(step.id, { counts: { old: counts, new: [] } });
  },

  archive: async (run, step) => {
    await run.journal.job(step, step.node!);
    await run.journal.done(step.id);
  },

  transfer: async (run, step) => {
    const [from, to] = [run.state.oldFrontends[0]!, run.state.frontends[0]!];
    await run.journal.begun(step.id);
    await run.lock.confirm();
    run.jobs.touched = true;
    const move = {
      from: run.jobs.machine(from.name),
      to: run.jobs.machine(to.name),
      name: copyFiles.archive,
    };
    const path = `${filesOf(from)}/${copyFiles.archive}`;
    const archive = await moveFile({ ...move, path, timeout: step.timeout }, run.lock.run, run.context.clock);
    await run.journal.done(step.id, { archive });
  },

  unpack: async (run, step) => {
    await run.journal.job(step, step.node!);
    await run.journal.done(step.id);
  },

  restore: async (run, step) => {
    const node = step.node!;
    await run.jobs.machine(node).keepFile(run.lock.run, "knife.rb", knifeConfig);
    await run.journal.job(step, node, { filled: true });
    await noErrors(run, step, `${filesOf(run.state.frontends[0]!)}/${copyFiles.backup}`, "restore-");
    await run.journal.done(step.id);
  },

  "backup-again": async (run, step) => {
    const counts = await backUp(run, step, copyFiles.again);
    await run.journal.done(step.id, { counts: { old: run.record!.counts.old, new: counts } });
  },

  compare: async (run, step) => {
    const { counts } = run.record!;
    const found = differences(countTable(counts.old, counts.new));
    const objects = counts.old.reduce((sum, { count }) => sum + count, 0);
    if (objects === 0)
      throw new StepFailedError(step, "nothing at all was found on the old side: that is no comparison");
    if (found.length > 0 && !run.spec.rehearse)
      throw new StepFailedError(
        step,
        `the new server does not have what the old one has: ${found.join("; ")}`,
      );
    for (const each of found)
      run.context.report({ type: "warning", text: `Different on the new side: ${each}` });
    if (found.length === 0)
      run.context.report({
        type: "note",
        text: `${objects} objects on the old side, and as many of each kind on the new one`,
      });
    await run.journal.done(step.id, { migrated: !run.spec.rehearse });
  },

  "remove-copies": async (run, step) => {
    const [from, to] = [run.state.oldFrontends[0]!, run.state.frontends[0]!];
    await run.jobs.good(step, from.name);
    const folders = [copyFiles.backup, copyFiles.again].map((each) => `${filesOf(to)}/${each}`);
    await run.jobs.good({ ...step, commands: [["rm", "-rf", ...folders]] }, to.name);
    await run.journal.done(step.id);
  },

  finish: async (run, step) => {
    await run.untilHealthy(step, run.state.nodes);
    for (const { name } of run.state.frontends) await run.untilAnswers(step, name);
    await run.journal.write({ finished: true });
  },
} satisfies Partial<Performers>;

/** Opens an old frontend that we have closed; the copy that was under way counts no more. */
export async function openAgain(run: MigrationRun, step: MigrationStep): Promise<void> {
  await run.jobs.good(step, step.node!);
  await run.untilAnswers(step, step.node!);
  const { begun, done, jobs } = withoutCopy(run.record!);
  await run.journal.write({ begun: begun.filter((id) => id !== `${step.node}/close`), done, jobs });
}

/** @returns what the backup holds. */
async function backUp(run: MigrationRun, step: MigrationStep, folder: string): Promise<Count[]> {
  const machine = run.jobs.machine(step.node!);
  await machine.keepFile(run.lock.run, "knife.rb", knifeConfig);
  await run.journal.job(step, step.node!);
  const { stateDir } = await machine.read([]);
  const path = `${stateDir}/files/${folder}`;
  await noErrors(run, step, path, "backup-");
  return countIn(machine, path);
}

async function countIn(machine: Machine, backup: string): Promise<Count[]> {
  const { facts } = await machine.read([listKinds(backup)]);
  return parseCounts((await machine.read(countFacts(backup, facts.kinds!))).facts);
}

/** Knife ends with 0 though objects have failed: what failed stands in a file beside them. */
async function noErrors(
  run: MigrationRun,
  step: MigrationStep,
  folder: string,
  prefix: string,
): Promise<void> {
  const which = ["-type", "f", "-name", `${prefix}*`, "-printf", "%f\\n"];
  const machine = run.jobs.machine(step.node!);
  const { facts } = await machine.read([{ name: "errors", argv: ["find", `${folder}/errors`, ...which] }]);
  const files = (facts.errors?.stdout ?? "").split("\n").filter(Boolean);
  if (files.length === 0) return;
  await run.journal.undone(step.id);
  const paths = files.map((file) => `${folder}/errors/${file}`).join(", ");
  const problem = jobProblem(step, step.node!, { run: "", id: "", state: "ended", code: 0, output: "" });
  throw new StepFailedError(step, `${problem}, but objects have failed: see ${paths} on ${step.node}`);
}
