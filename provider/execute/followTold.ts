import type { JobResult, JobSummary, Machine } from "../machine/machine";
import type { Context } from "./context";
import { JobListener } from "./jobListener";
import type { JobVoice } from "./jobVoice";

/** What is told of a job while it is followed, and how long. */
export interface Told {
  /** The step that it belongs to, or the job itself where an earlier run began it. */
  readonly step: string;
  /** On which machine it runs; null where the step is of all of them. */
  readonly node: string | null;
  /** Milliseconds of our clock, and seconds by which that is moved where there is progress. */
  readonly deadline: number;
  readonly timeout: number;
  /** What has come since, for people, where there was progress: then the limit begins anew; null where there was none. */
  readonly progress?: (() => Promise<string | null>) | null;
  readonly heeds?: RegExp | null;
  readonly onText?: (text: string) => string | undefined;
}

export interface Heard {
  readonly result: JobResult;
  readonly heeded: readonly string[];
  /** Seconds for which it was waited at most. */
  readonly limit: number;
  readonly voice: JobVoice;
}

/** Between two reports of a job that is waited for, in milliseconds. */
const reportEvery = 10_000;

/** Follows a job to its end or its limit. Every wait shows what it waits for, since when and until when. */
export async function followTold(
  machine: Machine,
  { run, id }: Pick<JobSummary, "run" | "id">,
  { clock, report, signal }: Pick<Context, "clock" | "report" | "signal">,
  { step, node, deadline, timeout, progress, heeds = null, onText }: Told,
  stops = false,
): Promise<Heard> {
  const begun = clock.now();
  const now = () => clock.now() / 1000;
  let until = deadline;
  let limit = timeout;
  const waiting = (text: string) =>
    report({
      ...{ type: "waiting", step, node, text },
      ...{ seconds: now() - begun / 1000, limit: Math.round((until - begun) / 1000) },
    });
  const listener = new JobListener(now, heeds, (text) => {
    const line = onText?.(text);
    if (line) waiting(line);
  });
  const { voice, heeded } = listener;
  let trouble: string | null = null;
  const onConnection = (now: string | null) => {
    trouble = now && `not connected: ${now}. The job goes on there, and the machine is dialed again`;
    if (trouble) waiting(trouble);
    else report({ type: "note", text: `${machine.name}: connected again; the job went on meanwhile` });
  };
  const ended = new AbortController();
  const telling = (async () => {
    for (;;) {
      await clock.sleep(reportEvery, ended.signal).catch(() => undefined);
      if (ended.signal.aborted) return;
      waiting(trouble ?? voice.text(now()));
    }
  })();
  try {
    for (;;) {
      const options = {
        deadline: until,
        onOutput: listener.hear(),
        onConnection,
        ...(stops ? { signal } : {}),
      };
      const result = await machine.followJob(run, id, options);
      const more = result.state === "running" ? await progress?.() : null;
      if (!more) {
        listener.end();
        return { result, heeded, limit, voice };
      }
      waiting(more);
      until = clock.now() + timeout * 1000;
      limit += timeout;
    }
  } finally {
    ended.abort();
    await telling;
  }
}
