/**
 * Faults at each kind of step, on real machines: the upgrade ends, or stops with a clear error and is finished by the
 * next run. In the full tier each fault at one kind of step, in one upgrade; `npm run test:soak`: each at every kind.
 */
import { describeMachines } from "../lab/requirements";
import { packageFile } from "../lab/packages";
import { type Machines, startMachines } from "../lab/startMachines";
import { startsOn } from "../lab/truth";
import { type Planned, upgradeThrough } from "./befall";
import { faultNames, type Site } from "./faults";
import { addFigures, everything } from "./figures";
import { eachKind, stepsOf } from "./procedure";
import { silentFor } from "./keepAlive";
import { Relays } from "./relays";

/** Beyond the SSH keep-alives' limit: the connection is given up while the job runs. */
const outage = everything ? 600 : silentFor + 5;
/** Shorter than the leader's ttl (20 s): a machine that stands still for so long causes no failover. */
const usual = everything ? 15 : 8;

const kindOf = (id: string) => id.slice(id.indexOf("/") + 1);

describeMachines("faults at each kind of step", () => {
  let machines: Machines;
  let relays: Relays;
  let release = 0;
  beforeAll(async () => {
    machines = await startMachines();
    relays = await Relays.start(machines);
  });
  afterAll(async () => {
    await relays?.close();
    await machines?.close();
  });

  const shifts = everything ? faultNames.map((_name, at) => at) : [7];
  test.each(shifts)(
    "each fault at one kind, moved on by %s",
    async (shift) => {
      const site: Site = { machines, relays };
      const version = `2.3.${++release}`;
      const source = await packageFile({ version, family: "deb" });
      const inputs = relays.inputs({ version, packageFile: { source } });
      const steps = await stepsOf(inputs);
      const nodes = machines.backends.map(({ name }) => name);
      const kinds = eachKind(steps).map(({ kind }, at) => {
        const times = steps.filter((step) => step.kind === kind).length;
        // Now the first time, now a later one: faults of one node must not meet.
        return { kind, nth: at % times, fault: faultNames[(at + shift) % faultNames.length]! };
      });
      const planned = kinds.map(({ kind, nth, fault }, at): Planned => {
        let seen = 0;
        const isOutage = fault === "its cable is out" && kind === "upgrade";
        return {
          fault,
          when: (id) => kindOf(id) === kind && seen++ === nth,
          backend: (id) => nodes.find((name) => id.startsWith(`${name}/`)) ?? nodes[at % nodes.length]!,
          ...{ delay: 0.5, lasts: isOutage ? outage : usual },
        };
      });
      const outcome = await upgradeThrough(site, inputs, planned);
      const { problems, begun, befallen, errors, runs, acknowledged, lost } = outcome;
      process.stdout.write(
        `faults, moved on by ${shift}: ${befallen.join(", ")}; ${runs} runs, ${acknowledged} rows acknowledged, ${lost} lost\n`,
      );
      for (const error of errors) process.stdout.write(`  ${error.replaceAll("\n", "\n    ")}\n`);
      expect(problems).toEqual([]);
      // A fault may have moved the leadership, and with it what is left to be done: some kind of step may never come.
      const came = ({ kind, nth }: { kind: string; nth: number }) =>
        begun.filter((id) => kindOf(id) === kind).length > nth;
      expect(befallen).toHaveLength(kinds.filter(came).length);
      for (const each of befallen) {
        const [, cut] = /\/upgrade: (\S+): its cable is out$/.exec(each) ?? [];
        if (cut) expect(await startsOn(machines.machine(cut), version)).toEqual({ install: 1, upgrade: 1 });
      }
      addFigures({ faults: befallen.length, rows: acknowledged, lost });
    },
    3_600_000,
  );
});
