/**
 * Seeded random schedules of faults and kills on real machines. `PROPERTY_SEED=… PROPERTY_RUNS=1` repeats one;
 * each one's seed is printed. `npm run test:soak` has fifty, with longer faults (TEST_TIER=soak to repeat one of those).
 */
import { randomRuns } from "../../support/randomRuns";
import { describeMachines } from "../lab/requirements";
import { packageFile } from "../lab/packages";
import { type Machines, startMachines } from "../lab/startMachines";
import { type KillAfter, type Planned, upgradeThrough } from "./befall";
import { faultNames } from "./faults";
import { addFigures, everything } from "./figures";
import { Relays } from "./relays";

const { numRuns, seed } = randomRuns(__filename, { quick: 1, full: 1, soak: 50 });

describeMachines("random schedules", () => {
  let machines: Machines | null = null;
  let relays: Relays;
  const close = async () => {
    await relays?.close();
    await machines?.close();
    machines = null;
  };
  afterAll(close);

  let release = 0;
  test.each(Array.from({ length: numRuns }, (_, at) => seed + at))(
    "PROPERTY_SEED=%s",
    async (own) => {
      if (machines === null) {
        machines = await startMachines();
        relays = await Relays.start(machines);
      }
      const version = `2.3.${++release}`;
      const source = await packageFile({ version, family: "deb" });
      const { planned, kills } = draw(
        own,
        machines.backends.map(({ name }) => name),
      );
      const tell = (what: string) => process.stdout.write(`PROPERTY_SEED=${own}: ${what}\n`);
      const begun = Date.now();
      try {
        // Longer than any fault here lasts: what goes on is a person's matter.
        const timeouts = { rejoin: 300 };
        const inputs = relays.inputs({ version, packageFile: { source }, timeouts });
        const outcome = await upgradeThrough({ machines, relays }, inputs, planned, kills);
        const { problems, befallen, runs, acknowledged, lost, leaderTaken, byHand } = outcome;
        const seconds = ((Date.now() - begun) / 1000).toFixed(0);
        tell(
          `${befallen.join(", ") || "no fault"}; ${kills.length} kills, ${runs} runs, ${seconds} s, ${acknowledged} rows acknowledged, ${lost} lost${leaderTaken ? " (a leader's machine was taken away)" : ""}${byHand > 0 ? `, ${byHand} commands by hand` : ""}`,
        );
        expect(problems).toEqual([]);
        addFigures({
          schedules: 1,
          faults: befallen.length,
          kills: kills.length,
          rows: acknowledged,
          ...(leaderTaken ? { "lost with a leader's machine": lost } : { lost }),
        });
      } catch (error) {
        // At once: fifty take hours. What one has broken is not the next one's matter.
        tell(`FAILED: ${(error as Error).message}`);
        await close();
        throw error;
      }
    },
    1_800_000,
  );
});

/** Up to three faults, and up to two clients that are killed. */
function draw(seed: number, backends: readonly string[]): { planned: Planned[]; kills: KillAfter[] } {
  const random = mulberry32(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const oneOf = <T>(all: readonly T[]) => all[below(all.length)]!;
  const planned = Array.from({ length: 1 + below(3) }, (): Planned => {
    const [at, backend] = [below(15), oneOf(backends)];
    return {
      fault: oneOf(faultNames),
      when: (_step, count) => count >= at,
      backend: () => backend,
      ...{ delay: random() * 4, lasts: 3 + below(everything ? 40 : 28) },
    };
  });
  return { planned, kills: Array.from({ length: below(3) }, () => 5 + below(60)) };
}

/** A small generator of pseudo random numbers in [0, 1), the same ones for the same seed. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
