import { createHash } from "node:crypto";
import type { Clock } from "../clock";
import type { Backend } from "./backend";
import { compareVersions } from "../version";
import { mixesMajors, opensIndex } from "./elasticsearch";
import type { SetSettings } from "./searchSettings";

/** What the Chef server has of each organization, by the word of the kind that stands in its documents: a dozen objects, `_default` among them. */
export const objects: Objects = { node: 5, role: 1, environment: 2, client: 3, data_bag_item: 1 };

/** How many there are of each kind. */
export type Objects = Readonly<Record<"node" | "role" | "environment" | "client" | "data_bag_item", number>>;

/** The id of an organization, by which its database in the index is called. */
export const guidOf = (organization: string) => createHash("md5").update(organization).digest("hex");

export type Colour = "green" | "yellow" | "red";

/** The search index, by the Elasticsearch that created it. */
export interface SearchIndex {
  readonly createdBy: string;
}

/** An index that somebody else has put there: it is served like the other one, and deleted with it. */
export interface ForeignIndex {
  readonly name: string;
  readonly createdBy: string;
  readonly health: Colour;
  /** It is closed: then it has no health. */
  readonly closed?: boolean;
}

/** The Elasticsearch cluster: its master, its index, and how long the shards take after a node came back. */
export class SearchCluster {
  master: Backend | null;
  /** Settings of the cluster that somebody has set. */
  readonly settings: SetSettings = { persistent: {}, transient: {} };
  /** What lies beside the Chef server's index. */
  foreign: ForeignIndex[] = [];
  /**
   * While two major versions are mixed a replica has no node that may take it: none is placed on an older node than its
   * primary's (elastic/elasticsearch, node version allocation decider), and some primary is on a newer one.
   */
  replicasNeedNewest = true;
  /** Everything that the Chef server knows is in the index. */
  complete = true;
  /** When the rebuild of an organization failed, though the command ends with 0; milliseconds of the lab's clock. */
  readonly failedAt: number[] = [];
  /** Documents that a search finds, by organization and kind. */
  readonly documents = new Map<string, Partial<Objects>>();
  /** Shards are being put back until then, simulated milliseconds. */
  #recoveringUntil = -Infinity;
  #joined: number;
  /** Creator of the index that the joined nodes have; null when they have none. */
  #served: string | null;

  constructor(
    readonly backends: readonly Backend[],
    readonly clock: Clock,
    readonly recoverySeconds: number,
    readonly changed: () => void,
    master: Backend | null,
    createdBy: string | null,
    organizations: readonly string[] = [],
  ) {
    this.master = master;
    for (const each of organizations) this.indexed(each);
    this.#joined = backends.length;
    this.#served = createdBy;
    for (const backend of backends) backend.indexData = createdBy;
  }

  /** The index as long as anybody has its data; null when it is gone everywhere. */
  get index(): SearchIndex | null {
    const createdBy = this.#served ?? this.backends.find((each) => each.indexData !== null)?.indexData;
    return createdBy ? { createdBy } : null;
  }

  /** The nodes that are in the search cluster have no index. */
  get missing(): boolean {
    return this.#served === null;
  }

  /** Called after every change: elects a master, notices a node that came back. */
  settle(): void {
    // The cluster lets nobody in who cannot open its index (elastic/elasticsearch, JoinTaskExecutor).
    if (this.#served !== null && this.backends.some((each) => each.searching && this.#opens(each)))
      for (const each of this.backends) if (each.searching && !this.#opens(each)) each.leaveSearch();
    const joined = this.backends.filter((backend) => backend.searching);
    if (joined.length > this.#joined) this.yellow(this.recoverySeconds);
    this.#joined = joined.length;
    if (!this.master?.searching) this.master = joined[0] ?? null;
    if (joined.length === 0) this.#served = null;
    // Who has no data, or another index than the others, gets theirs.
    this.#served ??= joined.find((backend) => backend.indexData !== null)?.indexData ?? null;
    if (this.#served !== null) for (const backend of joined) backend.indexData = this.#served;
    if (!this.index) {
      this.complete = false;
      this.foreign = [];
    }
  }

  #opens(backend: Backend): boolean {
    return opensIndex(backend.elasticsearch, this.#served!);
  }

  /** An empty index: it is of the oldest Elasticsearch in the cluster, so that every node can open it. */
  create(): void {
    const versions = this.backends.filter((each) => each.searching).map((each) => each.elasticsearch);
    const createdBy = versions.sort(compareVersions)[0]!;
    this.#served = createdBy;
    for (const backend of this.backends) if (backend.searching) backend.indexData = createdBy;
    this.complete = false;
    this.documents.clear();
    this.changed();
  }

  /** All that an organization has is in the index; `part`: no more of it than that. */
  indexed(organization: string, part: Partial<Objects> = objects): void {
    this.documents.set(organization, part);
  }

  isWhole(organization: string): boolean {
    return Object.entries(objects).every(([kind, count]) => {
      return this.documents.get(organization)?.[kind as keyof Objects] === count;
    });
  }

  /** Deletes a node's data. Below a running Elasticsearch: that one has lost its shards until it is restarted. */
  wipe(backend: Backend): void {
    backend.indexData = null;
    backend.leaveSearch();
    this.changed();
  }

  /** Unassigned shards for that many seconds from now. */
  yellow(seconds: number): void {
    this.#recoveringUntil = Math.max(this.#recoveringUntil, this.clock.now() + seconds * 1000);
    if (Number.isFinite(seconds)) this.clock.setTimer(seconds * 1000, this.changed);
  }

  /** All shards assigned, whatever `yellow` said. */
  green(): void {
    this.#recoveringUntil = -Infinity;
  }

  /** Shards are being put back, whatever nodes are there. */
  get recovering(): boolean {
    return this.clock.now() < this.#recoveringUntil;
  }

  get colour(): Colour {
    const joined = this.backends.filter((backend) => backend.searching).length;
    if (joined * 2 <= this.backends.length) return "red";
    return joined < this.backends.length || this.recovering || this.mixed ? "yellow" : "green";
  }

  /** A replica stays unassigned while the nodes run two major versions. */
  get mixed(): boolean {
    const joined = this.backends.filter((backend) => backend.searching);
    return this.replicasNeedNewest && !this.missing && mixesMajors(joined.map((each) => each.elasticsearch));
  }
}
