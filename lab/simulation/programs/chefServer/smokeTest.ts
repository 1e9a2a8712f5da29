import { frontendStatus } from "../../frontendStatus";
import type { Run } from "../program";

/** `test`: the examples of oc-chef-pedant that are marked as smoke, in an organization of their own; 1 if one fails. */
export async function smokeTest(run: Run): Promise<number> {
  const { sim, frontend } = run;
  run.changes();
  await run.sleep(sim.timings.smokeTest);
  const { smokeTestFails } = frontend.switches;
  // It asks /_status, too (oc-chef-pedant, spec/api/status_spec.rb).
  const well = frontend.serving && frontendStatus(sim, frontend.name).code === 200;
  const failed = smokeTestFails ?? (well ? null : "GET /_status should respond with valid health data");
  if (failed !== null)
    run.say(
      `Failures:\n\n  1) Testing the Chef Server API ${failed}\n     Failure/Error: expected 200, got 500\n`,
    );
  run.say("Finished in 51.44 seconds (files took 3.54 seconds to load)");
  run.say(`172 examples, ${failed === null ? "0 failures" : "1 failure"}, 2 pending`);
  return failed === null ? 0 : 1;
}
