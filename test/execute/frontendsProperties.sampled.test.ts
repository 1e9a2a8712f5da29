import fc from "fast-check";
import { quietSwitches } from "../../lab/simulation/switches";
import { stoppedFrontends } from "../../provider/plan/frontendView";
import type { Client } from "../support/rehearsal";
import { randomRuns } from "../support/randomRuns";
import * as check from "./checks";
import { problems, Site, target, unanswered } from "./frontendsRig";
import { blame } from "../support/labLog";
import { InterruptedRuns, noOpProblems } from "../support/interruptedRuns";

/** `PROPERTY_RUNS=10000 npx jest test/execute/frontendsProperties` looks longer. */
const random = randomRuns(__filename, { quick: 30, full: 90, soak: 10_000 });

const all = ["frontend-1", "frontend-2", "frontend-3"] as const;

const site = fc.record({
  platform: fc.constantFrom("deb", "rpm"),
  count: fc.constantFrom(2, 3),
  from: fc.constantFrom("12.17.15", "14.0.65", "15.9.38"),
  /** One that was upgraded by hand. */
  done: fc.constantFrom(null, null, ...all),
  backends: fc.constantFrom("2.3.16", "2.3.16", "2.1.0"),
} as const);

const fault = fc.record({
  at: fc.integer({ min: 0, max: 400_000 }),
  node: fc.constantFrom(...all, "backend-2"),
  lasts: fc.constantFrom(3, 20, 90, 1000),
  kind: fc.constantFrom(
    ...(["reboot", "stop by hand", "start by hand", "kill the job", "lose the connection"] as const),
    ...(["reconfigureFails", "installFails", "frontendUpgradeFails", "startFails", "controlFails"] as const),
  ),
} as const);

const run = fc.record({
  ends: fc.constantFrom("kill", "kill", "abort", "never"),
  after: fc.integer({ min: 0, max: 400_000 }),
  pause: fc.constantFrom(0, 0, 2, 40),
} as const);

type Value<T> = T extends fc.Arbitrary<infer V> ? V : never;
type Fault = Value<typeof fault>;

function arrange(r: Site, { kind, at, node, lasts }: Fault, clients: readonly Client[]): void {
  const later = (then: () => void) => void r.clock.setTimer(lasts * 1000, then);
  const frontend = r.sim.frontends.find((each) => each.name === node);
  if (!frontend && !(node.startsWith("backend") && ["reboot", "lose the connection"].includes(kind))) return;
  r.clock.setTimer(at, () => {
    if (kind === "reboot") return r.sim.reboot(node, lasts);
    if (kind === "stop by hand") return frontend!.serve(false);
    if (kind === "start by hand") return frontend!.upgradeOwed ? undefined : frontend!.serve(true);
    if (kind === "kill the job")
      return r
        .node(node)
        .jobs.findLast((job) => job.state === "running")
        ?.kill.abort();
    if (kind === "lose the connection") {
      for (const client of clients) client.state.unreachable.add(node);
      return later(() => clients.forEach((client) => client.state.unreachable.delete(node)));
    }
    const failure = kind === "controlFails" ? "ERROR: no" : { code: 3, message: "no" };
    Object.assign(r.sim.switches(node), { [kind]: failure });
    later(() => Object.assign(r.sim.switches(node), { [kind]: null }));
  });
}

/** What was to happen has happened, what passes has passed, and what only people can mend they have mended. */
async function mend(r: Site): Promise<void> {
  await r.clock.advance(1_500_000);
  const ours = stoppedFrontends(check.recordOf(r));
  check.leaveOneBuild(r);
  for (const each of r.sim.frontends) {
    const { controlFails, startFails } = quietSwitches();
    Object.assign(r.sim.switches(each.name), { controlFails, startFails });
    // Whom we have stopped the next run starts.
    if (!each.serving && !each.upgradeOwed && !ours.includes(each.name)) each.serve(true);
  }
}

/** Runs it all, and tells everything that was not as promised. */
async function rehearse(
  given: Value<typeof site>,
  faults: readonly Fault[],
  runs: readonly Value<typeof run>[],
): Promise<string[]> {
  const { platform, count, from, done, backends } = given;
  const change = done ? { [done]: { version: target } } : {};
  const r = new Site({ platform, count, from, version: backends, change });
  const found: string[] = [];
  const interrupted = new InterruptedRuns(r, runs);
  for (const each of faults) arrange(r, each, interrupted.clients);
  const thrown = await interrupted.take(
    (client) => r.run(client),
    (result) => {
      // Whoever is out by us is in the error.
      const text = check.textOf(result);
      for (const each of r.sim.frontends)
        if (text && each.upgradeOwed && faults.length === 0 && !text.includes(each.name))
          found.push(`${each.name} is out, and not told: ${text}`);
    },
  );
  found.push(...thrown);
  await mend(r);
  let last = await r.run();
  for (let more = 0; last.failure && more < 3; more++) {
    await mend(r);
    last = await r.run();
  }
  // One that was upgraded by hand, before a reindex that nobody asked for.
  const reindexes = from === "15.9.38" ? 0 : 1;
  found.push(...problems(r, last, { reindexes }).filter((each) => !/still locked/.test(each)));
  if (faults.length === 0) {
    if (unanswered(r) > r.sim.leaderlessSeconds) found.push("nobody answered for some time");
    if (r.mostOut > 1) found.push(`${r.mostOut} were out at once`);
  }
  // Whatever fate did: two out at once are never two whom we have stopped.
  for (const [at, job] of r.jobs.entries()) {
    if (job.kind !== "stop-frontend") continue;
    const before = r.jobs
      .slice(0, at)
      .filter((each) => each.node !== job.node && each.node.startsWith("front"));
    const running = before.filter((each) => each.end === null || each.end.at > job.at);
    if (running.length > 0)
      found.push(`${job.node} is stopped while ${running[0]!.node} ${running[0]!.kind} runs`);
  }
  found.push(...(await noOpProblems(r, () => r.run())));
  blame(r, found);
  return found;
}

const runs = fc.array(run, { minLength: 1, maxLength: 3 });

test("random sites and interruptions, no faults: one is out at most, somebody answers at any time", async () => {
  await fc.assert(
    fc.asyncProperty(site, runs, async (given, plan) => {
      expect(await rehearse(given, [], plan)).toEqual([]);
    }),
    random,
  );
});

/**
 * Starts that were never carried out (the lock there was an earlier run's, or the run ended before), or whose services somebody
 * stopped since, were taken for ones of no use.
 */
const past: [Value<typeof site>, Fault[], Value<typeof run>[]][] = [
  [
    { platform: "deb", count: 2, from: "12.17.15", done: "frontend-1", backends: "2.1.0" },
    [{ at: 309_311, node: "frontend-2", lasts: 90, kind: "lose the connection" }],
    [
      { ends: "kill", after: 309_311, pause: 0 },
      { ends: "kill", after: 95_221, pause: 0 },
    ],
  ],
  [
    { platform: "deb", count: 2, from: "12.17.15", done: null, backends: "2.3.16" },
    [{ at: 150_441, node: "backend-2", lasts: 1000, kind: "lose the connection" }],
    [
      { ends: "kill", after: 213_481, pause: 0 },
      { ends: "kill", after: 2291, pause: 0 },
      { ends: "kill", after: 0, pause: 0 },
    ],
  ],
  [
    { platform: "deb", count: 2, from: "12.17.15", done: null, backends: "2.3.16" },
    [{ at: 112_261, node: "frontend-1", lasts: 3, kind: "stop by hand" }],
    [{ ends: "kill", after: 100_261, pause: 0 }],
  ],
  [
    { platform: "deb", count: 2, from: "12.17.15", done: null, backends: "2.3.16" },
    [{ at: 113_271, node: "frontend-1", lasts: 3, kind: "stop by hand" }],
    [{ ends: "kill", after: 113_281, pause: 0 }],
  ],
];

test("random sites, faults and interruptions: what was broken off is finished, each thing once", async () => {
  await fc.assert(
    fc.asyncProperty(site, fc.array(fault, { maxLength: 4 }), runs, async (given, faults, plan) => {
      expect(await rehearse(given, faults, plan)).toEqual([]);
    }),
    { ...random, examples: past },
  );
});
