import type { Clock } from "../machine/clock";
import type { FollowOptions, JobResult } from "../machine/machine";
import { endMark, followJobScript } from "./jobScripts";
import { PlainTextStream } from "../values/plainText";
import { noAnswer } from "./readScript";
import type { RootShell } from "./rootShell";
import { toUnreachable } from "./unreachable";
import { within } from "./within";
import { SshError, type SshErrorKind } from "../ssh/sshError";

/** Of a job's output, the last so many characters are kept for errors. */
const kept = 16_384;
/** Between two attempts to reach a node again, in milliseconds. */
const pause = 1000;
/** Milliseconds for one of them: `followJobScript` asks to be sent again long before. */
const attempt = 600_000;

/** What may pass by itself, of what a dial or a login shell ends with: a server that restarts, or is too busy. */
const passing: readonly SshErrorKind[] = ["unreachable", "refused", "handshake"];

/**
 * Follows a job to its end. A lost connection is dialled again and the output goes on where it stopped, until
 * the deadline; the job itself is never touched.
 * @throws UnreachableError at once for what cannot pass, such as another host key or a refused login
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
  let away = false;
  const reached = () => {
    if (away) options.onConnection?.(null);
    away = false;
  };
  for (;;) {
    const left = options.deadline - clock.now();
    if (left <= 0) return running();
    let end = "";
    let ended = false;
    let over = false;
    const onStdout = (chunk: Buffer) => {
      if (over) return;
      reached();
      const at = ended ? 0 : chunk.lastIndexOf(endMark);
      const body = ended ? chunk.subarray(0, 0) : at < 0 ? chunk : chunk.subarray(0, at);
      if (ended || at >= 0) end += chunk.subarray(ended ? 0 : at + 1).toString();
      ended ||= at >= 0;
      offset += body.length;
      take(plain.add(decoder.decode(body, { stream: true })));
    };
    const timeoutMs = Math.min(left, attempt);
    const send = (signal: AbortSignal) =>
      shell
        .execAsRoot(followJobScript(run, id, offset), {
          ...{ onStdout, timeoutMs, signal },
          // It has passed through onStdout.
          maxOutputBytes: kept,
        })
        .catch((error: Error) => error);
    const outcome = await within(timeoutMs, send, new Error(noAnswer(timeoutMs / 1000)), options.signal);
    over = true;
    options.signal?.throwIfAborted();
    if (outcome instanceof SshError && !outcome.transient && !passing.includes(outcome.kind))
      throw toUnreachable(outcome, node);
    if (!(outcome instanceof Error) && outcome.code === 0 && ended) {
      reached();
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
    // Lost, or not reached: the job goes on without us. Look again.
    const rest = options.deadline - clock.now();
    if (rest <= 0) return running();
    away = true;
    options.onConnection?.(outcome instanceof Error ? outcome.message : "the connection was lost");
    await clock.sleep(Math.min(pause, rest), options.signal);
  }
}
