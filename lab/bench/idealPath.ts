/** A command that ran on a node. Times in milliseconds of one clock. */
export interface TimedCommand {
  readonly node: string;
  readonly argv: readonly string[];
  readonly at: number;
  readonly ended: number;
}

/** From when on what the nodes publish about each other was healthy, or was not. */
export interface PublishedView {
  readonly at: number;
  readonly healthy: boolean;
}

export interface PathInput {
  /** Every changing command of the upgrade, in the order in which they started. */
  readonly commands: readonly TimedCommand[];
  /** By node: when its youngest service had started at the end of that node's `upgrade`. */
  readonly restarted: Readonly<Record<string, number>>;
  /** Changes of the published view, the first one before the first command. */
  readonly published: readonly PublishedView[];
  /** How old a published view can be. */
  readonly statusInterval: number;
  /** What one control command that only reads takes on a node. */
  readonly control: number;
}

/** The wait after one node's `upgrade`. */
export interface Settling {
  readonly node: string;
  /** The end of `upgrade`. */
  readonly upgraded: number;
  /** From here on a reading could certainly describe the time after the restart, and was healthy. */
  readonly certain: number;
  /** The earliest end of a second reading that confirms it. */
  readonly confirmed: number;
  /** The next changing command's start; null after the last one. */
  readonly next: number | null;
}

export interface IdealPath {
  /** Changing commands' own time. */
  readonly commands: number;
  /** From each `upgrade`'s end until its node was back for certain. */
  readonly settling: number;
  /** From there until a second reading can confirm it. */
  readonly confirming: number;
  readonly waits: readonly Settling[];
}

/**
 * What an upgrade takes on the nodes, if nobody between them loses any time: every changing command one after
 * another, and after each `upgrade` the time until that node is back for certain and confirmed (promise 1).
 * @throws Error when a node never came back.
 */
export function idealPath(input: PathInput): IdealPath {
  const { commands, control } = input;
  const waits = commands.flatMap((command, index): Settling[] => {
    if (!isUpgrade(command)) return [];
    const certain = backForCertain(command, input);
    // The first reading ends at the earliest just then. The second starts no sooner than twice the first one's
    // duration after its start, which is one duration after its end, and lasts as long.
    const confirmed = certain + 2 * control;
    const next = commands[index + 1]?.at ?? null;
    return [{ node: command.node, upgraded: command.ended, certain, confirmed, next }];
  });
  return {
    commands: sum(commands.map(({ at, ended }) => ended - at)),
    settling: sum(waits.map(({ upgraded, certain }) => certain - upgraded)),
    confirming: sum(waits.map(({ certain, confirmed }) => confirmed - certain)),
    waits,
  };
}

function isUpgrade({ argv }: TimedCommand): boolean {
  return argv[0] === "chef-backend-ctl" && argv[1] === "upgrade";
}

/** The first moment after `upgrade` at which a healthy reading is no longer one from before the restart. */
function backForCertain(command: TimedCommand, input: PathInput): number {
  const { published, statusInterval } = input;
  const restarted = input.restarted[command.node] ?? command.ended;
  for (const [index, view] of published.entries()) {
    const until = published[index + 1]?.at ?? Infinity;
    if (!view.healthy || until <= command.ended) continue;
    const seenGone = published.some(
      (other, at) => !other.healthy && at < index && (published[at + 1]?.at ?? Infinity) > restarted,
    );
    const from = Math.max(view.at, command.ended, seenGone ? 0 : restarted + statusInterval);
    if (from < until) return from;
  }
  throw new Error(`${command.node} was never seen back after its upgrade`);
}

/** Milliseconds during which at least one of the spans lasted. */
export function covered(spans: readonly { readonly at: number; readonly ended: number }[]): number {
  let total = 0;
  let until = -Infinity;
  for (const { at, ended } of [...spans].sort((a, b) => a.at - b.at)) {
    total += Math.max(0, ended - Math.max(at, until));
    until = Math.max(until, ended);
  }
  return total;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
