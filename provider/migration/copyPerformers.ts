import { ChangedMeanwhileError, StepFailedError } from "../execute/errors";
import { bySight, stillDown, stillUp } from "../execute/bySight";
import { type HeededResult, jobProblem } from "../execute/jobs";
import type { MachineState } from "../cluster/state";
import { NotTheSameError } from "../machine/machine";
import { short } from "../values/short";
import { some } from "../values/some";
import { mustBeGone } from "./buildPerformers";
import { copyFiles } from "./copySteps";
import { knifeConfig } from "./commands";
import { countTable, differences, summary } from "./counts";
import { losses } from "./losses";
import { movePacked, sumIn } from "./moveFile";
import type { Performers } from "./performers";
import type { MigrationStep } from "./plan";
import { type MigrationRecord, withoutCopy } from "./record";
import type { MigrationRun } from "./run";
import { filesOf, type OldFrontend } from "./state";
import { parseTally, type Tally, tallyFact } from "./tally";

/** One copy of the data, and what is done to the old frontends for it. */
export const copying = {
  close: async (run, step) => {
    const { record } = run;
    // A copy from before somebody has opened it again is worth nothing.
    if (record?.done.includes(step.id)) await run.journal.write(withoutCopy(record));
    await run.journal.begun(step.id);
    await control(run, step, stillUp);
    await run.journal.done(step.id);
  },

  open: (run, step) => openAgain(run, step),

  backup: (run, step) =>
    backUp(run, step, copyFiles.backup, (tally, path) => {
      const lost = some(losses(tally));
      if (lost.length > 0 && !run.spec.rehearse)
        throw new StepFailedError(
          step,
          `it ended with 0, but objects are missing in ${path}: ${lost.join("; ")}`,
        );
      for (const each of lost)
        run.context.report({ type: "warning", text: `Missing in the backup: ${each}` });
      return { old: summary(tally.counts), new: [] };
    }),

  archive: async (run, step) => {
    const sum = async () => sumIn((await run.journal.job(step, step.node!)).output);
    // The job of an earlier version printed none, and the output of one that ended long ago may be gone: done anew, once.
    const packed = (await sum()) ?? (await sum());
    if (packed === null) throw new StepFailedError(step, "it ended with 0, but printed no checksum");
    const size = { name: "size", argv: ["du", "-sk", step.commands[0]![1]!], slow: true, limit: 1800 };
    const { facts } = await run.jobs.machine(step.node!).read([size]);
    await run.journal.done(step.id, { packed, backupKiB: parseInt(facts.size!.stdout) || undefined });
  },

  transfer: async (run, step) => {
    const [from, to] = [run.state.oldFrontends[0]!, run.state.frontends[0]!];
    const archiving = `${from.name}/archive`;
    const packed = run.record?.packed;
    if (packed === undefined) {
      await run.journal.undone(archiving);
      throw new ChangedMeanwhileError(
        `An earlier version packed the backup on ${from.name}: it is packed anew`,
      );
    }
    await run.journal.begun(step.id);
    await run.lock.confirm();
    run.jobs.touched = true;
    const move = {
      ...{ from: run.jobs.machine(from.name), path: `${filesOf(from)}/${copyFiles.backup}` },
      ...{ to: run.jobs.machine(to.name), name: copyFiles.archive, timeout: step.timeout },
    };
    const archive = await movePacked(move, packed, run.lock.run, run.context.clock).catch(
      async (error: Error) => {
        if (!(error instanceof NotTheSameError)) throw error;
        await run.journal.undone(archiving, step.id);
        throw new StepFailedError(
          step,
          `${error.message}: ${move.path} on ${from.name} has changed since its checksum was taken`,
        );
      },
    );
    await run.journal.done(step.id, { archive });
  },

  unpack: async (run, step) => {
    await run.journal.job(step, step.node!);
    const [from, to] = [run.state.oldFrontends[0]!, run.state.frontends[0]!];
    const folder = `${filesOf(to)}/${copyFiles.backup}`;
    const [packed, unpacked] = await Promise.all(
      [from, to].map((each) => tally(run, step, each, copyFiles.backup)),
    ).catch(async (error: unknown) => {
      if (error instanceof StepFailedError) await run.journal.undone(step.id);
      throw error;
    });
    const unlike = countTable(packed!.counts, unpacked!.counts).filter((row) => row.old !== row.new);
    if (unlike.length > 0) {
      // Which of them has lost it nobody can tell.
      await run.journal.undone(`${from.name}/archive`, `${step.node}/transfer`, step.id);
      const [{ organization, kind, old, new: found }] = unlike as [(typeof unlike)[0]];
      throw new StepFailedError(
        step,
        `it ended with 0, but in ${folder} are ${found} ${kind} of ${organization || "the server"}, and ${old} were packed`,
      );
    }
    await run.journal.done(step.id);
  },

  restore: async (run, step) => {
    const node = step.node!;
    await run.jobs.machine(node).keepFile(run.lock.run, "knife.rb", knifeConfig);
    const folder = `${filesOf(run.state.frontends[0]!)}/${copyFiles.backup}`;
    await run.journal.effect(step, node, () => noErrors(run, step, folder, "restore-"), { filled: true });
  },

  "backup-again": (run, step) =>
    backUp(run, step, copyFiles.again, ({ counts }) => ({
      ...{ old: run.record!.counts.old, new: summary(counts) },
    })),

  compare: async (run, step) => {
    const to = run.state.frontends[0]!;
    const [old, fresh] = await Promise.all(
      [copyFiles.backup, copyFiles.again].map((folder) => tally(run, step, to, folder)),
    );
    const found = some(differences(countTable(old!.counts, fresh!.counts)));
    const objects = old!.counts.reduce((sum, { count }) => sum + count, 0);
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
    await run.journal.done(step.id, { migrated: !run.spec.rehearse, differences: found });
  },

  "remove-copies": async (run, step) => {
    const [from, to] = [run.state.oldFrontends[0]!, run.state.frontends[0]!];
    await run.jobs.good(step, from.name);
    await mustBeGone(run, step, from.name, step.commands[0]!.slice(2));
    const folders = [copyFiles.backup, copyFiles.again].map((each) => `${filesOf(to)}/${each}`);
    await run.jobs.good({ ...step, commands: [["rm", "-rf", ...folders]] }, to.name);
    await mustBeGone(run, step, to.name, folders);
    await run.journal.done(step.id);
  },

  finish: async (run, step) => {
    await run.untilHealthy(step, run.state.nodes);
    for (const { name } of run.state.frontends) await run.untilAnswers(step, name);
    await run.journal.write({ finished: true });
  },
} satisfies Partial<Performers>;

/** `start` or `stop` of an old frontend. */
function control(
  run: MigrationRun,
  step: MigrationStep,
  wrong: (frontend: OldFrontend, result: HeededResult) => string | null,
): Promise<void> {
  const name = step.node!;
  return bySight(
    step,
    name,
    () => run.jobs.run(step, name),
    async (result) => {
      const { oldFrontends } = await run.observe("status", [name]);
      return wrong(
        oldFrontends.find((each) => each.name === name)!,
        result,
      );
    },
  );
}

/** Opens an old frontend that we have closed; the copy that was under way counts no more. */
export async function openAgain(run: MigrationRun, step: MigrationStep): Promise<void> {
  await control(run, step, (frontend, result) => stillDown(frontend, frontend.down, result));
  await run.untilAnswers(step, step.node!);
  const { begun, done, jobs } = withoutCopy(run.record!);
  await run.journal.write({ begun: begun.filter((id) => id !== `${step.node}/close`), done, jobs });
}

/** @param of what the record shall have of it, by what the backup holds */
async function backUp(
  run: MigrationRun,
  step: MigrationStep,
  folder: string,
  of: (tally: Tally, path: string) => MigrationRecord["counts"],
): Promise<void> {
  const machine = run.jobs.machine(step.node!);
  const own = [...run.state.frontends, ...run.state.oldFrontends].find(({ name }) => name === step.node)!;
  await machine.keepFile(run.lock.run, "knife.rb", knifeConfig);
  await run.journal.effect(step, step.node!, async () => {
    const path = `${filesOf(own)}/${folder}`;
    await noErrors(run, step, path, "backup-");
    const counts = of(await tally(run, step, own, folder), path);
    await run.journal.write({ counts, differences: undefined });
  });
}

/** @throws StepFailedError where there is nothing: that is no backup, and no comparison. */
async function tally(
  run: MigrationRun,
  step: MigrationStep,
  { name, stateDir }: Pick<MachineState, "name" | "stateDir">,
  folder: string,
): Promise<Tally> {
  const path = `${filesOf({ stateDir })}/${folder}`;
  const { facts } = await run.jobs.machine(name).read([tallyFact(path)]);
  const found = parseTally(facts.tally!);
  if (found?.counts.some(({ count }) => count > 0)) return found;
  const { problem, stderr } = facts.tally!;
  throw new StepFailedError(
    step,
    `nothing can be counted in ${path} on ${name}: ${problem ?? (short(stderr) || "nothing is there")}`,
  );
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
  const paths = files.map((file) => `${folder}/errors/${file}`).join(", ");
  const problem = jobProblem(step, step.node!, { run: "", id: "", state: "ended", code: 0, output: "" });
  throw new StepFailedError(step, `${problem}, but objects have failed: see ${paths} on ${step.node}`);
}
