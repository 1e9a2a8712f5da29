import { countByDatabase } from "../../commands/searchData";
import type { RunRecord } from "../../cluster/record";
import { parseDatabases } from "../../observe/system";
import type { Step } from "../../plan/plan";
import { sameHop } from "../../plan/progress";
import { viewOf } from "../../plan/view";
import { LackingError, StepFailedError } from "../errors";
import type { HeededResult } from "../jobs";
import type { Run } from "../run";

/** Between two looks at the index, in milliseconds: Elasticsearch shows what is new after a while. */
const pause = 2000;

/** Most databases that the run record keeps: of more, some are looked for. */
const remembered = 1000;

/** Most lines, and most databases, that an error quotes. */
const quoted = 5;

/** Documents by database, as the leader's Elasticsearch has them; null where it does not tell. */
async function databasesOf(run: Run): Promise<Readonly<Record<string, number>> | null> {
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
  const names = Object.keys(found).filter((key) => found[key]! > 0);
  return { indexed: names.sort().slice(0, remembered) };
}

const silent = "the search index does not answer";

/** What of the index is missing that was there before; null where nothing is. */
async function missingOf(run: Run): Promise<string | null> {
  const before = run.record?.indexed ?? [];
  if (before.length === 0) return null;
  const found = await databasesOf(run);
  if (found === null) return silent;
  const empty = before.filter((key) => !found[key]);
  return empty.length === 0
    ? null
    : `a search finds nothing of ${empty.length} of ${before.length} organizations that were in the index before (${shown(empty, ", ")})`;
}

/** Whether a rebuild that has ended with 0 is seen to have left a whole index, at a first look. */
export async function isWhole(run: Run, { heeded }: HeededResult): Promise<boolean> {
  return heeded.length === 0 && (await missingOf(run)) === null;
}

/**
 * `reindex` ends with 0 whatever becomes of an organization: its words tell, and the index, in which everything has documents
 * that had some before.
 * @throws StepFailedError where either tells that it is not whole.
 */
export async function mustBeWhole(run: Run, step: Step, { heeded }: HeededResult): Promise<void> {
  if (heeded.length > 0)
    throw new StepFailedError(
      step,
      `it ended with 0, but the search index is not complete: ${shown(heeded, "; ")}. The next \`pulumi up\` does it again`,
    );
  const { clock } = run.context;
  const begun = clock.now();
  for (;;) {
    const missing = await missingOf(run);
    if (missing === null) return;
    const elapsed = (clock.now() - begun) / 1000;
    if (elapsed > run.spec.timeouts.healthy)
      throw missing === silent
        ? new StepFailedError(step, `it ended with 0, but ${silent}`)
        : new LackingError(step, missing);
    run.waiting(step, missing, elapsed);
    await clock.sleep(pause);
  }
}

const shown = (all: readonly string[], between: string) =>
  all.slice(0, quoted).join(between) + (all.length > quoted ? `${between}…` : "");
