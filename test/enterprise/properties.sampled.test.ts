import fc from "fast-check";
import { quietSwitches } from "../../lab/simulation/switches";
import { randomRuns } from "../support/randomRuns";
import { type Client, orderProblems, problems, Site } from "./rig";
import { blame } from "../support/labLog";
import { InterruptedRuns, noOpProblems } from "../support/interruptedRuns";

/** `PROPERTY_RUNS=10000 npx jest test/enterprise/properties` looks longer. */
const random = randomRuns(__filename, { quick: 40, full: 60, soak: 10_000 });

const site = fc.record({
  seed: fc.integer({ min: 1, max: 1000 }),
  platform: fc.constantFrom("deb", "rpm"),
  count: fc.integer({ min: 0, max: 4 }),
  privateChefRb: fc.constantFrom("one file", "per machine"),
  master: fc.constantFrom("bootstrap", "secondary"),
  upgradeTimesOut: fc.constantFrom(0, 0, 1, 3),
  keepalived: fc.constantFrom(null, null, "both master", "both backup", "swapped"),
} as const);

const no = { code: 3, message: "no" };

/** Switches of one machine that a fault sets. */
const switchesOf = {
  "reconfigure fails": { reconfigureFails: no },
  "stop times out": { stopTimesOut: "nginx" },
  "start fails": { startFails: no },
  "install fails": { installFails: no },
  "upgrade fails": { upgradeFails: no },
  "upgrade hangs": { upgradeHangs: true },
  "a service is down": { serviceDown: "opscode-erchef" },
  "control commands fail": { controlFails: "ERROR: no" },
  "DRBD is alone": { drbd: "WFConnection" },
  "DRBD is behind": { drbd: "Inconsistent" },
} as const;

const fault = fc.record({
  at: fc.integer({ min: 0, max: 1_500_000 }),
  node: fc.constantFrom("backend-1", "backend-2", "frontend-1", "frontend-2"),
  /** Seconds that it lasts. */
  lasts: fc.constantFrom(3, 40, 300, 2000),
  kind: fc.constantFrom(
    ...(Object.keys(switchesOf) as (keyof typeof switchesOf)[]),
    ...(["reboot", "kill the job", "lose the connection"] as const),
  ),
} as const);

/** How each run ends before its time, if it does, and the seconds until the next one. */
const run = fc.record({
  ends: fc.constantFrom("kill", "kill", "abort", "never"),
  after: fc.integer({ min: 0, max: 1_500_000 }),
  pause: fc.constantFrom(0, 0, 2, 40),
} as const);

type Value<T> = T extends fc.Arbitrary<infer V> ? V : never;
type Fault = Value<typeof fault>;

function build({ upgradeTimesOut, keepalived, ...options }: Value<typeof site>): Site {
  const r = new Site(options);
  r.sim.switches("backend-1").upgradeTimesOut = upgradeTimesOut;
  r.sim.switches("backend-2").keepalivedAfterUpgrade = keepalived;
  return r;
}

/** Lets a fault happen at its time, and pass. */
function arrange(r: Site, { kind, at, node: name, lasts }: Fault, clients: readonly Client[]): void {
  if (!r.nodes.some((node) => node.name === name)) return;
  const later = (then: () => void) => void r.clock.setTimer(lasts * 1000, then);
  r.clock.setTimer(at, () => {
    if (kind in switchesOf) {
      const change = switchesOf[kind as keyof typeof switchesOf];
      const quiet = Object.entries(quietSwitches()).filter(([key]) => key in change);
      Object.assign(r.sim.switches(name), change);
      later(() => Object.assign(r.sim.switches(name), Object.fromEntries(quiet)));
    } else if (kind === "reboot") r.sim.reboot(name, lasts);
    else if (kind === "kill the job") {
      r.node(name)
        .jobs.findLast(({ state }) => state === "running")
        ?.kill.abort();
    } else {
      for (const client of clients) client.state.unreachable.add(name);
      later(() => clients.forEach((client) => client.state.unreachable.delete(name)));
    }
  });
}

/** What a refusal tells people to do: of a half-done installation by rpm one version is left. */
function mend(r: Site): void {
  for (const { packages } of r.sim.machines) {
    const [old, another] = packages.all("private-chef");
    if (another) packages.replace(old!);
  }
}

/** Keepalived is never stopped on the secondary backend while DRBD has been seen to be behind. */
function riskyFailovers(r: Site, faults: readonly Fault[]): string[] {
  const behind = faults.filter(({ kind, node }) => kind.startsWith("DRBD") && node.startsWith("backend"));
  return r.jobs
    .filter(({ kind }) => kind === "stop-keepalived")
    .filter((job) => !r.jobs.some((before) => before.kind === job.kind && before.at < job.at && before.end))
    .filter((job) => behind.some(({ at, lasts }) => at + 20_000 < job.at && job.at < at + lasts * 1000))
    .map((job) => `keepalived was stopped at ${job.at} while DRBD was behind`);
}

/** What fate has done, and not we. */
function byFate(problem: string, faults: readonly Fault[]): boolean {
  if (problem.includes("became master on a disk")) return true;
  const booted = faults.flatMap(({ kind, node }) => (kind === "reboot" ? [node] : []));
  if (problem === "master is backend-2") return booted.includes("backend-1");
  return !problem.startsWith("failed") && booted.some((node) => problem.includes(node));
}

async function rehearse(
  given: Value<typeof site>,
  faults: readonly Fault[],
  runs: readonly Value<typeof run>[],
): Promise<string[]> {
  const r = build(given);
  const wrong: string[] = [];
  const interrupted = new InterruptedRuns(r, runs);
  for (const each of faults) arrange(r, each, interrupted.clients);
  wrong.push(...(await interrupted.take((client) => r.up({}, client))));
  const rest = async () => {
    await r.clock.advance(3_500_000);
    mend(r);
    return r.up();
  };
  let last = await rest();
  for (let more = 0; last.failure && more < 2; more++) last = await rest();
  // Who has nothing to do takes no lock, and none over that was left in the last moment.
  const left = (each: string) => !last.touched && each.endsWith("still locked");
  const found = problems(r, last).filter((each) => !byFate(each, faults) && !left(each));
  wrong.push(...found, ...riskyFailovers(r, faults));
  wrong.push(...(await noOpProblems(r, () => r.up())));
  blame(r, wrong);
  return wrong;
}

const runs = fc.array(run, { minLength: 1, maxLength: 4 });

test("random systems and interruptions, no faults: the vendor's order holds", async () => {
  await fc.assert(
    fc.asyncProperty(site, runs, async (given, plan) => {
      expect(await rehearse(given, [], plan)).toEqual([]);
    }),
    random,
  );
});

test("random systems, faults and interruptions: the order holds, and the last run gets there", async () => {
  await fc.assert(
    fc.asyncProperty(site, fc.array(fault, { maxLength: 4 }), runs, async (given, faults, plan) => {
      expect(await rehearse(given, faults, plan)).toEqual([]);
    }),
    random,
  );
});

test("what is looked for is found: an order that is not the vendor's", async () => {
  const r = new Site();
  expect(problems(r, await r.up())).toEqual([]);
  const at = (kind: string, node: string) =>
    r.jobs.findIndex((job) => job.kind === kind && job.node === node);
  const [stopped] = r.jobs.splice(at("stop", "frontend-2"), 1);
  expect(orderProblems(r)).toContain("backend-2 stop-keepalived came before frontend-2");
  r.jobs.splice(at("stop-keepalived", "backend-2"), 0, stopped!);
  expect(orderProblems(r)).toEqual([]);
  const [first, second] = [r.jobs[at("upgrade", "backend-2")]!, r.jobs[at("upgrade", "frontend-1")]!];
  Object.assign(second, { upgradedTo: first.upgradedTo });
  expect(orderProblems(r)).toEqual(["frontend-1 upgrade came before backend-2"]);
});
