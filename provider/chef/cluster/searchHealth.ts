import { jsonObject } from "../../values/jsonObject";

/** What Elasticsearch itself says of its shards at this moment, by `_cluster/health?level=shards`. */
export interface ShardHealth {
  readonly status: string;
  /** Nodes with data. */
  readonly nodes: number;
  readonly relocating: number;
  readonly initializing: number;
  readonly unassigned: number;
  /** Left unassigned for a while in case their node comes back, and such whose copies are still looked for. */
  readonly delayed: number;
  /** Of every shard its primary is active: whatever is unassigned is a replica. */
  readonly primariesActive: boolean;
}

/**
 * Reads `_cluster/health?level=shards` (elastic.co, releases 2.3 to 6.8).
 * @returns null where it is no such answer, or a figure is missing.
 */
export function parseShardHealth(text: string): ShardHealth | null {
  const answer = jsonObject(text);
  const figure = (key: string) => (typeof answer?.[key] === "number" ? answer[key] : NaN);
  const delayed = ["delayed_unassigned_shards", "number_of_in_flight_fetch"].map(figure);
  const found = {
    nodes: figure("number_of_data_nodes"),
    relocating: figure("relocating_shards"),
    initializing: figure("initializing_shards"),
    unassigned: figure("unassigned_shards"),
    delayed: delayed[0]! + delayed[1]!,
  };
  const { status, indices } = answer ?? {};
  if (typeof status !== "string" || Object.values(found).some(Number.isNaN)) return null;
  const shards = shardsOf(indices);
  if (shards === null) return null;
  return { status, ...found, primariesActive: shards.every((shard) => shard.primary_active === true) };
}

type Tree = Record<string, unknown>;
const isTree = (value: unknown): value is Tree => typeof value === "object" && value !== null;

/** Null where they are not all told. */
function shardsOf(indices: unknown): Tree[] | null {
  if (!isTree(indices)) return null;
  const shards = Object.values(indices).flatMap((index) =>
    isTree(index) && isTree(index.shards) ? Object.values(index.shards) : [null],
  );
  return shards.every(isTree) ? shards : null;
}

/**
 * Why a yellow Elasticsearch is not as whole as it can be while its nodes run two releases; null where it is: every node is
 * there, nothing is on its way, and whatever is unassigned is a replica.
 *
 * Elasticsearch places no replica on a node of an older release than its primary's (elastic.co, rolling upgrades of 6.8:
 * "you can proceed once there are no initializing or relocating shards"; elastic/docs-content 1409): such a one stays
 * unassigned until further nodes are upgraded, and green can not come before.
 * @param size how many backends there are
 */
export function unsettled(health: ShardHealth | null, size: number): string | null {
  if (health === null) return "Elasticsearch does not tell of its shards";
  const { nodes, relocating, initializing, delayed } = health;
  if (nodes !== size) return `Elasticsearch has ${nodes} of ${size} nodes`;
  if (!["green", "yellow"].includes(health.status)) return `Elasticsearch is ${health.status}`;
  if (!health.primariesActive) return "a primary shard is not active";
  return initializing + relocating + delayed > 0
    ? `${initializing} shards are initializing, ${relocating} relocating, ${delayed} still to be placed`
    : null;
}
