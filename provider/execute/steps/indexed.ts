import { failedOrganizations } from "../../chef/server/reindex";
import { isShortName, lacking, parseOrganizations, type Organization } from "../../chef/server/organizations";
import { listObjects } from "../../commands/chefServerCtl";
import { countByDatabase } from "../../commands/searchData";
import type { RunRecord } from "../../cluster/record";
import { parseDatabases } from "../../observe/system";
import type { Step } from "../../plan/plan";
import { sameHop } from "../../plan/progress";
import { viewOf } from "../../plan/view";
import { fewFailed } from "../../procedures/frontendSteps";
import { short } from "../../values/short";
import { some } from "../../values/some";
import { release } from "../../versions/version";
import { LackingError, StepFailedError } from "../errors";
import type { HeededResult } from "../jobs";
import type { Run } from "../run";

/** Between two looks at the index, in milliseconds, or as long as the last one took: Elasticsearch shows what is new after a while. */
const pause = 2000;

/** Most databases that the run record keeps: of more, some are looked for. */
const remembered = 1000;

/** Most lines, and most organizations, that an error quotes. */
const quoted = 5;

/** Documents by database and kind, as the leader's Elasticsearch has them; null where it does not tell. */
async function databasesOf(run: Run) {
  const { name } = viewOf(run.target, run.state).leader ?? run.spec.nodes[0]!;
  const { facts } = await run.jobs
    .machine(name)
    .read([{ name: "databases", argv: countByDatabase(run.placesOn(name).search) }]);
  return parseDatabases(facts.databases?.stdout ?? "");
}

/** For the record, before anything of the index is touched: what has documents in it. */
export async function rememberIndexed(run: Run): Promise<Partial<RunRecord>> {
  const { record, hop } = run;
  const ours = record && !record.finished && record.hop && sameHop(record.hop, hop);
  if (ours && record.indexed) return {};
  const found = (await databasesOf(run).catch(() => null)) ?? {};
  return { indexed: Object.keys(found).sort().slice(0, remembered) };
}

/** What the server's own database lists; in words why it is not known. Whoever lies behind haproxy there is the leader's. */
async function listedOn(run: Run, node: string): Promise<readonly Organization[] | string> {
  const list = { name: "organizations", argv: listObjects(), slow: true, limit: 300 };
  const { facts } = await run.jobs.machine(node).read([list]);
  const { stdout = "", stderr = "", problem } = facts.organizations ?? {};
  return (
    (facts.organizations && parseOrganizations(facts.organizations)) ??
    `\`chef-server-ctl psql\` on ${node}: ${problem ?? (short(stderr.trim() || stdout.trim()) || "no answer")}`
  );
}

/** What a look at the index shows to be missing; `organizations`: those that certainly are not whole. */
interface Missing {
  readonly seen: string;
  readonly organizations: readonly string[];
}

const silent: Missing = { seen: "the search index does not answer", organizations: [] };

/** What of an organization is missing by the server's own lists; where they cannot be read, what was there before. */
async function missingOf(run: Run, listed: readonly Organization[] | string): Promise<Missing | null> {
  const before = run.record?.indexed ?? [];
  if (typeof listed === "string" && before.length === 0) return null;
  const found = await databasesOf(run);
  if (found === null) return silent;
  if (typeof listed !== "string") {
    const lacks = lacking(listed, found).filter(({ name }) => !accepted(run).includes(name));
    const seen = `the search index lacks objects of ${lacks.length} of ${listed.length} organizations: ${shown(lacks.map((each) => each.seen))}`;
    return lacks.length === 0 ? null : { seen, organizations: lacks.map(({ name }) => name) };
  }
  const empty = before.filter((key) => !found[key]);
  const seen = `a search finds nothing of ${empty.length} of ${before.length} organizations that were in the index before (${shown(empty)})`;
  return empty.length === 0 ? null : { seen, organizations: [] };
}

/** Whether a rebuild that has ended with 0 is seen to have left a whole index, at a first look. */
export async function isWhole(run: Run, node: string, { heeded }: HeededResult): Promise<boolean> {
  return heeded.length === 0 && (await missingOf(run, await listedOn(run, node))) === null;
}

/**
 * `reindex` ends with 0 whatever becomes of an organization: its words tell, and the index, which has to have what the server's
 * database lists. What is known to be empty or partial goes into the record: the next run rebuilds that.
 * @throws StepFailedError where either tells that it is not whole.
 */
export async function mustBeWhole(run: Run, step: Step, { heeded }: HeededResult): Promise<void> {
  const { clock, report } = run.context;
  const begun = clock.now();
  // Where no line names them, any that this attempt has emptied.
  const named = heeded.length === 0 ? [] : (failedOrganizations(heeded) ?? run.record?.failed ?? null);
  const failed = named?.filter((name) => !accepted(run).includes(name)) ?? null;
  for (let first = true; ; first = false) {
    const asked = clock.now();
    // Both anew each time: where clients write, either changes.
    const listed = await listedOn(run, step.node!);
    if (typeof listed === "string" && first)
      report({ type: "note", text: `Whether the search index has every object was not verified: ${listed}` });
    const missing = await missingOf(run, listed);
    if (failed === null || failed.length > 0) {
      const words = shown(heeded, "; ");
      // No line names anybody, and the counts say that nothing is missing: said a second time it is believed.
      if (failed === null && missing === null && typeof listed !== "string")
        throw new LackingError(step, `it printed: ${words}`);
      const byCounts = missing?.organizations.length ? missing.organizations : null;
      const all = failed ? [...new Set([...failed, ...(missing?.organizations ?? [])])] : byCounts;
      throw await incomplete(run, step, `the search index is not complete: ${words}`, all);
    }
    if (missing === null) break;
    const elapsed = (clock.now() - begun) / 1000;
    if (elapsed > run.spec.timeouts.healthy) {
      if (missing === silent) throw new StepFailedError(step, `it ended with 0, but ${silent.seen}`);
      // Organizations may have gone since: whoever cannot be asked for the lists is not kept out for them.
      if (typeof listed === "string") throw new LackingError(step, missing.seen);
      throw await incomplete(run, step, missing.seen, missing.organizations);
    }
    run.waiting(step, missing.seen, elapsed, run.spec.timeouts.healthy);
    await clock.sleep(Math.max(pause, clock.now() - asked));
  }
  if (accepted(run).length > 0)
    report({
      type: "warning",
      text: `acceptPartialIndex: whether the search index has every object of ${some(accepted(run)).join(", ")} was not looked at`,
    });
}

async function incomplete(
  run: Run,
  step: Step,
  seen: string,
  organizations: readonly string[] | null,
): Promise<StepFailedError> {
  // They become words of a command.
  const few =
    organizations?.every((name) => isShortName.test(name)) && organizations.length <= fewFailed
      ? organizations
      : null;
  await run.writeRecord({ failed: few });
  const again = few ? `\`chef-server-ctl reindex ${some(few).join(" ")}\`` : "the whole reindex";
  const scoped = (few ?? []).slice(0, quoted).map((name) => `"${name}@${release(run.hop.to)}"`);
  const given = run.spec.acceptPartialIndex ?? [];
  const names = given.length > 0 ? ` (it has ${shown(given)})` : "";
  const accept = few
    ? `. To open the frontends on what is there, name each of them${names}: \`acceptPartialIndex: [${scoped.join(", ")}${few.length > quoted ? ", …" : ""}]\``
    : "";
  return new StepFailedError(
    step,
    `it ended with 0, but ${seen}. The next \`pulumi up\` runs ${again}${accept}`,
  );
}

/** Organizations of which the program takes a part for this hop. */
function accepted({ spec, hop }: Run): readonly string[] {
  return (spec.acceptPartialIndex ?? [])
    .map((each) => each.split("@") as [name: string, version: string])
    .filter(([, version]) => release(version) === release(hop.to))
    .map(([name]) => name);
}

const shown = (all: readonly string[], between = ", ") =>
  all.slice(0, quoted).join(between) + (all.length > quoted ? `${between}…` : "");
