import type { FactResult } from "../../machine/machine";
import { jsonObject } from "../../values/jsonObject";
import { compareVersions } from "../../versions/version";

/** One index of a backend's Elasticsearch, whoever made it. */
export interface SearchIndex {
  readonly name: string;
  /** `green`, `yellow`, `red` or `red*`; empty of a closed one, which has none. */
  readonly health: string;
  readonly open: boolean;
}

/** The one index of a Chef server: only that one is to be there (vendor's upgrade page, "Check for Index Health"). */
export const chefIndex = "chef";

const row = /^(?:((?:green|yellow|red)\*?) +| +)(open|close) +(\S+)(?:\s|$)/;

/**
 * Reads `_cat/indices?h=health,status,index`, as releases 1.4 to 8 print it: closed indices are among them, with blanks in the
 * place of their health. Further columns and the header of `?v` may be there.
 * @returns null where a line is no index, as an error in JSON or a proxy's page has them, or where there is no answer: what is
 * there is not known then.
 */
export function parseSearchIndices({ code, stdout }: FactResult): SearchIndex[] | null {
  if (code !== 0) return null;
  const lines = stdout.split("\n").filter((line) => line.trim() !== "" && !/^health\s+status\s/.test(line));
  const found = lines.map((line) => row.exec(line));
  return found.some((match) => match === null)
    ? null
    : found.map((match) => ({ name: match![3]!, health: match![1] ?? "", open: match![2] === "open" }));
}

/**
 * Reads `_settings/index.version.created*`: the release of Elasticsearch that made the oldest index. Its `created_string`;
 * where there is none, or it is no release, its number XXYYZZ99 (elastic/elasticsearch 11484; read on 2.x an index of 1.x has
 * the number alone).
 * @returns null where there is no index, or one of them does not tell.
 */
export function parseIndexVersion(text: string): string | null {
  const made = Object.values(jsonObject(text) ?? {}).map(createdBy);
  if (made.length === 0 || made.some((version) => version === null)) return null;
  return (made as string[]).sort(compareVersions)[0]!;
}

function createdBy(index: unknown): string | null {
  const { created, created_string: named } =
    (index as { settings?: { index?: { version?: Record<string, unknown> } } } | null)?.settings?.index
      ?.version ?? {};
  if (typeof named === "string" && /^\d+\.\d+\.\d+$/.test(named)) return named;
  const number = typeof created === "string" ? /^(\d{1,2})(\d\d)(\d\d)99$/.exec(created) : null;
  return number === null ? null : number.slice(1).map(Number).join(".");
}
