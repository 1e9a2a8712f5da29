/**
 * A process with nothing but the provider in it, as the engine starts one: the lab's servers do not share its
 * event loop. Started by `inProviderProcess`; answers one task.
 */
import { clusterInputs } from "../../provider/inputs/schema";
import { toSpec } from "../../provider/inputs/toSpec";
import { upgrade } from "../../provider/handlers/upgrade";
import { observeCluster } from "../../provider/observe/observeCluster";
import { handlerContext } from "../../provider/pulumi/handlerContext";
import type { ProbeTimes, Task, UpgradeTime } from "./tasks";

const now = () => performance.timeOrigin + performance.now();

async function timeUpgrade(settings: unknown): Promise<UpgradeTime> {
  const inputs = clusterInputs.parse(settings);
  const before = process.cpuUsage();
  const started = now();
  // Silent: what it says would go to the terminal.
  await upgrade(null, {}, inputs, { ...handlerContext(undefined), report: () => {} });
  const ended = now();
  const { user, system } = process.cpuUsage(before);
  return { started, ended, cpu: (user + system) / 1000 };
}

async function timeProbes(settings: unknown, times: number): Promise<ProbeTimes> {
  const inputs = clusterInputs.parse(settings);
  const { clock, connect } = handlerContext(undefined);
  const spec = toSpec(inputs, null);
  const result = { first: [], again: [], status: [], statusCpu: [], full: [], fullCpu: [] } as Record<
    keyof ProbeTimes,
    number[]
  >;
  // The first round is not counted: the program is compiled while it runs.
  for (let round = 0; round <= times; round++) {
    const machines = connect(inputs, true);
    const timed = async <T>(into: keyof ProbeTimes, work: () => Promise<T>, cpuInto?: keyof ProbeTimes) => {
      const [begun, before] = [clock.now(), process.cpuUsage()];
      const value = await work();
      const { user, system } = process.cpuUsage(before);
      if (round > 0) result[into].push(clock.now() - begun);
      if (round > 0 && cpuInto) result[cpuInto].push((user + system) / 1000);
      return value;
    };
    const readOwn = () => Promise.all(machines.map((machine) => machine.read([])));
    try {
      await timed("first", readOwn);
      await timed("again", readOwn);
      const before = await timed("full", () => observeCluster(spec, machines, clock, "full"), "fullCpu");
      await timed("status", () => observeCluster(spec, machines, clock, "status", before), "statusCpu");
    } finally {
      await Promise.all(machines.map((machine) => machine.close()));
    }
  }
  return result;
}

process.once("message", (task: Task) => {
  const work = task.kind === "upgrade" ? timeUpgrade(task.settings) : timeProbes(task.settings, task.times);
  work.then(
    (result) => process.send!({ result }, () => process.disconnect()),
    (error: Error) => process.send!({ error: error.message }, () => process.disconnect()),
  );
});
