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
