import { randomBytes } from "node:crypto";
import { type Readable, Stream, type Writable } from "node:stream";
import { type Clock, type Moment, momentOf } from "../machine/clock";
import {
  type FactRequest,
  type FactResult,
  type FolderReplacement,
  type FollowOptions,
  type Job,
  type JobResult,
  type LockOwner,
  LockLostError,
  type LockState,
  type Machine,
  NotTheSameError,
  type Reading,
  type ReceivedFile,
  type Staging,
  UnreachableError,
} from "../machine/machine";
import { downloadScript } from "./downloadScript";
import { fingerprintScript, notTheSame, replaceFolderScript, sendFolderScript } from "./folderScripts";
import { receiveFileScript, sendFileScript, sendPackedScript } from "./fileScripts";
import { followJob } from "./followJob";
import { claimedBefore, givenUp, startJobScript } from "./jobScripts";
import {
  beatScript,
  keepFileScript,
  lockHeld,
  releaseLockScript,
  takeLockScript,
  writeRecordScript,
} from "./lockScripts";
import { lockLost, scriptLimit } from "./prelude";
import { plainShell } from "./plainShell";
import {
  type GateReading,
  factsScript,
  judgeLimit,
  limitOf,
  noAnswer,
  parseFacts,
  parseGate,
  readScript,
} from "./readScript";
import type { RootShell, ShellOptions, ShellResult } from "./rootShell";
import { toUnreachable } from "./unreachable";
import { within } from "./within";

/** Seconds beyond a fact's own limit after which its channel is given up: what it has started may outlive it. */
const margin = 15;
/** Seconds for a heartbeat: what arrives later is no sign of life any more. */
const beatLimit = 20;
/** Seconds for the sum over a folder: its files may be large, and its disk slow. */
const folderLimit = 1800;
/** Bytes that a reading keeps of one command's output: a hundred times what any is known to print. */
const mostPrinted = 4 * 1024 * 1024;
const tooMuch = "printed more than 4 MiB";

const lateResult: ShellResult = {
  ...{ stdout: "", stderr: "", code: null, signal: null },
  ...{ lost: false, timedOut: true, aborted: false, truncated: false },
};

/**
 * A backend behind a root shell: every operation is a small script, each safe to be sent twice, and has a limit. How long a
 * machine is dialled at first is the inputs' own matter (`dialErrorLimit`); from then on that counts, too.
 */
export class ShellMachine implements Machine {
  private readonly shell: RootShell;
  #reached = false;

  constructor(
    readonly name: string,
    shell: RootShell,
    private readonly clock: Clock,
  ) {
    this.shell = plainShell(shell);
  }

  async read(facts: readonly FactRequest[], signal?: AbortSignal): Promise<Reading> {
    const mark = `--${randomBytes(9).toString("hex")}`;
    // The clock is read first, so that it is compared with the moment when it has answered: a node may stand still
    // at any time, and what it prints before says nothing.
    const fast = [...facts.filter((fact) => !fact.slow)].sort(
      (a, b) => Number(b.name === "date") - Number(a.name === "date"),
    );
    const sent = momentOf(this.clock);
    let answered: Moment | null = null;
    let marks = 0;
    let tail = "";
    const onStdout = (chunk: Buffer) => {
      // Sent once more over a new connection, it begins again.
      if (chunk.indexOf(`${mark} date`) === 0) [marks, tail, answered] = [0, "", null];
      if (answered !== null) return;
      const text = tail + String(chunk);
      marks += text.split(mark).length - 1;
      tail = text.slice(1 - mark.length); // too short for a mark: none is counted twice
      if (marks > 1) answered = momentOf(this.clock);
    };
    // Control commands take seconds each: every one gets a channel of its own.
    const [own, ...slow] = await Promise.all([
      this.#output(readScript(fast, mark), {
        ...{ signal, onStdout, maxOutputBytes: mostPrinted },
        timeoutMs: fast.reduce((sum, fact) => sum + (limitOf(fact) ?? 0), scriptLimit) * 1000,
      }),
      ...facts.filter((fact) => fact.slow).map((fact) => this.#slowFact(fact, mark, signal)),
    ] as const);
    const quick = parseFacts(own, mark);
    for (const fact of fast) if (quick[fact.name]) quick[fact.name] = judgeLimit(fact, quick[fact.name]!);
    const gate: GateReading = parseGate(quick);
    // By the time of day: while this machine was suspended, its own clock may have stood still.
    const { timeOfDay } = answered ?? sent;
    const halfway = (sent.timeOfDay + timeOfDay) / 2000;
    const date = Number(quick.date?.stdout ?? "");
    return {
      ...gate,
      address: this.shell.address,
      facts: { ...quick, ...Object.fromEntries(slow) },
      clockOffset: date ? date - halfway : 0,
      clockUncertainty: Math.abs(timeOfDay - sent.timeOfDay) / 2000,
    };
  }

  otherMachine(): Promise<string | null> {
    return within(scriptLimit * 1000, () => this.shell.otherMachine(), null).catch((error: unknown) => {
      throw toUnreachable(error, this.name);
    });
  }

  async #slowFact(fact: FactRequest, mark: string, signal?: AbortSignal): Promise<[string, FactResult]> {
    const limit = limitOf(fact)!;
    const options = { signal, maxOutputBytes: mostPrinted, timeoutMs: (limit + margin) * 1000 };
    const result = await this.#whole("reading", factsScript([fact], mark), options);
    if (result.timedOut) return [fact.name, { code: 1, stdout: "", stderr: "", problem: noAnswer(limit) }];
    if (result.truncated) return [fact.name, { code: 1, stdout: "", stderr: "", problem: tooMuch }];
    return [fact.name, judgeLimit(fact, parseFacts(result.stdout, mark)[fact.name]!)];
  }

  async takeLock(owner: LockOwner, replacing?: string): Promise<LockState | null> {
    const result = await this.#run(takeLockScript(owner, replacing));
    if (result.code === 0) return null;
    if (result.code !== lockHeld) throw this.#failed("taking the lock", result);
    const { lock } = await this.read([]);
    // Held by ourselves: the answer to the first attempt was lost. Not held: released in between, or half made.
    if (lock?.run === owner.run) return null;
    return (
      lock ?? { run: "", owner: "a run that is just starting or ending", process: "", age: 0, silent: 0 }
    );
  }

  async beat(run: string): Promise<void> {
    const result = await this.#run(beatScript(run), { timeoutMs: beatLimit * 1000 });
    this.#held(result, "renewing the lock", beatLimit);
  }

  async releaseLock(run: string): Promise<void> {
    this.#held(await this.#run(releaseLockScript(run)), "releasing the lock");
  }

  async writeRecord(run: string, text: string): Promise<void> {
    const stdin = Buffer.from(`${text}\n`);
    this.#held(await this.#run(writeRecordScript(run, stdin.length), { stdin }), "writing the run record");
  }

  async keepFile(run: string, name: string, text: string): Promise<string> {
    const stdin = Buffer.from(text);
    const result = await this.#run(keepFileScript(run, name, stdin.length), { stdin });
    this.#held(result, `writing ${name}`);
    return result.stdout.trim();
  }

  async startJob(run: string, job: Job): Promise<"started" | "claimed before"> {
    const start = () => this.#run(startJobScript(run, job));
    let result = await start();
    if (result.code === givenUp) {
      // This run lives: its heartbeats did not arrive, or the machine's clock has leapt.
      await this.beat(run);
      result = await start();
    }
    if (result.code === claimedBefore) return "claimed before";
    this.#held(result, `starting the job ${job.id}`);
    return "started";
  }

  followJob(run: string, id: string, options: FollowOptions): Promise<JobResult> {
    return followJob(this.shell, this.clock, this.name, run, id, options);
  }

  async stage(run: string, staging: Staging, options: FollowOptions): Promise<void> {
    const { stateDir } = await this.read([]);
    const path = `${stateDir}/packages/${staging.file}`;
    if (staging.kind === "upload") return this.#upload(staging, path, options);
    // A run may bring several packages to one machine.
    const short = staging.sha256.slice(0, 12);
    const list = await this.keepFile(run, `${short}.url`, staging.url);
    const job = {
      id: `${run}-download-${short}`,
      commands: [["/bin/sh", "-c", downloadScript(list, staging.sha256, path)]],
    };
    await this.startJob(run, job);
    const result = await this.followJob(run, job.id, options);
    if (result.code !== 0)
      throw new Error(
        `${this.name}: downloading ${withoutQuery(staging.url)} ${result.state === "running" ? "still runs at the time-out" : `ended with ${result.code ?? "no status"}`}:\n${result.output.trimEnd()}`,
      );
  }

  async #upload(staging: Staging & { kind: "upload" }, path: string, options: FollowOptions): Promise<void> {
    const limit = AbortSignal.timeout(Math.max(1, Math.round(options.deadline - this.clock.now())));
    const signal = options.signal ? AbortSignal.any([options.signal, limit]) : limit;
    try {
      await this.shell.upload(staging.source, path, { sha256: staging.sha256, signal });
    } catch (error) {
      if (limit.aborted)
        throw new Error(`${this.name}: uploading ${staging.source} took longer than timeouts.stage`);
      throw toUnreachable(error, this.name);
    }
  }

  async fingerprint(folder: string): Promise<string | null> {
    const options = { timeoutMs: folderLimit * 1000 };
    return (await this.#output(fingerprintScript(folder), options)).trim() || null;
  }

  async sendFolder(folder: string, to: Writable): Promise<void> {
    await this.#streamed(`sending ${folder}`, sendFolderScript(folder), { stdout: to });
    to.end();
  }

  async replaceFolder(run: string, folder: FolderReplacement, from: Readable): Promise<void> {
    await this.#streamed(`replacing ${folder.path}`, replaceFolderScript(run, folder), { stdin: from });
  }

  async sendFile(path: string, to: Writable): Promise<void> {
    await this.#streamed(`sending ${path}`, sendFileScript(path), { stdout: to });
    to.end();
  }

  async sendPacked(folder: string, to: Writable): Promise<void> {
    await this.#streamed(`packing ${folder}`, sendPackedScript(folder), { stdout: to });
    to.end();
  }

  async receiveFile(run: string, file: ReceivedFile, from: Readable): Promise<string> {
    return (
      await this.#streamed(`receiving ${file.name}`, receiveFileScript(run, file), { stdin: from })
    ).trim();
  }

  async close(): Promise<void> {
    await this.shell.close();
  }

  /** Sends a script, and once more when the connection was lost: all of them may be sent twice. */
  async #run(script: string, options: ShellOptions = {}): Promise<ShellResult> {
    const { timeoutMs = scriptLimit * 1000 } = options;
    const send = async (signal = options.signal): Promise<ShellResult> => {
      const own = { ...options, timeoutMs, signal };
      const first = await this.shell.execAsRoot(script, own);
      return first.lost ? await this.shell.execAsRoot(script, own) : first;
    };
    try {
      const result = await (this.#reached ? within(timeoutMs, send, lateResult, options.signal) : send());
      this.#reached ||= !result.lost;
      return result;
    } catch (error) {
      throw toUnreachable(error, this.name);
    }
  }

  /** Sends a script once: a stream cannot be begun again. */
  async #streamed(
    what: string,
    script: string,
    options: Pick<ShellOptions, "stdin" | "stdout">,
  ): Promise<string> {
    // Whoever has given up the stream waits for nothing any more.
    const gone = new AbortController();
    for (const stream of [options.stdin, options.stdout])
      if (stream instanceof Stream) stream.once("error", () => gone.abort());
    const result = await this.shell
      .execAsRoot(script, { ...options, signal: gone.signal })
      .catch((error: unknown) => {
        throw toUnreachable(error, this.name);
      });
    if (result.code === notTheSame)
      throw new NotTheSameError(`${this.name}: ${what}: what arrived is not what was sent`);
    this.#held(result, what);
    return result.stdout;
  }

  async #output(script: string, options: ShellOptions & { readonly timeoutMs: number }): Promise<string> {
    const result = await this.#whole("reading", script, options);
    if (result.timedOut)
      throw new UnreachableError(`${this.name}: a reading ${noAnswer(options.timeoutMs / 1000)}`, false);
    // None of what is read together prints much; which one did is not worth telling apart.
    if (result.truncated)
      throw new UnreachableError(`${this.name}: its answer to a reading ${tooMuch}`, false);
    return result.stdout;
  }

  /** Runs a script to its end. @throws UnreachableError when the connection was lost twice, Error when it fails. */
  async #whole(what: string, script: string, options: ShellOptions): Promise<ShellResult> {
    const result = await this.#run(script, options);
    if (result.timedOut) return result;
    if (result.lost || result.code === null)
      throw new UnreachableError(`${this.name}: the connection was lost`, false);
    if (result.code !== 0) throw this.#failed(what, result);
    return result;
  }

  #held(result: ShellResult, what: string, limit = scriptLimit): void {
    if (result.code === lockLost)
      throw new LockLostError(`${this.name}: another run has taken over the cluster's lock`);
    if (result.code !== 0) throw this.#failed(what, result, limit);
  }

  #failed(what: string, result: ShellResult, limit = scriptLimit): Error {
    if (result.lost)
      return new UnreachableError(`${this.name}: the connection was lost while ${what}`, false);
    if (result.timedOut) return new UnreachableError(`${this.name}: ${what} ${noAnswer(limit)}`, false);
    const how = result.signal ? `was ended by ${result.signal}` : `ended with ${result.code}`;
    return new Error(`${this.name}: ${what} ${how}: ${result.stderr.trim() || "(no message)"}`);
  }
}

/** A URL as an error may show it: what stands behind the `?` may be a signature that gives access. */
function withoutQuery(url: string): string {
  return url.replace(/[?#].*$/s, "?…");
}
