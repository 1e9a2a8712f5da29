import type { Timings } from "../../lab/simulation/timings";
import type { UpgradeResult } from "../../provider/execute/upgradeCluster";
import type { Step, StepKind } from "../../provider/plan/plan";
import { type Client, names, Rehearsal } from "../support/rehearsal";
import * as check from "./checks";
import { blame } from "../support/labLog";
import { sampled } from "../support/sample";

/** One way in which a step fails: arranged when the step begins, taken back before the next run. */
interface Fault {
  readonly name: string;
  /** @returns what mends it. */
  readonly arrange: (r: Rehearsal, step: Step, client: Client) => () => void;
  /** What the error must tell besides the step. */
  readonly says: readonly RegExp[];
  /** The fault passes by itself: the run need not fail. */
  readonly mayPass?: boolean;
  readonly only?: "deb" | "rpm";
  readonly timings?: Partial<Timings>;
  /** The fault is itself what the simulation's recorder calls a risky stop. */
  readonly risky?: boolean;
}

type Switches = ReturnType<Rehearsal["sim"]["switches"]>;

const onNode =
  (change: Partial<Switches>) =>
  (r: Rehearsal, step: Step): (() => void) => {
    const switches = r.sim.switches(step.node!);
    const before = Object.fromEntries(
      Object.keys(change).map((key) => [key, switches[key as keyof Switches]]),
    );
    Object.assign(switches, change);
    return () => void Object.assign(switches, before);
  };

const everywhere =
  (change: Partial<Switches>) =>
  (r: Rehearsal, step: Step): (() => void) => {
    const undo = names.map((node) => onNode(change)(r, { ...step, node }));
    return () => undo.forEach((each) => each());
  };

/** Kills the job of the step's node so many seconds after it began. */
const killed = (seconds: number) => (r: Rehearsal, step: Step) => {
  r.clock.setTimer(seconds * 1000, () => r.node(step.node!).jobs.at(-1)!.kill.abort());
  return () => undefined;
};

const reboot = (seconds: number) => (r: Rehearsal, step: Step) => {
  r.clock.setTimer(seconds * 1000, () => r.sim.reboot(step.node!));
  return () => undefined;
};

const cutOff: Fault = {
  name: "the step's node is out of our reach for good",
  arrange: (_r, step, client) => {
    client.state.unreachable.add(step.node ?? "backend-3");
    return () => client.state.unreachable.clear();
  },
  says: [/no connection|is not reachable/],
  mayPass: true,
};

const yellow: Fault = {
  name: "Elasticsearch stays yellow",
  // Published at once: the step's two readings must see it.
  timings: { statusInternalUpdateInterval: 0.1, statusPostUpdateInterval: 0.1 },
  arrange: (r) => {
    r.sim.elasticsearchYellow(Infinity);
    return () => r.sim.elasticsearchGreen();
  },
  says: [/after 900 s/, /elasticsearch state: yellow/],
};

const installs: Fault[] = [
  {
    name: "the package manager fails",
    arrange: onNode({ installFails: { code: 1, message: "disk quota exceeded" } }),
    says: [/ended with 1/, /disk quota exceeded/, /has 2\.1\.0-1/],
  },
  {
    name: "the lock is taken by another",
    arrange: onNode({ packageLock: { pid: 4711, program: "apt-get" } }),
    says: [/ended with 2/, /process with pid 4711/],
    only: "deb",
  },
  {
    name: "the maintainer script fails",
    arrange: onNode({ maintainerScript: "fail" }),
    says: [/ended with 1/, /half-configured/, /returned error exit status 1/],
    only: "deb",
  },
  { name: "killed while unpacking", arrange: killed(5), says: [/was killed/], only: "deb" },
  { name: "killed while configuring", arrange: killed(14), says: [/was killed/], only: "deb" },
  { name: "killed before both versions are in", arrange: killed(3), says: [/was killed/], only: "rpm" },
  { name: "the node reboots", arrange: reboot(3), says: [/was killed or lost with the node/] },
];

const upgrades: Fault[] = [
  {
    name: "it fails before it restarts anything",
    arrange: onNode({ upgradeFails: { code: 3, message: "cannot read secrets" } }),
    says: [/ended with 3/, /cannot read secrets/],
  },
  {
    name: "it fails after the restart",
    arrange: onNode({ upgradeFails: { code: 4, message: "cannot migrate", afterRestart: true } }),
    says: [/ended with 4/, /cannot migrate/, /Restarting:/],
  },
  {
    name: "the node never rejoins",
    arrange: onNode({ rejoinFails: "waiting_for_leader" }),
    says: [/ended with 1/, /has not rejoined/, /The cluster: .*waiting/],
  },
  {
    name: "it hangs before the restart",
    arrange: onNode({ upgradeHangs: "before-restart" }),
    says: [/still runs after 1800 s/, /left alone/],
  },
  {
    name: "it hangs after the restart",
    arrange: onNode({ upgradeHangs: "after-restart" }),
    says: [/still runs after 1800 s/, /left alone/, /Restarting:/],
  },
  { name: "killed early", arrange: killed(0.5), says: [/was killed/] },
  { name: "killed while services are down", arrange: killed(17), says: [/was killed/] },
  { name: "the node reboots", arrange: reboot(20), says: [/was killed or lost with the node/] },
];

const failovers: Fault[] = [
  {
    name: "the command fails everywhere",
    arrange: everywhere({ controlFails: "ERROR: no etcd" }),
    says: [/ended with 1/, /ERROR: no etcd/],
  },
];

/** Of the kinds of steps that a rolling update has. */
const faults: Partial<Record<StepKind, readonly Fault[]>> = {
  stage: [],
  "failover-off": failovers,
  install: installs,
  "finish-install": [],
  upgrade: upgrades,
  "upgrade-with-failover": upgrades,
  rejoin: [
    {
      ...yellow,
      says: [/has not rejoined after 900 s/, /elasticsearch state: yellow/],
    },
    {
      name: "the node goes down",
      risky: true,
      arrange: (r, step) => {
        r.sim.nodeDown(step.node!);
        return () => r.sim.nodeUp(step.node!);
      },
      says: [/has not rejoined after 900 s/, /is not reachable/],
    },
  ],
  "failover-on-for-leader": failovers,
  "failover-on": failovers,
  verify: [yellow],
};

describe.each(["deb", "rpm"] as const)("%s", (platform) => {
  test("each step that fails leaves the cluster safe, says so, and is done by the next run", async () => {
    const steps = await check.planOf(new Rehearsal({ platform }));
    expect(steps.map((step) => step.kind)).toEqual(expect.arrayContaining(["install", "upgrade", "verify"]));
    const found: Record<string, string[]> = {};
    expect(steps.filter((step) => faults[step.kind] === undefined)).toEqual([]);
    const all = [...steps.entries()].flatMap(([index, step]) =>
      [...faults[step.kind]!, cutOff]
        .filter(({ only = platform }) => only === platform)
        .map((fault) => ({ index, step, fault })),
    );
    expect(all.length).toBeGreaterThan(50);
    for (const { index, step, fault } of sampled(all, platform === "deb" ? 0 : 1)) {
      const r = new Rehearsal({ platform, timings: fault.timings });
      const problems = await failAndMend(r, step, index, fault);
      if (blame(r, problems)) found[`${index} ${step.id}: ${fault.name}`] = problems;
    }
    expect(found).toEqual({});
  });
});

test("the leader's install kills nothing else: the last lines are the last lines", async () => {
  const r = new Rehearsal();
  const long = Array.from({ length: 40 }, (_, at) => `line ${at}`).join("\n");
  r.sim.switches("backend-2").upgradeFails = { code: 9, message: long };
  const text = check.textOf(await r.up());
  expect(text).toContain("line 39");
  expect(text).not.toContain("line 3\n");
});

/** @returns everything that was not as promised. */
async function failAndMend(r: Rehearsal, step: Step, index: number, fault: Fault): Promise<string[]> {
  const client = r.client();
  let mend: () => void = () => undefined;
  let before = 0;
  check.atStep(r, index, () => {
    before = r.jobs.length;
    mend = fault.arrange(r, step, client);
  });
  const first = await r.up({}, client);
  r.onEvent = undefined;
  const problems = first.failure
    ? afterFailure(r, first, step, fault, before)
    : fault.mayPass
      ? []
      : ["it did not fail"];
  mend();
  // Whatever rebooted or was restarted has the time to come back.
  await r.clock.advance(400_000);
  const second = await r.up();
  return [
    ...problems,
    ...check.problemsAtTheEnd(r, second).map((each) => `at the end: ${each}`),
    ...check.repeatedWork(r),
    ...check.orderProblems(r),
    ...(r.sim.maxOut > 1 ? [`${r.sim.maxOut} were out at once`] : []),
    ...(fault.risky ? [] : r.sim.riskyStops).map((stop) => `risky stop of ${stop.node}: ${stop.why}`),
  ];
}

function afterFailure(
  r: Rehearsal,
  result: UpgradeResult,
  step: Step,
  fault: Fault,
  before: number,
): string[] {
  const text = check.textOf(result);
  // Where no command works nobody knows: saying OFF is right then.
  const unknown = names.every((name) => r.sim.switches(name).controlFails !== null);
  // Nor what the guard of a node has done that is out of our reach.
  const problems =
    unknown && check.saysOff(result) ? [] : check.failoverProblems(r, result, fault !== cutOff);
  const expected = [
    ...(fault === cutOff ? [] : [new RegExp(step.id)]),
    ...(step.node && fault !== cutOff ? [new RegExp(step.node)] : []),
    ...fault.says,
    /Installed now: backend-1 \S+, backend-2 \S+, backend-3 \S+\./,
    /The cluster(:| is healthy)/,
    /[Tt]he next `pulumi up` /,
    check.saysOff(result) ? /^FAILOVER IS OFF \(.*set-cluster-failover on/ : /Failover is on\./,
  ];
  for (const each of expected) if (!each.test(text)) problems.push(`the text lacks ${each}: ${text}`);
  const others = r.jobs
    .slice(before)
    .filter((job) => check.isWork(job) && job.node !== step.node && step.node !== null);
  if (others.length > 0)
    problems.push(`${others.map((job) => `${job.node} ${job.kind}`).join()} came after it`);
  if (r.nodes.some((node) => node.lock && r.sim.machine(node.name).up) && fault !== cutOff)
    problems.push("the lock is still held");
  return problems;
}
