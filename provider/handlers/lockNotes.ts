import { hasEnded } from "../execute/lock";
import type { LockState } from "../machine/machine";
import { duration } from "../report/events";
import type { HandlerContext } from "./types";

/** What a refresh says of unfinished work. */
export const resumedLater = (debt: string) => `The next \`pulumi up\` resumes an earlier run: ${debt}`;

/**
 * What a preview or refresh says of the locks that it found, of a `breakLock` that breaks none, and of what is unfinished.
 * @param owed what the run record still owes: nothing to be resumed as long as the run that wrote it goes on
 */
export function lockNotes(
  locks: readonly LockState[],
  breakLock: string | null,
  context: Pick<HandlerContext, "isAlive">,
  owed: readonly string[] = [],
  unfinished = (debt: string) => `Resuming an earlier run: ${debt}`,
): string[] {
  const resumed = owed.map(unfinished);
  const lock = locks.find(({ run }) => run === breakLock) ?? locks[0];
  const idle = `breakLock names the run ${breakLock}, which does not hold the cluster's lock: it does nothing, and can be removed`;
  if (!lock) return [...(breakLock === null ? [] : [idle]), ...resumed];
  const ended = hasEnded(lock, context);
  const since = `since ${duration(lock.age)} (run ${lock.run})`;
  const holds = `${lock.owner} holds the cluster's lock ${since}`;
  if (lock.run === breakLock)
    return [
      `${holds}, with the last sign of life ${duration(lock.silent)} ago: \`pulumi up\` breaks it, since breakLock names that run; a job of it that runs is waited for first`,
      ...resumed,
    ];
  return [
    ended
      ? `${holds}, but ${ended}: the next \`pulumi up\` takes it over`
      : `The cluster is being upgraded by ${lock.owner} ${since}: \`pulumi up\` would be refused`,
    ...(breakLock === null ? [] : [idle]),
    ...(ended ? resumed : []),
  ];
}
