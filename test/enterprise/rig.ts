import { EnterpriseSimulation } from "../../lab/simulation/enterprise/enterpriseSimulation";
import type { EnterpriseOptions } from "../../lab/simulation/enterprise/types";
import { packageFile, packageFileName } from "../../lab/simulation/packages/packageFile";
import { VirtualClock } from "../../lab/simulation/virtualClock";
import { newestJournal } from "../../provider/machine/journal";
import type { RunEvent } from "../../provider/report/events";
import { enterpriseFailureText } from "../../provider/enterprise/failureText";
import { observeEnterprise } from "../../provider/enterprise/observeEnterprise";
import { planEnterprise } from "../../provider/enterprise/planEnterprise";
import { type EnterpriseRecord, parseEnterpriseRecord } from "../../provider/enterprise/record";
import {
  defaultEnterpriseTimeouts,
  defaultUpgradeAttempts,
  type EnterpriseSpec,
} from "../../provider/enterprise/spec";
import { type EnterpriseResult, upgradeEnterprise } from "../../provider/enterprise/upgradeEnterprise";
import { mayBeOurs } from "../../provider/plan/plan";
import { showRig } from "../support/labLog";
import { type ClientState, MemoryMachine } from "../support/memoryMachine";
import { MemoryNode, type StartedJob } from "../support/memoryNode";
import { startedAgain } from "../support/startedAgain";
import { said } from "../support/said";

export const target = "11.3.2";

/** Private Chef in memory: two backends, frontends, machines without SSH, and time that passes when all wait. */
export class Site {
  readonly clock = new VirtualClock();
  readonly sim: EnterpriseSimulation;
  readonly nodes: MemoryNode<EnterpriseSimulation>[];
  readonly events: RunEvent[] = [];
  readonly jobs: StartedJob[] = [];
  readonly path: string;
  /** Called with each event of every client, at once. */
  onEvent?: (event: RunEvent) => void;
  readonly living = new Set<string>();
  #runs = 0;

  constructor(options: Partial<Omit<EnterpriseOptions, "clock">> & { count?: number } = {}) {
    const { count = 2 } = options;
    const frontends = Array.from({ length: count }, (_, at) => ({
      name: `frontend-${at + 1}`,
      ip: `192.168.33.${225 + at}`,
    }));
    this.sim = new EnterpriseSimulation({ frontends, ...options, clock: this.clock });
    this.nodes = this.sim.machines.map(({ name }) => new MemoryNode(this.sim, name, this.jobs));
    const fields = { name: "private-chef", version: target, format: this.sim.platform };
    this.path = `/srv/${packageFileName(fields)}`;
    for (const node of this.nodes) node.files.set(this.path, Buffer.from(packageFile(fields)));
    showRig(this);
  }

  spec(change: Partial<EnterpriseSpec> = {}): EnterpriseSpec {
    const named = this.nodes.map(({ name, givenName }) => ({ name: givenName, host: name }));
    return {
      ...{ version: target, nodes: named.slice(0, 2), frontends: named.slice(2) },
      packageFile: { path: this.path, staging: null, stagedKiB: 0 },
      ...{ allowDowntime: target, upgradeAttempts: defaultUpgradeAttempts, cleanup: false, adopted: true },
      ...{ cleanedUp: null, breakLock: null, acceptFailedScripts: null },
      ...{ timeouts: defaultEnterpriseTimeouts, ...change },
    };
  }

  client(signal?: AbortSignal): Client {
    this.#runs += 1;
    return new Client(this, `run${this.#runs}`, signal);
  }

  /** One `pulumi up`, start to end. */
  up(change: Partial<EnterpriseSpec> = {}, client: Client = this.client()): Promise<EnterpriseResult> {
    return this.clock.run(client.up(this.spec(change)));
  }

  /** The same, killed somewhere: whether it was. */
  async killed(client: Client, change: Partial<EnterpriseSpec> = {}): Promise<boolean> {
    try {
      await this.up(change, client);
      return false;
    } catch (error) {
      if ((error as Error).message !== "killed") throw error;
      return true;
    } finally {
      this.onEvent = undefined;
    }
  }

  /** Calls `then` when a step begins, once. */
  at(step: string, then: () => void): void {
    this.onEvent = (event) => {
      if (event.type !== "step-started" || event.step !== step) return;
      this.onEvent = undefined;
      then();
    };
  }

  /** What a preview would fail for now. */
  async refusals(change: Partial<EnterpriseSpec> = {}): Promise<string[]> {
    const spec = this.spec(change);
    const machines = this.machines(spec, this.client().state);
    const state = await this.clock.run(observeEnterprise(spec, machines, this.clock, "full"));
    const { refusals, owed } = planEnterprise(spec, state);
    return refusals.filter((each) => !mayBeOurs(each, owed)).map(said);
  }

  node(name: string): MemoryNode<EnterpriseSimulation> {
    return this.nodes.find((node) => node.name === name)!;
  }

  /** Those that a program lists, by their hosts, under its names. */
  machines({ nodes, frontends }: EnterpriseSpec, state: ClientState): MemoryMachine[] {
    return [...nodes, ...frontends].map(({ name, host }) => new MemoryMachine(this.node(host), state, name));
  }

  /** Changing commands so far, as `backend-2 stop keepalived`. */
  commands(): string[] {
    return this.sim.history.map(({ node, argv }) => `${node} ${essence(argv)}`);
  }

  /** Steps that were begun, in their order. */
  steps(): string[] {
    return this.events.flatMap((event) => (event.type === "step-started" ? [event.step] : []));
  }

  texts(type: RunEvent["type"]): string[] {
    return this.events.flatMap((event) => (event.type === type && "text" in event ? [event.text] : []));
  }

  get record(): EnterpriseRecord | null {
    return newestJournal(this.nodes.map(({ record }) => parseEnterpriseRecord(record)));
  }
}

/** `dpkg … -i FILE` is `install`; a control command is its words after the program. */
export function essence(argv: readonly string[]): string {
  const words = argv.filter((word) => !/^(env$|DEBIAN_FRONTEND=)/.test(word));
  if (words[0] === "private-chef-ctl") return words.slice(1).join(" ");
  return words.includes("--configure") ? "configure" : "install";
}

/** One run of the provider: what a process of it would be. */
export class Client {
  readonly state: ClientState = { dead: false, unreachable: new Set() };
  #killed: (value: never) => void = () => undefined;

  constructor(
    private readonly site: Site,
    readonly name: string,
    private readonly signal?: AbortSignal,
  ) {}

  up(spec: EnterpriseSpec): Promise<EnterpriseResult> {
    const { site, name } = this;
    const machines = site.machines(spec, this.state);
    let ids = 0;
    site.living.add(name);
    const killed = new Promise<never>((_resolve, reject) => (this.#killed = reject));
    const run = upgradeEnterprise(spec, machines, {
      clock: site.clock,
      report: (event) => {
        site.events.push(event);
        site.onEvent?.(event);
      },
      timestamp: () => new Date(site.clock.now()).toISOString(),
      newId: () => `${name}${ids++ || ""}`,
      ...{ owner: `${name}@laptop`, process: name, isAlive: (process) => site.living.has(process) },
      signal: this.signal,
    });
    return Promise.race([run, killed]).finally(() => site.living.delete(name));
  }

  /** kill -9: from now on nothing of this client happens any more; its jobs on the machines go on. */
  kill(): void {
    this.state.dead = true;
    this.site.living.delete(this.name);
    this.#killed(new Error("killed") as never);
  }
}

/** How it ended, as the error says it; empty when well. */
export const textOf = (result: EnterpriseResult): string =>
  result.failure ? enterpriseFailureText(result) : "";

/** Everything is upgraded and serves, nothing is owed, and nobody did what must not be done. */
export function problems(r: Site, result: EnterpriseResult): string[] {
  const { sim, record } = r;
  const found = result.failure ? [`failed: ${textOf(result)}`] : [];
  for (const machine of sim.machines) {
    const { name, upgradeOwed, packages } = machine;
    const build = packages.all("private-chef").map(({ version }) => version);
    if (build.length !== 1 || !build[0]!.startsWith(`${target}-1`)) found.push(`${name} has ${build.join()}`);
    if (upgradeOwed) found.push(`${name} is not upgraded`);
  }
  if (sim.master !== "backend-1") found.push(`master is ${sim.master}`);
  const silent = sim.frontends.map(({ name }) => name).filter((name) => !sim.serving.includes(name));
  if (silent.length > 0) found.push(`${silent.join(", ")} do not serve`);
  if (!record?.finished) found.push(`the record is open: ${JSON.stringify(record)}`);
  for (const node of r.nodes) {
    if (node.lock) found.push(`${node.name} is still locked`);
    if (node.jobs.some((job) => job.state === "running")) found.push(`a job runs on ${node.name}`);
  }
  return [...found, ...sim.accidents, ...orderProblems(r), ...repeated(r)];
}

/** What the vendor's page wants to have happened before each command (its steps 1 to 10), at the moment when it began. */
export function orderProblems(r: Site): string[] {
  const [primary, secondary] = r.sim.backends.map(({ name }) => name) as [string, string];
  const frontends = r.sim.frontends.map(({ name }) => name);
  const all = [primary, secondary, ...frontends];
  return r.jobs.flatMap((job, at) => {
    const { node, kind, installed, upgradedTo } = job;
    const ended = (word: string, nodes: string[]) =>
      nodes.filter((name) => !r.jobs.slice(0, at).some((each) => isPast(each, job, name, word)));
    const behind = (versions: Readonly<Record<string, string>>, nodes: string[]) =>
      nodes.filter((name) => !versions[name]!.startsWith(target));
    const begun = behind(installed, all).length < all.length;
    const missing: Record<string, () => string[]> = {
      stop: () => ended("reconfigure", all),
      "stop-keepalived": () => ended("stop", frontends),
      install: () => [
        ...[...ended("stop", frontends), ...ended("stop-keepalived", [secondary])],
        ...(frontends.includes(node) ? behind(installed, [primary, secondary]) : []),
      ],
      "upgrade-primary": () => behind(installed, all),
      upgrade: () => {
        const before = node === secondary ? [primary] : node === frontends[0] ? [secondary] : [frontends[0]!];
        return behind(upgradedTo, before);
      },
      "settle-keepalived": () => behind(upgradedTo, [primary, secondary]),
      // What was stopped may be started again as long as nothing is installed.
      start: () => (begun ? behind(upgradedTo, all) : []),
      cleanup: () => behind(upgradedTo, all),
    };
    const found = missing[kind]?.() ?? [];
    return found.length > 0 ? [`${node} ${kind} came before ${found.join(", ")}`] : [];
  });
}

/** What a `stop` ends with is the sum of all services, and says nothing: that they are down is looked at. */
const isPast = (before: StartedJob, job: StartedJob, node: string, kind: string) =>
  before.node === node &&
  before.kind === kind &&
  before.end !== null &&
  (before.end.code === 0 || kind.startsWith("stop")) &&
  before.end.at <= job.at;

/** Commands that had ended well, or still ran, and were started again. */
export function repeated(r: Site): string[] {
  return startedAgain(r.jobs, /^(install|upgrade|upgrade-primary|cleanup)$/).map(
    (job) => `${job.node} ${job.kind} was started again`,
  );
}

/** A run that fails says which frontends it leaves stopped. */
export const unsaid = (r: Site, result: EnterpriseResult) => {
  const begun = r.record?.begun ?? [];
  const stopped = r.sim.frontends.filter(
    ({ name, up, anythingRuns }) => up && !anythingRuns && begun.includes(`${name}/stop`),
  );
  const silent = stopped.filter(({ name }) => !textOf(result).includes(name));
  return silent.map(({ name }) => `${name} is stopped, and it is not said: ${textOf(result)}`);
};
