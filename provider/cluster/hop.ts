/** How one part of the way is gone: each is a procedure of its own. */
export type Method = "rolling" | "downtime" | "reindex" | "frontends" | "cleanup";

/** One part of the way from what is there to what is wanted, complete and verified before the next begins. */
export interface Hop {
  readonly from: string;
  readonly to: string;
  readonly method: Method;
  /** Why this method: "the search index was made by Elasticsearch 5.4.1". */
  readonly because: string;
}

/** Nothing is upgraded by it: the search index is rebuilt where it is. */
export function isRebuild({ from, to, method }: Hop): boolean {
  return method === "reindex" && from === to;
}
