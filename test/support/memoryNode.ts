import type { Simulation } from "../../lab/simulation/simulation";
import type { Job, JobSummary, LockState } from "../../provider/machine/machine";
import { isGuard, standGuard } from "./memoryGuard";

interface MemoryJob {
  /** Whose lock it lies under: changes with a take-over. */
  run: string;
  readonly id: string;
  state: JobSummary["state"];
  code: number | null;
  output: string;
  readonly followers: Set<(text: string) => void>;
  /** Milliseconds; null while it runs. */
  endedAt: number | null;
  readonly kill: AbortController;
  readonly ended: Promise<void>;
}

/** A job as it started, with the truth of that moment: what the promises are checked against. */
export interface StartedJob {
  readonly run: string;
  readonly node: string;
  /** The step's kind: `install`, `upgrade`, … */
  readonly kind: string;
  readonly at: number;
  /** Who leads and serves. */
  readonly leader: string | null;
  readonly failover: boolean;
  readonly out: readonly string[];
  /** Elasticsearch in truth. */
  readonly colour: string;
  readonly installed: Readonly<Record<string, string>>;
  readonly upgradedTo: Readonly<Record<string, string>>;
  /** How it ended; null while it runs. */
  end: { readonly at: number; readonly code: number | null } | null;
}

/** What the provider keeps on a node, in memory: the same rules as the gate's scripts, without a shell. */
export class MemoryNode {
  lock: { run: string; owner: string; process: string; taken: number; beat: number } | null = null;
  record = "";
  /** Which block of failover a guard here has undone. */
  guard = "";
  upgradedTo = "";
  readonly jobs: MemoryJob[] = [];
  readonly files = new Map<string, Uint8Array>();
  /** Every job that was started, in order: `install`, `upgrade`, … */
  readonly started: string[] = [];

  constructor(
    readonly sim: Simulation,
    readonly name: string,
    /** Every job of the rehearsal, on whichever node. */
    readonly log: StartedJob[] = [],
  ) {}

  lockState(): LockState | null {
    const now = this.sim.clock.now();
    return (
      this.lock && {
        ...{ run: this.lock.run, owner: this.lock.owner, process: this.lock.process },
        age: Math.floor((now - this.lock.taken) / 1000),
        silent: Math.floor((now - this.lock.beat) / 1000),
      }
    );
  }

  holds(run: string): boolean {
    return this.lock?.run === run;
  }

  job(run: string, id: string): MemoryJob | undefined {
    return this.jobs.find((job) => job.run === run && job.id === id);
  }

  /** Another run takes the lock over, and with it the jobs that lie under it. */
  handOver(from: string, to: string): void {
    for (const job of this.jobs) if (job.run === from) job.run = to;
  }

  /** Starts a job that goes on whatever becomes of the client. */
  start(run: string, job: Job): Pick<MemoryJob, "ended"> & { result(): Pick<MemoryJob, "state" | "code"> } {
    const kind = isGuard(job.id) ? "guard" : job.id.replace(/^.*-\d+-/, "");
    this.started.push(kind);
    const { sim, name: node } = this;
    const leader = sim.cluster.led ? sim.leader : null;
    const logged: StartedJob = {
      ...{ run, node, kind, at: sim.clock.now(), leader, failover: sim.failover, end: null },
      ...{
        out: sim.outOfService(),
        colour: sim.search.colour,
        installed: sim.installedVersions(),
        upgradedTo: sim.runningVersions(),
      },
    };
    this.log.push(logged);
    const kill = new AbortController();
    const entry: MemoryJob = {
      ...{
        run,
        id: job.id,
        state: "running",
        code: null,
        output: "",
        endedAt: null,
        kill,
        followers: new Set(),
      },
      ended: Promise.resolve(),
    };
    const work = async () => {
      let code = 0;
      for (const argv of job.commands) {
        const io = {
          signal: kill.signal,
          onOutput: (_stream: string, text: string) => {
            entry.output += text;
            for (const tell of entry.followers) tell(text);
          },
          files: { read: (path: string) => Promise.resolve(this.files.get(path)) },
        };
        const result = await this.sim.exec(this.name, argv, io);
        if (result === "passthrough") throw new Error(`the simulation does not know ${argv.join(" ")}`);
        if (result.signal) return void (entry.state = "died");
        code = result.code;
        if (code !== 0) break;
      }
      if (code === 0 && job.marksRunning) this.upgradedTo = job.marksRunning;
      entry.state = "ended";
      entry.code = code;
    };
    Object.assign(entry, {
      ended: work()
        .catch(() => {
          entry.state = "died";
        })
        .then(() => {
          entry.endedAt = sim.clock.now();
          logged.end = { at: sim.clock.now(), code: entry.code };
          // The node may go down meanwhile: then it is gone.
          if (job.guard && entry.code === 0)
            void standGuard(this, run, job, job.guard).catch(() => undefined);
        }),
    });
    this.jobs.push(entry);
    return { ended: entry.ended, result: () => entry };
  }
}
