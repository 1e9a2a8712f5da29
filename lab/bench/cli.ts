import { availableParallelism, cpus, platform, release } from "node:os";
import { parseArgs } from "node:util";
import { timeProbes, reportProbes } from "./probeBench";
import { reportPulumi, timePulumi } from "./pulumiBench";
import { reportUpgrades, runUpgrade, type UpgradeRun } from "./upgradeBench";

const usage = `Usage: npm run bench -- [--quick] [--scale N] [--upgrades N] [--rounds N]

Measures on the embedded lab: real SSH servers and shells in front of a simulated cluster.
  --scale N     the lab's seconds are real ones divided by N (default 4)
  --upgrades N  upgrades to measure (default 2)
  --rounds N    rounds of pulumi commands, and of readings (default 5)
  --quick       a look in a minute: --scale 20 --upgrades 1 --rounds 2
`;

/** Aborted by Ctrl-C: what runs is ended, the lab with it. */
const stop = new AbortController();

async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      scale: { type: "string" },
      upgrades: { type: "string" },
      rounds: { type: "string" },
      quick: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return void process.stdout.write(usage);
  const defaults = values.quick
    ? { scale: 20, upgrades: 1, rounds: 2 }
    : { scale: 4, upgrades: 2, rounds: 5 };
  const scale = amount("--scale", values.scale, defaults.scale);
  const upgrades = amount("--upgrades", values.upgrades, defaults.upgrades);
  const rounds = amount("--rounds", values.rounds, defaults.rounds);

  console.log(
    `Node ${process.version}, ${platform()} ${release()}, ${availableParallelism()} processors (${cpus()[0]?.model.trim() ?? "unknown"})`,
  );
  console.log(`The lab's seconds are real ones divided by ${scale}. Medians, with the least and the most.`);
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(name, () => stop.abort());
  const runs: UpgradeRun[] = [];
  for (let round = 1; round <= upgrades; round++) {
    progress(`upgrade ${round} of ${upgrades}`);
    runs.push(await runUpgrade(scale, stop.signal));
  }
  reportUpgrades(runs);
  progress("readings");
  reportProbes(await timeProbes(Math.max(rounds, 5), stop.signal));
  progress(`${rounds} rounds of pulumi commands`);
  reportPulumi(await timePulumi(scale, rounds, stop.signal));
}

function amount(name: string, given: string | undefined, otherwise: number): number {
  const number = given === undefined ? otherwise : Number(given);
  if (!(number > 0)) throw new Error(`${name} is a number above 0, not ${given}`);
  return number;
}

function progress(what: string): void {
  process.stderr.write(`... ${what}\n`);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.exitCode = 1;
  if (stop.signal.aborted) return;
  process.stderr.write(`bench: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
});
