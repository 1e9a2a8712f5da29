import type { Run } from "../program";

/** `reindex ORG` or `reindex -a`: only the second one makes the index complete. */
export async function reindex(run: Run, args: readonly string[]): Promise<number> {
  const { sim, frontend } = run;
  const all = args.some((word) => word === "-a" || word === "--all-orgs");
  const named = args.filter((word) => !word.startsWith("-"));
  const extra = args.find((word) => word.startsWith("-") && word !== "-a" && word !== "--all-orgs");
  if (extra !== undefined) return run.fail(1, `invalid option: ${extra}`);
  if (!all && named.length === 0)
    return run.fail(1, "Please specify an organization to reindex or use the --all-orgs flag");
  run.changes();
  await run.sleep(sim.timings.control);
  const wanted = all ? sim.organizations : named;
  run.say(all ? "Reindexing all organizations" : `Reindexing orgs: ${JSON.stringify(wanted)}`);
  if (wanted.length === 0) {
    run.say("No organizations to reindex");
    return 0;
  }
  run.say("- Reindexing.");
  let lost = frontend.switches.reindexFindsNothing;
  for (const organization of wanted) {
    const missing = whatIsMissing(run);
    if (missing) return run.fail(1, `ERROR: ${missing}`);
    run.say(`Removing all index entries for organization '${organization}'...`);
    sim.search.documents.delete(organization);
    run.say(`Sending all data for organization '${organization}' to be indexed again.`);
    await run.sleep(sim.timings.reindex / sim.organizations.length);
    const { reindexFails } = frontend.switches;
    if (reindexFails) return run.fail(reindexFails.code, reindexFails.message);
    if (!indexes(run, organization)) lost = true;
    else if (!frontend.switches.reindexFindsNothing) sim.search.indexed(organization);
  }
  const missing = whatIsMissing(run);
  if (missing) return run.fail(1, `ERROR: ${missing}`);
  if (all && !lost) sim.search.complete = true;
  sim.changed();
  return 0;
}

/** Whether an organization is indexed; one that is not never changes the exit status. */
function indexes(run: Run, organization: string): boolean {
  const { reindexSays, reindexFailsFor } = run.frontend.switches;
  if (reindexSays !== null) {
    run.say(reindexSays);
    return false;
  }
  const known = run.sim.organizations.includes(organization);
  if (known && !reindexFailsFor.includes(organization)) return true;
  if (known)
    run.fail(
      0,
      `Reindexing the organization "${organization}" has failed.
The following objects failed to be reindexed in the last batch:

	node[${organization}-node-1]: {error,timeout}`,
    );
  else run.say(`Could not find an organization named '${organization}'`);
  run.fail(0, `Failed to reindex data for ${organization}!`);
  return false;
}

function whatIsMissing({ sim, frontend }: Run): string | null {
  if (!frontend.serving) return "the services of this Chef Infra Server are not running";
  if (!sim.cluster.led) return "cannot reach PostgreSQL on the Chef Backend cluster";
  if (sim.search.colour === "red") return "cannot reach Elasticsearch on the Chef Backend cluster";
  return sim.search.missing ? "Elasticsearch has no index: run chef-server-ctl reconfigure" : null;
}
