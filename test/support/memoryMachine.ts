import { createHash } from "node:crypto";
import type { Readable, Writable } from "node:stream";
import { buffer, text } from "node:stream/consumers";
import type { TreeEntry } from "../../lab/simulation/nodeTree";
import { NodeDownError } from "../../lab/simulation/types";
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
} from "../../provider/machine/machine";
import { gaveUp, judgeLimit, limitOf } from "../../provider/gate/readScript";
import { plainText } from "../../provider/values/plainText";
import type { MemoryNode } from "./memoryNode";
import { packed } from "./memoryTools";

/** What a client's machines share: its life, and its connections. */
export interface ClientState {
  dead: boolean;
  /** Nodes to which this client has no connection. */
  readonly unreachable: Set<string>;
  /** Nodes behind a black hole: no call is answered, and each ends when its limit is over, as the port promises. */
  hanging?: ReadonlySet<string>;
  /** By node: the address that its name stood for, and which machine a second connection reached. */
  reachedAt?: Readonly<Record<string, string>>;
  behind?: Readonly<Record<string, string>>;
  /** Every call waits for it: a laptop that sleeps. */
  asleep?: Promise<void>;
  /** Nodes whose control commands give this client no answer. */
  silent?: ReadonlySet<string>;
  /** Milliseconds by the client's own clock: it stands still meanwhile. Default: the simulation's. */
  now?: () => number;
  /** Before a call has its effect; may throw, such as an UnreachableError. */
  onCall?: (node: string, operation: string) => void;
  /** After a call had its effect, before its answer is there: may throw, the answer is lost then. */
  onDone?: (node: string, operation: string) => void;
}

/** From now on every call of this client waits; gives what wakes it up. */
export function fallAsleep(state: ClientState): () => void {
  let wakeUp!: () => void;
  state.asleep = new Promise((resolve) => (wakeUp = resolve));
  return () => {
    state.asleep = undefined;
    wakeUp();
  };
}

/** Of the port's operations those that write on the node. */
const writes: ReadonlySet<string> = new Set([
  ...["takeLock", "beat", "releaseLock", "writeRecord", "keepFile", "startJob", "stage"],
  ...["replaceFolder", "receiveFile"],
]);

/** A client's view of a node in memory. Once `client.dead` is set none of its calls ever returns: kill -9. */
export class MemoryMachine implements Machine {
  /** @param name what the program calls it: by default as its node */
  constructor(
    private readonly node: MemoryNode,
    private readonly client: ClientState,
    readonly name: string = node.name,
  ) {}

  /** Milliseconds that one round trip takes: a test may change it. */
  static roundTrip = 20;

  async read(facts: readonly FactRequest[]): Promise<Reading> {
    await this.#call("read");
    const { node } = this;
    const results = await Promise.all(
      facts.map(async (fact): Promise<[string, FactResult]> => {
        const limit = limitOf(fact);
        if (fact.slow && limit !== null && this.client.silent?.has(node.name)) {
          await node.sim.clock.sleep(limit * 1000);
          return [fact.name, judgeLimit(fact, { code: gaveUp, stdout: "", stderr: "" })];
        }
        // The system's own, on every machine.
        if (fact.argv.join(" ") === "tar --version")
          return [fact.name, { code: 0, stdout: "tar (GNU tar) 1.34\n", stderr: "" }];
        const { code, stdout, stderr } = await node.exec(fact.argv).catch((error: Error) => {
          if (error instanceof NodeDownError) throw new UnreachableError(`${node.name} is down`, false);
          throw error;
        });
        // As the port promises (provider/gate/plainShell.ts).
        return [fact.name, { code, stdout: plainText(stdout), stderr: plainText(stderr) }];
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
      upgradedAt:
        node.upgradedAt === null
          ? null
          : Math.floor(node.sim.machine(node.name).wall(node.upgradedAt) / 1000),
      installation: node.installation(),
      stateDir: "/var/lib/pulumi-chef-backend",
      clockOffset: read.date ? Number(read.date.stdout) - node.sim.clock.now() / 1000 : 0,
      clockUncertainty: 0.01,
      address: this.client.reachedAt?.[node.name] ?? null,
    };
  }

  async otherMachine(): Promise<string | null> {
    await this.#call("otherMachine");
    return this.client.behind?.[this.node.name] ?? null;
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
    const { clock } = this.node.sim;
    const now = this.client.now ?? (() => clock.now());
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
        const deadline = clock.sleep(options.deadline - now(), late.signal).catch(() => undefined);
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
      if (now() >= options.deadline) return result("running");
      await clock.sleep(Math.min(1000, options.deadline - now()), options.signal);
    }
  }

  async stage(_run: string, staging: Staging): Promise<void> {
    await this.#call("stage");
    const source = this.node.files.get(staging.kind === "upload" ? staging.source : staging.url);
    if (!source) throw new Error("nothing to stage");
    if (createHash("sha256").update(source).digest("hex") !== staging.sha256)
      throw new Error(`${this.name}: ${staging.file}: its SHA-256 is not the one given`);
    this.node.files.set(`/var/lib/pulumi-chef-backend/packages/${staging.file}`, source);
    await this.#answered("stage");
  }

  async fingerprint(folder: string): Promise<string | null> {
    await this.#call("fingerprint");
    const print = this.#printOf(folder);
    await this.#answered("fingerprint");
    return print;
  }

  async sendFolder(folder: string, to: Writable): Promise<void> {
    await this.#call("sendFolder");
    const tree = this.node.sim.tree(this.node.name).list(folder);
    if (tree.length === 0) throw new Error(`${this.name}: there is no ${folder}`);
    for (const entry of tree) to.write(`${JSON.stringify(entry)}\n`);
    await this.#answered("sendFolder");
    to.end();
  }

  async replaceFolder(run: string, folder: FolderReplacement, from: Readable): Promise<void> {
    const { path, fingerprint, keptAs } = folder;
    const lines = (await text(from)).split("\n").filter((line) => line !== "");
    await this.#call("replaceFolder");
    this.#held(run);
    const tree = this.node.sim.tree(this.node.name);
    const before = tree.list(path);
    tree.remove(path);
    for (const line of lines) tree.write(...(JSON.parse(line) as [string, TreeEntry]));
    if (this.#printOf(path) !== fingerprint) {
      tree.remove(path);
      for (const entry of before) tree.write(...entry);
      throw new Error(`${this.name}: what arrived is not what was sent`);
    }
    for (const [each, entry] of before) tree.write(each.replace(path, `${path}.${keptAs}`), entry);
    await this.#answered("replaceFolder");
  }

  #printOf(folder: string): string | null {
    const tree = this.node.sim.tree(this.node.name).list(folder);
    return tree.length === 0 ? null : createHash("sha256").update(JSON.stringify(tree)).digest("hex");
  }

  async sendFile(path: string, to: Writable): Promise<void> {
    await this.#call("sendFile");
    const own = this.node.files.get(path);
    const bytes = own ?? Buffer.from((await this.node.exec(["cat", path])).stdout);
    await this.#answered("sendFile");
    to.end(bytes);
  }

  async sendPacked(folder: string, to: Writable): Promise<void> {
    await this.#call("sendPacked");
    const bytes = packed(this.node.files, folder);
    if (!bytes) throw new Error(`${this.name}: packing ${folder}: failed: find`);
    await this.#answered("sendPacked");
    to.end(bytes);
  }

  async receiveFile(run: string, { name, sha256 }: ReceivedFile, from: Readable): Promise<string> {
    const bytes = await buffer(from);
    await this.#call("receiveFile");
    this.#held(run);
    if (createHash("sha256").update(bytes).digest("hex") !== sha256)
      throw new NotTheSameError(`${this.name}: what arrived is not what was sent`);
    const path = `/var/lib/pulumi-chef-backend/files/${name}`;
    this.node.files.set(path, bytes);
    await this.#answered("receiveFile");
    return path;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #held(run: string): void {
    if (!this.node.holds(run))
      throw new LockLostError(`${this.name}: another run has taken over the cluster's lock`);
  }

  async #call(operation: string): Promise<void> {
    await this.#alive();
    await this.node.sim.clock.sleep(MemoryMachine.roundTrip / 2);
    await this.#alive();
    this.client.onCall?.(this.node.name, operation);
    await this.#alive();
    if (this.client.hanging?.has(this.node.name)) {
      await this.node.sim.clock.sleep(operation === "beat" ? 20_000 : 120_000);
      throw new UnreachableError(`${this.name}: ${operation} gave no answer in time`, false);
    }
    this.#connected();
    if (this.node.readOnly && writes.has(operation))
      throw new Error(`${this.name}: cannot write below /var/lib/pulumi-chef-backend: Read-only file system`);
  }

  async #answered(operation: string): Promise<void> {
    this.client.onDone?.(this.node.name, operation);
    await this.#alive();
  }

  #connected(): void {
    if (this.client.unreachable.has(this.node.name))
      throw new UnreachableError(`${this.name}: no connection`, false);
    if (!this.node.sim.machine(this.node.name).up) throw new UnreachableError(`${this.name} is down`, false);
  }

  /** Never returns in a client that was killed; in one that sleeps not before it wakes up. */
  async #alive(): Promise<void> {
    await this.client.asleep;
    if (this.client.dead) await new Promise(() => undefined);
  }
}
