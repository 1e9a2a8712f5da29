import { availableParallelism, cpus, loadavg, platform, release } from "node:os";
import { parseArgs } from "node:util";
import { asRatio, heading, inSeconds, line } from "../../../lab/bench/figures";
import { whyNoMachines } from "../lab/requirements";
import { byHand, byPulumi, type Upgrade } from "./upgrades";

const usage = `Usage: npm run bench -- machines [--rounds N]

Measures on the machines of test/machines: three backends from 2.1.0 to 2.3.16, by hand and by \`pulumi up\` in turn.
  --rounds N  upgrades of each kind (default 5)
`;

async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { rounds: { type: "string", default: "5" }, help: { type: "boolean", default: false } },
  });
  if (values.help) return void process.stdout.write(usage);
  const count = Number(values.rounds);
  if (!(count >= 1)) throw new Error(`--rounds is a number from 1 on, not ${values.rounds}`);
  const why = whyNoMachines();
  if (why !== null) throw new Error(why);
  console.log(
    `Node ${process.version}, ${platform()} ${release()}, ${availableParallelism()} processors (${cpus()[0]?.model.trim() ?? "unknown"})`,
  );
  const rounds: Round[] = [];
  try {
    while (rounds.length < count) {
      // Who comes first has no machine that is warm already.
      const [hand, pulumi] =
        rounds.length % 2 === 0
          ? [await byHand(), await byPulumi()]
          : [await byPulumi(), await byHand()].toReversed();
      rounds.push({ hand: hand!, pulumi: pulumi! });
      const [its, ours] = [hand!, pulumi!].map(({ wall }) => (wall / 1000).toFixed(1));
      process.stderr.write(
        `... round ${rounds.length}: by hand ${its} s, pulumi up ${ours} s, load ${load()}\n`,
      );
    }
  } finally {
    if (rounds.length > 0) report(rounds);
  }
}

/** One upgrade after another, each on machines of its own. */
interface Round {
  readonly hand: Upgrade;
  readonly pulumi: Upgrade;
}

function report(rounds: readonly Round[]): void {
  const hand = rounds.map((round) => round.hand);
  const pulumi = rounds.map((round) => round.pulumi);
  const ratio = (times: readonly number[]) => asRatio(times.map((time, at) => time / hand[at]!.wall));
  const [wall, run] = [pulumi.map((each) => each.wall), pulumi.map((each) => each.run)];
  heading(`Upgrade of three backends (load ${load()})`);
  line("by hand", inSeconds(hand.map((each) => each.wall)));
  line("pulumi up", inSeconds(wall));
  line("the run in it", inSeconds(run));
  line("pulumi up / by hand", ratio(wall));
  line("the run in it / by hand", ratio(run));
  byPart("By hand", hand);
  byPart("The run in `pulumi up`", pulumi);
}

function byPart(who: string, upgrades: readonly Upgrade[]): void {
  heading(`${who}, by part`);
  for (const part of Object.keys(upgrades[0]!.parts))
    line(part, inSeconds(upgrades.map(({ parts }) => parts[part] ?? 0)));
  const rest = ({ run, parts }: Upgrade) => run - Object.values(parts).reduce((a, b) => a + b, 0);
  line("between these", inSeconds(upgrades.map(rest)));
}

/** Of all that runs here, over the last minute. */
function load(): string {
  return loadavg()[0]!.toFixed(1);
}

// The terminal interrupts what we have started, too: its error ends the run, and what is up is taken down.
process.on("SIGINT", () => {});
main(process.argv.slice(2)).catch((error: Error) => {
  process.exitCode = 1;
  process.stderr.write(`bench: ${error.message}\n`);
});
