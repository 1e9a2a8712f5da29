import { createHash } from "node:crypto";
import { NodeDownError } from "../../lab/simulation/types";
import {
  type FactRequest,
  type FactResult,
  type FollowOptions,
  type Job,
  type JobResult,
  type LockOwner,
  LockLostError,
  type LockState,
  type Machine,
  type Reading,
  type Staging,
  UnreachableError,
} from "../../provider/machine/machine";
import type { MemoryNode } from "./memoryNode";

/** What a client's machines share: its life, and its connections. */
export interface ClientState {
  dead: boolean;
  /** Nodes to which this client has no connection. */
  readonly unreachable: Set<string>;
  /** Every call waits for it: a laptop that sleeps. */
  asleep?: Promise<void>;
  /** Before a call has its effect; may throw, such as an UnreachableError. */
  onCall?: (node: string, operation: string) => void;
  /** After a call had its effect, before its answer is there: may throw, the answer is lost then. */
  onDone?: (node: string, operation: string) => void;
}

/** A client's view of a node in memory. Once `client.dead` is set none of its calls ever returns: kill -9. */
export class MemoryMachine implements Machine {
  readonly name: string;

  constructor(
    private readonly node: MemoryNode,
    private readonly client: ClientState,
  ) {
    this.name = node.name;
  }

  /** Milliseconds that one round trip takes: a test may change it. */
  static roundTrip = 20;

  async read(facts: readonly FactRequest[]): Promise<Reading> {
    await this.#call("read");
    const { node } = this;
    const files = { read: (path: string) => Promise.resolve(node.files.get(path)) };
    const results = await Promise.all(
      facts.map(async (fact): Promise<[string, FactResult]> => {
        const result = await node.sim.exec(node.name, fact.argv, { files }).catch((error: Error) => {
          if (error instanceof NodeDownError) throw new UnreachableError(`${node.name} is down`, false);
          throw error;
        });
        if (result === "passthrough") return [fact.name, this.#realProgram(fact.argv)];
        return [fact.name, { code: result.code, stdout: result.stdout, stderr: result.stderr }];
      }),
    );
    await this.#answered("read");
    const read = Object.fromEntries(results);
    return {
      facts: read,
      lock: node.lockState(),
      jobs: node.jobs
        .filter((job) => job.state !== "ended")
        .map(({ run, id, state }) => ({ run, id, state, code: null })),
      record: node.record,
      guard: node.guard,
      upgradedTo: node.upgradedTo,
      stateDir: "/var/lib/pulumi-chef-backend",
      clockOffset: read.date ? Number(read.date.stdout) - node.sim.clock.now() / 1000 : 0,
      clockUncertainty: 0.01,
    };
  }

  async takeLock(owner: LockOwner, replacing?: string): Promise<LockState | null> {
    await this.#call("takeLock");
    const { node } = this;
    if (node.lock && node.lock.run !== owner.run && node.lock.run !== replacing) return node.lockState();
    if (replacing !== undefined) node.handOver(replacing, owner.run);
    const now = node.sim.clock.now();
    node.lock = { ...owner, taken: now, beat: now };
    await this.#answered("takeLock");
    return null;
  }

  async beat(run: string): Promise<void> {
    await this.#call("beat");
    this.#held(run);
    this.node.lock!.beat = this.node.sim.clock.now();
    await this.#answered("beat");
  }

  async releaseLock(run: string): Promise<void> {
    await this.#call("releaseLock");
    if (this.node.holds(run)) this.node.lock = null;
    await this.#answered("releaseLock");
  }

  async writeRecord(run: string, text: string): Promise<void> {
    await this.#call("writeRecord");
    this.#held(run);
    this.node.record = text;
    await this.#answered("writeRecord");
  }

  async keepFile(run: string, name: string, text: string): Promise<string> {
    await this.#call("keepFile");
    this.#held(run);
    const path = `/var/lib/pulumi-chef-backend/files/${name}`;
    this.node.files.set(path, Buffer.from(text));
    await this.#answered("keepFile");
    return path;
  }

  async startJob(run: string, job: Job): Promise<"started" | "claimed before"> {
    await this.#call("startJob");
    this.#held(run);
    if (this.node.job(run, job.id)) return "claimed before";
    this.node.start(run, job);
    await this.#answered("startJob");
    return "started";
  }

  /** Like the real one: a lost connection is dialled again until the deadline, the job goes on meanwhile. */
  async followJob(run: string, id: string, options: FollowOptions): Promise<JobResult> {
    // Each take-over moves it with the lock to another run.
    const job = this.node.job(run, id) ?? this.node.jobs.find((each) => each.id === id);
    if (!job) {
      await this.#call("followJob");
      return { run, id, state: "died", code: null, output: "(the job is not there any more)" };
    }
    const clock = this.node.sim.clock;
    const tell = (text: string) => void (this.client.dead || text === "" || options.onOutput?.(text));
    tell(job.output);
    job.followers.add(tell);
    const result = (state: JobResult["state"]): JobResult => {
      const { code, output } = job;
      return { run, id, state, code, output };
    };
    for (;;) {
      try {
        await this.#call("followJob");
        const late = new AbortController();
        const wake = () => late.abort();
        options.signal?.addEventListener("abort", wake, { once: true });
        const deadline = clock.sleep(options.deadline - clock.now(), late.signal).catch(() => undefined);
        await Promise.race([job.ended, deadline]);
        late.abort();
        options.signal?.removeEventListener("abort", wake);
        await this.#answered("followJob");
        options.signal?.throwIfAborted();
        this.#connected();
        return result(job.state);
      } catch (error) {
        if (!(error instanceof UnreachableError)) throw error;
      }
      if (clock.now() >= options.deadline) return result("running");
      await clock.sleep(Math.min(1000, options.deadline - clock.now()), options.signal);
    }
  }

  async stage(_run: string, staging: Staging): Promise<void> {
    await this.#call("stage");
    const source = this.node.files.get(staging.kind === "upload" ? staging.source : staging.url);
    if (!source) throw new Error("nothing to stage");
    this.node.files.set(`/var/lib/pulumi-chef-backend/packages/${staging.file}`, source);
    await this.#answered("stage");
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** What the real `stat -c %s` and `sha256sum` say of a file that the simulation does not own. */
  #realProgram(argv: readonly string[]): FactResult {
    const file = this.node.files.get(argv.at(-1)!);
    if (!file) return { code: 1, stdout: "", stderr: "No such file or directory" };
    const stdout =
      argv[0] === "stat" ? `${file.length}\n` : `${createHash("sha256").update(file).digest("hex")}  x\n`;
    return { code: 0, stdout, stderr: "" };
  }

  #held(run: string): void {
    if (!this.node.holds(run))
      throw new LockLostError(`${this.name}: another run has taken over the cluster's lock`);
  }

  async #call(operation: string): Promise<void> {
    await this.#alive();
    await this.node.sim.clock.sleep(MemoryMachine.roundTrip / 2);
    await this.#alive();
    this.client.onCall?.(this.name, operation);
    await this.#alive();
    this.#connected();
  }

  async #answered(operation: string): Promise<void> {
    this.client.onDone?.(this.name, operation);
    await this.#alive();
  }

  #connected(): void {
    if (this.client.unreachable.has(this.name))
      throw new UnreachableError(`${this.name}: no connection`, false);
    if (!this.node.sim.machine(this.name).up) throw new UnreachableError(`${this.name} is down`, false);
  }

  /** Never returns in a client that was killed; in one that sleeps not before it wakes up. */
  async #alive(): Promise<void> {
    await this.client.asleep;
    if (this.client.dead) await new Promise(() => undefined);
  }
}
