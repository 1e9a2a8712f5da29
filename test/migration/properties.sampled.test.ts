import fc from "fast-check";
import { failureText } from "../../provider/migration/handlers/apply";
import { randomRuns } from "../support/randomRuns";
import { expectMigrated } from "./checks";
import { MigrationRig, oldFrontends } from "./rig";

/** `PROPERTY_RUNS=1000 npx jest test/migration/properties` looks longer. */
const random = randomRuns(__filename, { quick: 8, full: 20, soak: 1000 });

/** How a run ends before its time, if it does, and what happens meanwhile. */
const run = fc.record({
  rehearse: fc.boolean(),
  ends: fc.constantFrom("kill", "kill", "abort", "never"),
  /** Milliseconds after its beginning. */
  after: fc.integer({ min: 0, max: 3_600_000 }),
  fault: fc.constantFrom(
    "none",
    "none",
    "backup fails",
    "restore fails",
    "object lost",
    "object refused",
    "frontend started",
    "cut off",
  ),
});

type Run = typeof run extends fc.Arbitrary<infer V> ? V : never;

const small = {
  nodes: 2,
  cookbooks: 1,
  versions: 1,
  roles: 1,
  environments: 1,
  dataBags: 1,
  items: 1,
  policies: 1,
  members: 1,
};

describe("whatever comes in between", () => {
  it("nobody gets hurt, no copy is made while somebody writes, and in the end everything has moved", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(run, { minLength: 1, maxLength: 3 }),
        fc.constantFrom("deb" as const, "rpm" as const),
        async (runs, platform) => {
          const rig = new MigrationRig({ platform, source: { organizations: { acme: small } } });
          for (const each of runs) await between(rig, each);
          for (const node of ["old-frontend-1", "frontend-1"]) {
            const switches = rig.sim.switches(node);
            Object.assign(switches, { knifeBackupFails: null, knifeRestoreFails: null });
            switches.knifeLoses.length = switches.knifeErrors.length = 0;
          }
          let last = await rig.up();
          // What failed while nobody looked is told first; the next run goes on.
          if (last.failure) last = await rig.up();
          expectMigrated(rig, last);
          expect(rig.sim.source.backups.at(-1)!.serving).toEqual([]);
          const commands = rig.commands();
          for (const once of [/create-cluster/, /backend-2 join-cluster/, /backend-3 join-cluster/])
            expect(commands.filter((each) => once.test(each))).toHaveLength(1);
          const at = (prefix: string) => commands.findIndex((each) => each.startsWith(prefix));
          const order = [
            "backend-1 create",
            "backend-2 join",
            "backend-3 join",
            "frontend-1 reconfigure",
            "frontend-2 reconfigure",
            "frontend-1 ec restore",
          ];
          expect(order.map(at)).toEqual(order.map(at).sort((a, b) => a - b));
        },
      ),
      random,
    );
  });
});

async function between(rig: MigrationRig, { rehearse, ends, after, fault }: Run): Promise<void> {
  const stop = new AbortController();
  const client = rig.client(stop.signal);
  const failing = { code: 100, message: "ERROR: it broke" };
  if (fault === "backup fails") rig.sim.switches("old-frontend-1").knifeBackupFails = failing;
  if (fault === "restore fails") rig.sim.switches("frontend-1").knifeRestoreFails = failing;
  const role = rig.sim.source.data.below("organizations/acme/roles")[0]!;
  if (fault === "object lost") rig.sim.switches("frontend-1").knifeLoses.push(role);
  if (fault === "object refused") rig.sim.switches("frontend-1").knifeErrors.push(role);
  const cancel = rig.clock.setTimer(after, () => {
    if (fault === "frontend started")
      void rig
        .node("old-frontend-2")
        .exec(["chef-server-ctl", "start"])
        .catch(() => undefined);
    if (fault === "cut off") {
      client.state.unreachable.add("frontend-1");
      rig.clock.setTimer(60_000, () => client.state.unreachable.delete("frontend-1"));
    }
    if (ends === "kill") client.kill();
    if (ends === "abort") stop.abort();
  });
  const result = await rig.up({ rehearse }, client).catch(() => null);
  cancel();
  if (!result || result.record?.migrated || fault === "cut off") return;
  const closed = oldFrontends.filter((name) => !rig.sim.source.serving.includes(name));
  // A run that was stopped before it had the lock can open nothing, and says what an earlier one has left closed.
  if (ends === "abort" && !result.touched && closed.length > 0)
    expect(failureText(result)).toContain(`THE OLD FRONTENDS ARE CLOSED (${closed.join(", ")})`);
  // Any other that has not moved everything leaves the old system as it was.
  else expect([rehearse, ends, after, closed]).toEqual([rehearse, ends, after, []]);
}
