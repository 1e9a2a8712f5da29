/**
 * kill -9 through the real engine, on real machines: the next `up` finishes, and nothing is done twice. In the full tier
 * each kind of step once, of the engine and the provider (the one takes the other along) every second one; `npm run test:soak`: in
 * every step, before, during and after.
 */
import type { NodeState } from "../../../provider/cluster/state";
import type { Step } from "../../../provider/plan/plan";
import { healthy } from "../lab/asClient";
import { MachinesStack } from "../lab/machinesStack";
import { describeMachines } from "../lab/requirements";
import { type Machines, startMachines } from "../lab/startMachines";
import { changesOn, failoverIsOn, startsOn } from "../lab/truth";
import { Writer } from "../lab/writer";
import { addFigures, everything } from "./figures";
import { jobsOf, type Kill, moments, upThrough, type Victim } from "./kill";
import { servePackage } from "./packageServer";
import { eachKind, stepsOf } from "./procedure";

/**
 * @param every of the kinds of steps, in the full tier: 0 is all of them, 1 the first and each second one after it, 2 the others
 * @param further tests on the same machines, after the others
 */
export function describeKills(
  victims: readonly Victim[],
  every: 0 | 1 | 2 = 0,
  further: (stack: () => MachinesStack) => void = () => {},
): void {
  describeMachines("kill -9", () => {
    let machines: Machines;
    let stack: MachinesStack;
    let release = 0;
    beforeAll(async () => {
      machines = await startMachines();
      stack = await MachinesStack.create(machines, { version: "2.1.0", packageFile: undefined });
      await stack.up();
    });
    afterAll(async () => {
      await stack?.remove();
      await machines?.close();
    });

    const cases = victims.flatMap((victim) =>
      (everything ? moments : (["during"] as const)).map((moment) => ({ victim, moment })),
    );
    test.each(cases)(
      `of the $victim $moment ${everything ? "each step" : "the first step of each kind"}`,
      async ({ victim, moment }) => {
        const isChosen = (_step: Step, at: number) => every === 0 || at % 2 === every - 1;
        const choose = (steps: readonly Step[]) => (everything ? steps : eachKind(steps).filter(isChosen));
        await upgradeWithKills(stack, `2.3.${++release}`, { victim, moment }, choose);
      },
      1_800_000,
    );
    further(() => stack);
  });
}

/** One upgrade with kills on the way; then it is looked at. */
async function upgradeWithKills(
  stack: MachinesStack,
  version: string,
  { victim, moment }: Pick<Kill, "victim" | "moment">,
  choose: (steps: readonly Step[]) => readonly Step[],
): Promise<void> {
  const { machines } = stack;
  const source = await servePackage(machines, version);
  const writer = await Writer.start(machines.vip);
  try {
    await stack.set({ version, packageFile: source.file });
    const steps = await stepsOf(stack.inputs);
    const kills = choose(steps).map((step): Kill => {
      const before = steps.slice(0, steps.indexOf(step));
      const again = before.some(({ node, title }) => node === step.node && title === step.title);
      return { victim, step, moment, again };
    });
    const begun = Date.now();
    const { ups, jobs, missed } = await upThrough(stack, kills);
    const seconds = ((Date.now() - begun) / 1000).toFixed(0);
    // A loss of a job, or one that comes a little late after a step, may leave another way to go than was planned.
    if (everything && (victim === "job" || moment === "after"))
      expect(missed.length).toBeLessThan(kills.length / 2);
    else expect(missed).toEqual([]);
    if (victim === "job" && moment !== "after")
      expect(jobs.length + missed.length).toBeGreaterThanOrEqual(
        kills.filter(({ step }) => jobsOf(step)).length,
      );
    const done = kills.length - missed.length;
    const state = await healthy(stack.inputs);
    expect(state.nodes.map((node) => node.package.version)).toEqual(Array(3).fill(`${version}-1`));
    expect(state.nodes.map((node) => node.running.kind)).toEqual(Array(3).fill("installed"));
    for (const { name, starts } of await startsOnEach(machines, version))
      for (const kind of ["install", "upgrade"] as const) {
        // Once; and once more only where the job itself was killed.
        const killed = jobs.filter((step) => step.node === name && step.kind.startsWith(kind)).length;
        expect([name, kind, Math.max(1, starts[kind] - killed)]).toEqual([name, kind, 1]);
        expect(starts[kind]).toBeGreaterThan(0);
      }
    expect(await failoverIsOn(machines.backends)).toBe(true);
    // Killed at the end of its last step, a run leaves nothing to be done but to give the lock back: the next change takes it over.
    const isOver = ({ lock, record }: NodeState) => record?.finished && record.run === lock?.run;
    expect(state.nodes.filter((node) => node.lock !== null && !isOver(node))).toEqual([]);
    const changes = await Promise.all(machines.backends.map(changesOn));
    await stack.up();
    expect(await Promise.all(machines.backends.map(changesOn))).toEqual(changes);
    const { acknowledged, lost } = await writer.stop();
    expect(lost).toBe(0);
    process.stdout.write(
      `kill -9 of the ${victim} ${moment} ${done} steps: ${ups} runs, ${seconds} s, ${jobs.length} jobs killed, ${acknowledged} rows acknowledged, ${lost} lost\n`,
    );
    addFigures({ kills: done, rows: acknowledged, lost });
  } finally {
    writer.abandon();
    source.close();
  }
}

function startsOnEach({ backends }: Machines, version: string) {
  return Promise.all(
    backends.map(async (each) => ({ name: each.name, starts: await startsOn(each, version) })),
  );
}
