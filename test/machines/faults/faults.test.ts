/**
 * Faults at each kind of step, on real machines: the upgrade ends, or stops with a clear error and is finished by the
 * next run. In `npm test` each fault at one kind of step, in one upgrade; `npm run test:full`: each at every kind.
 */
import { describeMachines } from "../lab/requirements";
import { packageFile } from "../lab/packages";
import { type Machines, startMachines } from "../lab/startMachines";
import { startsOn } from "../lab/truth";
import { type Planned, upgradeThrough } from "./befall";
import { faultNames, type Site } from "./faults";
import { addFigures, full } from "./figures";
import { eachKind, stepsOf } from "./procedure";
import { Relays } from "./relays";

/** Beyond the SSH keep-alives' limit (45 s): the connection is given up while the job runs. */
const outage = full ? 600 : 60;
const usual = 15;

describeMachines("faults at each kind of step", () => {
  let machines: Machines;
  let relays: Relays;
  let release = 0;
  beforeAll(async () => {
    machines = await startMachines();
    relays = await Relays.start(machines);
  }, 300_000);
  afterAll(async () => {
    await relays?.close();
    await machines?.close();
  });

  const shifts = full ? faultNames.map((_name, at) => at) : [6];
  test.each(shifts)(
    "each fault at one kind, moved on by %s",
    async (shift) => {
      const site: Site = { machines, relays };
      const version = `2.3.${++release}`;
      const source = await packageFile({ version, family: "deb" });
      const inputs = relays.inputs({ version, packageFile: { source } });
      const steps = await stepsOf(inputs);
      // Now here, now there: faults of one node must not meet.
      const kinds = eachKind(steps).map(({ kind }, at) => {
        const same = steps.filter((step) => step.kind === kind);
        return same[at % same.length]!;
      });
      const nodes = machines.backends.map(({ name }) => name);
      const planned = kinds.map((step, at): Planned => {
        const fault = faultNames[(at + shift) % faultNames.length]!;
        const isOutage = fault === "its cable is out" && step.kind === "upgrade";
        return {
          fault,
          when: (id) => id === step.id,
          backend: () => step.node ?? nodes[at % nodes.length]!,
          ...{ delay: 0.5, lasts: isOutage ? outage : usual },
        };
      });
      const outcome = await upgradeThrough(site, inputs, planned);
      const { problems, befallen, errors, runs, acknowledged, lost } = outcome;
      process.stdout.write(
        `faults, moved on by ${shift}: ${befallen.join(", ")}; ${runs} runs, ${acknowledged} rows acknowledged, ${lost} lost\n`,
      );
      for (const error of errors) process.stdout.write(`  ${error.replaceAll("\n", "\n    ")}\n`);
      expect(problems).toEqual([]);
      expect(befallen).toHaveLength(planned.length);
      const cut = kinds.find(
        ({ kind }, at) => kind === "upgrade" && planned[at]!.fault === "its cable is out",
      );
      if (cut)
        expect(await startsOn(machines.machine(cut.node!), version)).toEqual({ install: 1, upgrade: 1 });
      addFigures({ faults: befallen.length, rows: acknowledged, lost });
    },
    3_600_000,
  );
});
