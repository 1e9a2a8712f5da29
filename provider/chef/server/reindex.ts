/**
 * Lines of `chef-server-ctl reindex` after which the index of an organization is not whole, though it ends with 0
 * (chef-server: plugins/reindex.rb and reindex-opc-organization; reports in test/fixtures/field/server-reindex).
 */
export const reindexTrouble = new RegExp(
  [
    "Failed to (?:reindex|enqueue) data for ",
    "\\bhas failed\\.$",
    "failed to be reindexed|were not sent for indexing",
    "Could not find an organization named|Other error occ?urr?ed",
    "Unable to start new erlang node|reindexing task is running in other process",
    "epmd process might not have been started|Caught \\w+ with the message|escript: exception",
    "Insufficient free space on disk",
  ].join("|"),
);

/** Those that come from the script within, and name no organization: it ends with 0 then, so that nothing else names one. */
const unnamed = /new erlang node|running in other process|epmd process|Caught \w+ with the message/;

/**
 * The organizations that such lines name. Each was emptied before it failed.
 * @returns null where some failed that no line names: any of them may be empty
 */
export function failedOrganizations(trouble: readonly string[]): string[] | null {
  const names = trouble.flatMap(
    (line) => /data for (\S+)!$| organization "([^"]+)"/.exec(line)?.slice(1) ?? [],
  );
  const named = [...new Set(names.filter((name) => name !== undefined))];
  return named.length === 0 || trouble.some((line) => unnamed.test(line)) ? null : named;
}
