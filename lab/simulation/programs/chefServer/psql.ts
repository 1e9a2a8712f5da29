import { guidOf, objects } from "../../cluster/search";
import type { Run } from "../program";

/** `psql opscode_chef --options …`, as far as it counts the objects of each organization: through haproxy, as all do. */
export async function psql(run: Run, [database, option, words = ""]: readonly string[]): Promise<number> {
  const { sim, frontend } = run;
  await run.sleep(sim.timings.control);
  if (database !== "opscode_chef" || option !== "--options" || !/ FROM orgs\b/.test(words))
    return run.fail(1, `[ERROR] ${database} does not appear to be a valid service name.`);
  if (!frontend.serving || !sim.cluster.led)
    return run.fail(2, "psql: could not connect to server: Connection refused");
  const asked = { ...objects, environment: objects.environment - Number(words.includes("<> '_default'")) };
  for (const name of sim.organizations) run.say([guidOf(name), name, ...Object.values(asked)].join("|"));
  return 0;
}
