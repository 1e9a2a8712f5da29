import { startLab } from "../lab";
import { asRatio, heading, inSeconds, line } from "./figures";
import { covered, idealPath, type IdealPath, type TimedCommand } from "./idealPath";
import { Recorder } from "./recorder";
import { from, settingsFor, to } from "./settings";
import { inProviderProcess, type UpgradeTime } from "./tasks";

/** One upgrade, all in milliseconds. */
export interface UpgradeRun {
  readonly wall: number;
  /** Processor time of the provider's process. */
  readonly cpu: number;
  readonly path: IdealPath;
  /** Time in which a command ran on some node, reading or changing, or a node was not yet back for certain. */
  readonly nodesBusy: number;
  /** How often all three nodes' cluster-status was read. */
  readonly readings: number;
  /** From the end of the reading that confirmed a node to the next changing command's start. */
  readonly turnarounds: readonly number[];
  readonly steps: readonly TimedCommand[];
}

/** Upgrades a fresh lab's cluster through the provider's own handler. */
export async function runUpgrade(scale: number, signal: AbortSignal): Promise<UpgradeRun> {
  const lab = await startLab({ version: from, scale, packages: [to] });
  const recorder = new Recorder(lab.sim);
  try {
    const settings = settingsFor(lab, to);
    const { started, ended, cpu } = await inProviderProcess<UpgradeTime>(
      { kind: "upgrade", settings },
      signal,
    );
    const { changing, reads } = recorder;
    const path = idealPath({
      commands: changing,
      restarted: recorder.restarted,
      published: recorder.published,
      statusInterval: lab.timeouts.statusInterval * 1000,
      control: recorder.control,
    });
    return {
      wall: ended - started,
      cpu,
      path,
      nodesBusy: covered([
        ...recorder.commands,
        ...path.waits.map(({ upgraded, certain }) => ({ at: upgraded, ended: certain })),
      ]),
      readings: Math.round(reads.length / lab.backends.length),
      turnarounds: path.waits.flatMap(({ next }) => {
        const known = reads.filter((read) => next !== null && read.ended < next).at(-1);
        return next !== null && known ? [next - known.ended] : [];
      }),
      steps: changing,
    };
  } finally {
    recorder.stop();
    await lab.stop();
  }
}

export function reportUpgrades(runs: readonly UpgradeRun[]): void {
  const ofRuns = (value: (run: UpgradeRun) => number) => runs.map(value);
  const waits = runs.flatMap((run) => run.path.waits);
  const follow = waits.filter((wait) => wait.next !== null);
  const nodeSide = ({ path }: UpgradeRun) => path.commands + path.settling;
  heading("Upgrade of three backends");
  line("wall time", inSeconds(ofRuns((run) => run.wall)));
  line("node-side time: commands, rejoin, settling", inSeconds(ofRuns((run) => run.nodesBusy)));
  line("wall / node-side time", asRatio(ofRuns((run) => run.wall / run.nodesBusy)));
  line("  changing commands alone", inSeconds(ofRuns((run) => run.path.commands)));
  line("  rejoin and settling, until back for certain", inSeconds(ofRuns((run) => run.path.settling)));
  line("  soonest second readings, which confirm it", inSeconds(ofRuns((run) => run.path.confirming)));
  line("  wall / (changing + settling)", asRatio(ofRuns((run) => run.wall / nodeSide(run))));
  line(
    "  wall / (changing + settling + confirming)",
    asRatio(ofRuns((run) => run.wall / (nodeSide(run) + run.path.confirming))),
  );
  line("readings of the whole cluster", ofRuns((run) => run.readings).join(", "));
  line("processor time of the provider", inSeconds(ofRuns((run) => run.cpu)));
  heading("From a node being back to the next step's command");
  line("from back for certain, confirmed", inSeconds(runs.flatMap((run) => run.turnarounds)));
  line(
    "from the soonest possible confirmation",
    inSeconds(follow.map(({ confirmed, next }) => next! - confirmed)),
  );
  line(
    "from the first moment of back for certain",
    inSeconds(follow.map(({ certain, next }) => next! - certain)),
  );
}
