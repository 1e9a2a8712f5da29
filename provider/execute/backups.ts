import { listBackups } from "../commands/searchData";
import type { Step } from "../plan/plan";
import { StepFailedError } from "./errors";
import type { Run } from "./run";

export type { Backup } from "../report/outputs";

/**
 * Makes a backup on a node: judged by the file that it leaves, which has to be new. The one that an earlier run was
 * at is waited for, and not made twice.
 */
export async function makeBackup(run: Run, step: Step): Promise<void> {
  const node = step.node!;
  const resumed = (await run.journal.endedBefore(step, node)) !== null;
  const before = new Set(resumed ? [] : (await filesOn(run, node)).map((file) => file.path));
  await run.journal.effect(step, node, async () => {
    const made = (await filesOn(run, node)).filter((file) => !before.has(file.path));
    const newest = made.sort((a, b) => b.time - a.time)[0];
    if (!newest || newest.bytes === 0)
      throw new StepFailedError(step, `the backup on ${node} ended with 0, but left no new file`);
    const backup = { node, file: newest.path, bytes: newest.bytes, made: run.context.timestamp() };
    run.backups.push(backup);
    run.context.report({
      type: "note",
      text: `Backup on ${node}: ${backup.file}, ${sizeText(backup.bytes)} (no way back: a restore makes a new cluster)`,
    });
  });
}

function sizeText(bytes: number): string {
  return bytes < 1024 * 1024 ? `${Math.ceil(bytes / 1024)} KiB` : `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}

async function filesOn(run: Run, node: string): Promise<{ time: number; bytes: number; path: string }[]> {
  const { facts } = await run.jobs.machine(node).read([{ name: "backups", argv: listBackups() }]);
  return (facts.backups?.stdout ?? "")
    .split("\n")
    .map((line) => /^(\S+) (\d+) (\/.+)$/.exec(line))
    .filter((match) => match !== null)
    .map((match) => ({ time: Number(match[1]), bytes: Number(match[2]), path: match[3]! }));
}
