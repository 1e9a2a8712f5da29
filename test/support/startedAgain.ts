import type { StartedJob } from "./memoryNode";

/** Jobs of these kinds that were started again on their node though one like them still ran, or had ended well. */
export function startedAgain(jobs: readonly StartedJob[], kinds: RegExp): StartedJob[] {
  const alike = (one: StartedJob, other: StartedJob) => one.node === other.node && one.kind === other.kind;
  const goodOrRunning = ({ end }: StartedJob, at: number) => end === null || end.at > at || end.code === 0;
  return jobs.filter(
    (job, index) =>
      kinds.test(job.kind) &&
      jobs.slice(0, index).some((before) => alike(before, job) && goodOrRunning(before, job.at)),
  );
}
