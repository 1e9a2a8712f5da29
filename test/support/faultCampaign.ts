import type { VirtualClock } from "../../lab/simulation/virtualClock";
import type { RunEvent } from "../../provider/report/events";
import { type Blow, type BlowName, blows } from "./blows";
import { untilDone } from "./honestRuns";
import { blame } from "./labLog";
import type { ClientState } from "./memoryMachine";
import type { MemoryNode } from "./memoryNode";
import { sampled } from "./sample";

/** A run that lasts longer than this, in virtual time, waits for something that has no limit. */
const longest = 12 * 3600_000;

export interface CampaignRig {
  readonly clock: VirtualClock;
  onEvent?: (event: RunEvent) => void;
  readonly sim: Parameters<typeof blame>[0]["sim"];
  readonly events: RunEvent[];
}

export interface CampaignClient {
  readonly state: ClientState;
  /** Where its clock stands still meanwhile, too. */
  fallAsleep?(): () => void;
  kill(): void;
}

/** A procedure that is struck, on a rig in memory. */
export interface Campaign<R extends CampaignRig, T extends { readonly failure: unknown }> {
  readonly build: () => R | Promise<R>;
  /** All machines, the backends first. */
  readonly nodes: (rig: R) => readonly MemoryNode[];
  readonly client: (rig: R) => CampaignClient;
  readonly up: (rig: R, client: CampaignClient) => Promise<T>;
  readonly text: (result: T) => string;
  /** What is not true of a run that says that it has ended well. */
  readonly untrue: (rig: R, result: T) => string[];
  /** What a run that has failed does not say, or has left as it must not. */
  readonly unsaid: (rig: R, result: T) => string[];
}

/** A step as a run without faults takes it. */
interface Taken {
  readonly step: string;
  readonly node: string | null;
}

/**
 * Each step of a procedure is struck in turn by each blow, on its own machine and on another one; the runs after it are honest.
 * The steps are those of a run that nothing strikes, so that a new one is covered by itself.
 */
export function strikeEveryStep<R extends CampaignRig, T extends { readonly failure: unknown }>(
  name: string,
  campaign: Campaign<R, T>,
  from: number,
): void {
  describe(name, () => {
    let steps: readonly Taken[] = [];
    beforeAll(async () => {
      const rig = await campaign.build();
      const seen = eachStep(rig);
      const result = await campaign.up(rig, campaign.client(rig));
      expect(campaign.untrue(rig, result)).toEqual([]);
      steps = seen;
    });

    test.each(Object.keys(blows) as BlowName[])("%s: never a broken promise", async (blow) => {
      const found: Record<string, string[]> = {};
      expect(steps.length).toBeGreaterThan(2);
      const all = [...steps.entries()].flatMap(([at, step]) =>
        [true, false].map((own) => ({ at, step, own })),
      );
      for (const { at, step, own } of sampled(all, from * 3 + Object.keys(blows).indexOf(blow), 5)) {
        const problems = await strikeOnce(campaign, at, own, blows[blow]);
        if (problems.length > 0) found[`${at} ${step.step}, ${own ? "its machine" : "another"}`] = problems;
      }
      expect(found).toEqual({});
    });
  });
}

/** The steps as they begin, from now on. */
function eachStep(rig: CampaignRig, then: (at: number, step: Taken) => void = () => {}): Taken[] {
  const seen: Taken[] = [];
  rig.onEvent = (event) => {
    if (event.type !== "step-started") return;
    const step = { step: event.step, node: event.node };
    then(seen.push(step) - 1, step);
  };
  return seen;
}

async function strikeOnce<R extends CampaignRig, T extends { readonly failure: unknown }>(
  campaign: Campaign<R, T>,
  at: number,
  own: boolean,
  blow: Blow,
): Promise<string[]> {
  const rig = await campaign.build();
  const nodes = campaign.nodes(rig);
  const client = campaign.client(rig);
  const problems: string[] = [];
  let mend: () => void = () => problems.push("nothing was struck");
  eachStep(rig, (index, { node }) => {
    if (index !== at) return;
    const struck = nodes.findIndex(({ name }) => name === (node ?? nodes[0]!.name));
    const target = nodes[own ? struck : (struck + 1) % nodes.length]!;
    mend = blow({ clock: rig.clock, nodes, node: target, client });
  });
  /** One run; null when it was killed. */
  const run = async (by: CampaignClient): Promise<T | null> => {
    const begun = rig.clock.now();
    const result = await campaign.up(rig, by).catch((error: Error) => {
      if (error.message !== "killed") problems.push(`thrown: ${error.stack}`);
      return null;
    });
    if (rig.clock.now() - begun > longest) problems.push(`it took ${(rig.clock.now() - begun) / 3600_000} h`);
    return result;
  };
  const first = await run(client);
  rig.onEvent = undefined;
  const last = await untilDone(first, problems, {
    ...{ clock: rig.clock, text: campaign.text },
    up: () => run(campaign.client(rig)),
    unsaid: (result) => campaign.unsaid(rig, result),
    between: () => {
      mend();
      return [];
    },
  });
  mend();
  if (last?.failure === null) problems.push(...campaign.untrue(rig, last));
  blame(rig, problems);
  return problems;
}
