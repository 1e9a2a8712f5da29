import { createHash } from "node:crypto";
import { EnterpriseSimulation } from "../../lab/simulation/enterprise/enterpriseSimulation";
import { Simulation } from "../../lab/simulation/simulation";
import type { System } from "../../lab/simulation/system";
import type { ExecIo, ExecResult } from "../../lab/simulation/types";
import {
  type Installation,
  type Job,
  type JobSummary,
  type LockState,
  spareRoom,
} from "../../provider/machine/machine";
import { isGuard, standGuard } from "./memoryGuard";
import { memoryTools, nodeFiles } from "./memoryTools";

interface MemoryJob {
  /** Whose lock it lies under: changes with a take-over. */
  run: string;
  readonly id: string;
  state: JobSummary["state"];
  code: number | null;
  output: string;
  readonly installs: boolean;
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
export class MemoryNode<Sim extends System = System> {
  /** What the program calls it. */
  givenName: string;
  lock: { run: string; owner: string; process: string; taken: number; beat: number } | null = null;
  record = "";
  /** Which block of failover a guard here has undone. */
  guard = "";
  upgradedTo = "";
  /** Milliseconds; null while nothing was upgraded here. */
  upgradedAt: number | null = null;
  readonly jobs: MemoryJob[] = [];
  readonly files = new Map<string, Uint8Array>();
  /** Its file systems take nothing more: what changes something there fails. */
  readOnly = false;
  /** By name: what jobs with a `log` have printed. */
  readonly logs = new Map<string, string>();
  /** Every job that was started, in order: `install`, `upgrade`, … */
  readonly started: string[] = [];

  constructor(
    readonly sim: Sim,
    readonly name: string,
    /** Every job of the rehearsal, on whichever node. */
    readonly log: StartedJob[] = [],
  ) {
    this.givenName = name;
  }

  /** The SHA-256 of a file that lies there. */
  sha256(path: string): string {
    return createHash("sha256").update(this.files.get(path)!).digest("hex");
  }

  /** Runs a program of the node: its simulation's, or one of the system's own tools. */
  async exec(argv: readonly string[], io: ExecIo = {}): Promise<ExecResult> {
    const [program = "", ...args] = argv;
    if (program === spareRoom) return this.exec(args.slice(2), io);
    const tool = memoryTools[program];
    const simulated = () => Object.hasOwn(this.sim.programsOf(this.sim.machine(this.name)), program);
    const result =
      tool && !simulated()
        ? "passthrough"
        : await this.sim.exec(this.name, argv, { ...io, files: nodeFiles(this.files) });
    if (result !== "passthrough") return result;
    if (!tool) throw new Error(`there is no ${program} in memory: ${argv.join(" ")}`);
    const ended = tool(this.files, args, io.cwd ?? "/root");
    for (const stream of ["stdout", "stderr"] as const)
      if (ended[stream]) io.onOutput?.(stream, ended[stream]);
    return ended;
  }

  /** The last job that installs something, and when it printed last. */
  installation(): Installation | null {
    const job = this.jobs.filter((each) => each.installs).at(-1);
    if (!job) return null;
    const at = job.endedAt ?? this.sim.clock.now();
    return { endedAt: Math.floor(this.sim.machine(this.name).wall(at) / 1000), lines: job.output };
  }

  /** Carries a job's command out. A test may put something else in its place: what a command tells, and what it does. */
  async carryOut(argv: readonly string[], io: ExecIo, _kind: string): Promise<ExecResult> {
    if (!this.readOnly) return this.exec(argv, io);
    const stderr = `${argv[0]}: Read-only file system\n`;
    io.onOutput?.("stderr", stderr);
    return { code: 1, stdout: "", stderr };
  }

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
    const logged: StartedJob = { run, node, kind, at: sim.clock.now(), end: null, ...truthOf(sim) };
    this.log.push(logged);
    const kill = new AbortController();
    const entry: MemoryJob = {
      ...{
        run,
        id: job.id,
        state: "running",
        code: null,
        output: "",
        installs: job.installs ?? false,
        endedAt: null,
        kill,
        followers: new Set(),
      },
      ended: Promise.resolve(),
    };
    const work = async () => {
      if (!job.installs && job.marksRunning === this.upgradedTo) this.upgradedTo = "";
      let code = 0;
      for (const argv of job.commands) {
        const io = {
          signal: kill.signal,
          onOutput: (_stream: string, text: string) => {
            entry.output += text;
            if (job.log !== undefined) this.logs.set(job.log, entry.output);
            for (const tell of entry.followers) tell(text);
          },
          cwd: `/var/lib/pulumi-chef-backend/jobs/${job.id}`,
        };
        const result = await this.carryOut(argv, io, kind);
        if (result.signal) return void (entry.state = "died");
        code = result.code;
        if (code !== 0) break;
      }
      if (code === 0 && job.marksRunning)
        [this.upgradedTo, this.upgradedAt] = [job.marksRunning, sim.clock.now()];
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
            void standGuard(this as MemoryNode, run, job, job.guard).catch(() => undefined);
        }),
    });
    this.jobs.push(entry);
    return { ended: entry.ended, result: () => entry };
  }
}

type Truth = Omit<StartedJob, "run" | "node" | "kind" | "at" | "end">;

/** Who leads, and what serves, is Chef Backend's own. */
function truthOf(sim: System): Truth {
  const others = { leader: null, failover: true, out: [], colour: "green", installed: {}, upgradedTo: {} };
  if (sim instanceof EnterpriseSimulation)
    return { ...others, installed: sim.installedVersions(), upgradedTo: sim.upgradedVersions() };
  if (!(sim instanceof Simulation)) return others;
  return {
    leader: sim.cluster.led ? sim.leader : null,
    failover: sim.failover,
    out: sim.outOfService(),
    colour: sim.search.colour,
    installed: sim.installedVersions(),
    upgradedTo: sim.runningVersions(),
  };
}
