import fc from "fast-check";
import type { UpgradeResult } from "../../provider/execute/upgradeCluster";
import { type Client, frontendNames, names, type Rehearsal } from "../support/rehearsal";
import { randomRuns } from "../support/randomRuns";
import * as rig from "./reindexRig";
import { blame } from "../support/labLog";
import { InterruptedRuns, noOpProblems } from "../support/interruptedRuns";

/** `PROPERTY_RUNS=2000 npx jest test/execute/hopsProperties` looks longer. */
const random = randomRuns(__filename, { quick: 10, full: 40, soak: 2000 });

const backend = fc.constantFrom(...names);
const given = fc.record({
  way: fc.constantFrom(...rig.ways),
  seed: fc.integer({ min: 1, max: 1000 }),
  leader: backend,
  blocked: fc.boolean(),
  upgradeAlone: fc.constantFrom("blocks", "returns", "waits"),
  reindex: fc.constantFrom(20, 120, 3000),
  testOrg: fc.constantFrom(null, "acme"),
} as const);

/** What comes in between, some milliseconds after the beginning. */
const fault = fc.record({
  at: fc.integer({ min: 0, max: 1_100_000 }),
  machine: fc.constantFrom(...names, ...frontendNames),
  /** Seconds that it lasts. */
  lasts: fc.constantFrom(3, 20, 90, 2000),
  kind: fc.constantFrom(
    "reboot",
    "lose the connection",
    "kill the job",
    "control commands fail",
    "reindex fails",
    "reconfigure fails",
  ),
} as const);

const run = fc.record({
  ends: fc.constantFrom("kill", "kill", "abort", "never"),
  after: fc.integer({ min: 0, max: 1_100_000 }),
  pause: fc.constantFrom(0, 2, 40),
} as const);

type Value<T> = T extends fc.Arbitrary<infer V> ? V : never;
type Fault = Value<typeof fault>;

function arrange(r: Rehearsal, { at, machine, lasts, kind }: Fault, clients: readonly Client[]): void {
  const switches = r.sim.switches(machine);
  const later = (then: () => void) => void r.clock.setTimer(lasts * 1000, then);
  r.clock.setTimer(at, () => {
    if (kind === "reboot" && r.sim.machine(machine).up) r.sim.reboot(machine, lasts);
    if (kind === "kill the job")
      r.node(machine)
        .jobs.findLast((job) => job.state === "running")
        ?.kill.abort();
    if (kind === "lose the connection") {
      for (const client of clients) client.state.unreachable.add(machine);
      later(() => clients.forEach((client) => client.state.unreachable.delete(machine)));
    }
    if (kind === "control commands fail") {
      switches.controlFails = "ERROR: no";
      later(() => (switches.controlFails = null));
    }
    if (kind === "reindex fails" || kind === "reconfigure fails") {
      const which = kind === "reindex fails" ? "reindexFails" : "reconfigureFails";
      switches[which] = { code: 1, message: "no" };
      later(() => (switches[which] = null));
    }
  });
}

/** All that was to happen has happened, and people have started what fate has stopped. */
async function mend(r: Rehearsal): Promise<void> {
  await r.clock.advance(4_500_000);
  for (const name of [...names, ...frontendNames]) if (!r.sim.machine(name).up) r.sim.nodeUp(name);
  await r.clock.advance(200_000);
}

async function rehearse(
  start: Value<typeof given>,
  faults: readonly Fault[],
  runs: readonly Value<typeof run>[],
) {
  const { way, seed, leader, blocked, reindex } = start;
  const options = { seed, leader, columns: { blocked }, timings: { reindex } };
  const r = rig.aRehearsal(way, rig.withMaintenance, options);
  r.sim.upgradeAlone = start.upgradeAlone;
  const change = rig.asked(r, way, { reindexTestOrg: start.testOrg });
  const problems: string[] = [];
  const interrupted = new InterruptedRuns(r, runs);
  for (const each of faults) arrange(r, each, interrupted.clients);
  const judge = (result: UpgradeResult) => {
    // Who could be opened, and what was written, hangs on who could be reached.
    if (result.failure && faults.length === 0) problems.push(...rig.wayOutProblems(r, result));
  };
  problems.push(...(await interrupted.take((client) => r.up(change, client), judge)));
  let last: UpgradeResult | null = null;
  for (let more = 0; more < 4 && (last === null || last.failure); more += 1) {
    await mend(r);
    last = await rig.finish(r, change, 1 + more);
  }
  problems.push(...rig.endProblems(r, last!, way), ...rig.harm(r));
  problems.push(...(await noOpProblems(r, () => r.up(change))));
  blame(r, problems);
  return problems;
}

const runs = fc.array(run, { minLength: 1, maxLength: 3 });

test("several parts in one run, interrupted anywhere: the last run always gets there, and no search was empty", async () => {
  await fc.assert(
    fc.asyncProperty(given, runs, async (start, plan) => {
      expect(await rehearse(start, [], plan)).toEqual([]);
    }),
    random,
  );
});

test("the same with faults of machines, connections and commands", async () => {
  await fc.assert(
    fc.asyncProperty(
      given,
      fc.array(fault, { minLength: 1, maxLength: 3 }),
      runs,
      async (start, faults, plan) => {
        expect(await rehearse(start, faults, plan)).toEqual([]);
      },
    ),
    random,
  );
});
