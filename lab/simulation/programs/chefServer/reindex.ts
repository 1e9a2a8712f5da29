import { isSince } from "../../version";
import type { Run } from "../program";

/** What has been indexed of an organization by the time that it fails. */
const part = { node: 3 };

const flags = ["-a", "--all-orgs", "-t", "--with-timing"];

/**
 * `reindex ORG…` or `reindex -a`. Each organization is emptied before it is indexed, and whatever becomes of it changes the exit
 * status never (chef-server, plugins/reindex.rb and reindex-opc-organization).
 */
export async function reindex(run: Run, args: readonly string[]): Promise<number> {
  const { sim, frontend } = run;
  const all = args.some((word) => word === "-a" || word === "--all-orgs");
  const named = args.filter((word) => !word.startsWith("-"));
  const extra = args.find((word) => word.startsWith("-") && !flags.includes(word));
  if (extra !== undefined) return run.fail(1, `invalid option: ${extra}`);
  if (!all && named.length === 0)
    return run.fail(1, "Please specify an organization to reindex or use the --all-orgs flag");
  run.changes();
  await run.sleep(sim.timings.control);
  const missing = whatIsMissing(run);
  if (missing) return run.fail(1, `ERROR: ${missing}`);
  const wanted = all ? sim.organizations : named;
  run.say(all ? "Reindexing all organizations" : `Reindexing orgs: ${JSON.stringify(wanted)}`);
  if (wanted.length === 0) {
    run.say("No organizations to reindex");
    return 0;
  }
  if (isSince(frontend.installed, "15.0.0"))
    run.say(
      "OpenSearch data path does not exist, so skipping the disk space verification: /var/opt/opscode/opensearch/data",
    );
  run.say(isSince(frontend.installed, "14.0.0") ? "- Reindexing." : "- Enqueueing data for indexing.");
  for (const organization of wanted) {
    await indexOne(run, organization);
    const { reindexFails } = frontend.switches;
    if (reindexFails) return run.fail(reindexFails.code, reindexFails.message);
  }
  return 0;
}

/** What the script does that is called for each organization. */
async function indexOne(run: Run, organization: string): Promise<void> {
  const { sim, frontend } = run;
  const { reindexFails, reindexSays, reindexFailsFor, reindexFindsNothing, reindexLosesOf } =
    frontend.switches;
  const { search } = sim;
  const isLate = reindexSays !== null && reindexSays.includes("Caught");
  if (reindexSays !== null && !isLate) return run.say(reindexSays);
  if (!sim.organizations.includes(organization)) {
    run.say(`Could not find an organization named '${organization}'`);
    return failed(run, organization);
  }
  run.say(`Removing all index entries for organization '${organization}'...`);
  search.documents.delete(organization);
  search.complete = false;
  sim.changed();
  if (isLate) return run.say(reindexSays);
  run.say(
    `Sending all data for organization '${organization}' to be indexed again.  It may take some time before everything is available via search.`,
  );
  await run.sleep(sim.timings.reindex / sim.organizations.length);
  if (reindexFails) return;
  const lost = whatIsMissing(run) !== null;
  if (lost || reindexFailsFor.includes(organization)) {
    if (!lost) search.indexed(organization, part);
    run.fail(
      0,
      `Reindexing the organization "${organization}" has failed.
The following objects failed to be reindexed in the last batch:

	node[${organization}-node-1]: {error,timeout}`,
    );
    return failed(run, organization);
  }
  if (reindexFindsNothing) return;
  search.indexed(organization, reindexLosesOf.includes(organization) ? part : undefined);
  search.complete = sim.organizations.every((each) => search.isWhole(each));
  sim.changed();
}

/** Its words changed as the queue before the index went. */
function failed(run: Run, organization: string): void {
  run.sim.search.failedAt.push(run.sim.clock.now());
  const word = isSince(run.frontend.installed, "14.0.0") ? "reindex" : "enqueue";
  run.fail(0, `Failed to ${word} data for ${organization}!`);
}

function whatIsMissing({ sim, frontend }: Run): string | null {
  if (!frontend.serving) return "the services of this Chef Infra Server are not running";
  if (!sim.cluster.led) return "cannot reach PostgreSQL on the Chef Backend cluster";
  if (sim.search.colour === "red") return "cannot reach Elasticsearch on the Chef Backend cluster";
  return sim.search.missing ? "Elasticsearch has no index: run chef-server-ctl reconfigure" : null;
}
