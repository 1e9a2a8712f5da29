import type { Run } from "../program";

/** `reindex ORG` or `reindex -a`: only the second one makes the index complete. */
export async function reindex(run: Run, args: readonly string[]): Promise<number> {
  const { sim, frontend } = run;
  const all = args.some((word) => word === "-a" || word === "--all-orgs");
  const named = args.filter((word) => !word.startsWith("-"));
  const extra = args.find((word) => word.startsWith("-") && word !== "-a" && word !== "--all-orgs");
  if (extra !== undefined || named.length !== (all ? 0 : 1))
    return run.fail(1, "Usage: chef-server-ctl reindex [ORGANIZATION | -a]");
  run.changes();
  await run.sleep(sim.timings.control);
  const unknown = named.find((name) => !sim.organizations.includes(name));
  if (unknown !== undefined) return run.fail(1, `ERROR: there is no organization ${unknown}`);
  const wanted = all ? sim.organizations : named;
  for (const [at, organization] of wanted.entries()) {
    const missing = whatIsMissing(run);
    if (missing) return run.fail(1, `ERROR: ${missing}`);
    run.say(`Reindexing ${organization} (${at + 1} of ${wanted.length})`);
    await run.sleep(sim.timings.reindex / sim.organizations.length);
    const { reindexFails } = frontend.switches;
    if (reindexFails) return run.fail(reindexFails.code, reindexFails.message);
    if (!frontend.switches.reindexFindsNothing) sim.search.documents += 12;
  }
  const missing = whatIsMissing(run);
  if (missing) return run.fail(1, `ERROR: ${missing}`);
  if (all && !frontend.switches.reindexFindsNothing) sim.search.complete = true;
  sim.changed();
  run.say("Reindexing is done.");
  return 0;
}

function whatIsMissing({ sim, frontend }: Run): string | null {
  if (!frontend.serving) return "the services of this Chef Infra Server are not running";
  if (!sim.cluster.led) return "cannot reach PostgreSQL on the Chef Backend cluster";
  if (sim.search.colour === "red") return "cannot reach Elasticsearch on the Chef Backend cluster";
  return sim.search.missing ? "Elasticsearch has no index: run chef-server-ctl reconfigure" : null;
}
