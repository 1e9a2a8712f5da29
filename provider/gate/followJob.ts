import type { Clock } from "../machine/clock";
import type { FollowOptions, JobResult } from "../machine/machine";
import { endMark, followJobScript } from "./jobScripts";
import { PlainTextStream } from "../values/plainText";
import type { RootShell } from "./rootShell";
import { toUnreachable } from "./unreachable";
import { SshError } from "../ssh/sshError";

/** Of a job's output, the last so many characters are kept for errors. */
const kept = 16_384;
/** Between two attempts to reach a node again, in milliseconds. */
const pause = 1000;

/**
 * Follows a job to its end. A lost connection is dialled again and the output goes on where it stopped, until
 * the deadline; the job itself is never touched.
 */
export async function followJob(
  shell: RootShell,
  clock: Clock,
  node: string,
  run: string,
  id: string,
  options: FollowOptions,
): Promise<JobResult> {
  let offset = 0;
  let output = "";
  // One decoder for all attempts: a character may be cut in two by a lost connection.
  const decoder = new TextDecoder();
  const plain = new PlainTextStream();
  const take = (text: string) => {
    if (text === "") return;
    output = (output + text).slice(-kept);
    options.onOutput?.(text);
  };
  const running = (): JobResult => ({ run, id, state: "running", code: null, output });
  for (;;) {
    const left = options.deadline - clock.now();
    if (left <= 0) return running();
    let end = "";
    let ended = false;
    const onStdout = (chunk: Buffer) => {
      const at = ended ? 0 : chunk.lastIndexOf(endMark);
      const body = ended ? chunk.subarray(0, 0) : at < 0 ? chunk : chunk.subarray(0, at);
      if (ended || at >= 0) end += chunk.subarray(ended ? 0 : at + 1).toString();
      ended ||= at >= 0;
      offset += body.length;
      take(plain.add(decoder.decode(body, { stream: true })));
    };
    const outcome = await shell
      .execAsRoot(followJobScript(run, id, offset), {
        ...{ onStdout, timeoutMs: left, signal: options.signal },
        // It has passed through onStdout.
        maxOutputBytes: kept,
      })
      .catch((error: Error) => error);
    options.signal?.throwIfAborted();
    // It is not there, and what is there is another machine's.
    if (outcome instanceof SshError && outcome.kind === "otherMachine") throw toUnreachable(outcome, node);
    if (!(outcome instanceof Error) && outcome.code === 0 && ended) {
      const [word, status] = end.trim().split(" ");
      if (word === "running") continue;
      take(plain.end());
      if (word === "absent")
        return {
          run,
          id,
          state: "died",
          code: null,
          output: `${output}\n(the job is not on ${node} any more)`,
        };
      return {
        run,
        id,
        state: word === "ended" ? "ended" : "died",
        code: word === "ended" ? Number(status) : null,
        output,
      };
    }
    if (!(outcome instanceof Error) && outcome.timedOut) return running();
    // Lost, or not reached: the job goes on without us. Look again.
    await clock.sleep(Math.min(pause, Math.max(1, options.deadline - clock.now())), options.signal);
  }
}
