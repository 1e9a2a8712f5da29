import type { Step } from "../../plan/plan";
import { short } from "../../values/short";
import { StepFailedError, StoppedError } from "../errors";
import type { Run } from "../run";
import type { Performers } from "./performers";

export const draining: Performers = {
  "drain-frontend": async (run, step) => {
    const { command, wait } = run.spec.frontends!.drain!;
    if (command !== null) {
      await run.journal.begun(step.id);
      await onThisMachine(run, step, "command");
    }
    await pause(run, step, wait, command === null ? "time to drain it by hand" : "requests in flight end");
    run.drained.add(step.node!);
  },

  "undrain-frontend": undrain,
};

/** Puts a frontend back into the load balancer. @throws StepFailedError where that fails: it stays owed. */
export async function undrain(run: Run, step: Step): Promise<void> {
  await onThisMachine(run, step, "undo");
  run.drained.delete(step.node!);
  const drain = `${step.node}/drain`;
  await run.journal.write(({ begun }) => ({ begun: begun.filter((id) => id !== drain) }));
}

/** No job on a machine could be claimed for it: that the lock is ours is confirmed just before. */
async function onThisMachine(run: Run, step: Step, which: "command" | "undo"): Promise<void> {
  const { drain, nodes } = run.spec.frontends!;
  const { name, host } = nodes.find((each) => each.name === step.node)!;
  await run.lock.confirm();
  run.jobs.touched = true;
  const env = { FRONTEND: name, FRONTEND_HOST: host };
  const { code, output } = await run.context.runHere(drain![which]!, env, step.timeout);
  if (code === 0) return;
  const said = output.trim() === "" ? "it printed nothing" : `it printed: ${short(output.slice(-400), 400)}`;
  throw new StepFailedError(
    step,
    `\`frontends.drain.${which}\` ended with ${code} for ${name}; ${said}. Fix it, or what it talks to, then run \`pulumi up\``,
  );
}

/** @param what it is waited for */
async function pause(run: Run, step: Step, seconds: number, what: string): Promise<void> {
  const { clock, signal } = run.context;
  const until = clock.now() + seconds * 1000;
  for (let left = seconds; left > 0; left = (until - clock.now()) / 1000) {
    if (signal?.aborted) throw new StoppedError();
    run.waiting(step, what, seconds - left, seconds);
    await clock.sleep(Math.min(left, 1) * 1000);
  }
}
