import type { Clock } from "../clock";
import type { Random } from "../random";
import type { Timings } from "../timings";
import type { Backend } from "./backend";
import type { Cluster } from "./cluster";
import { lowDisks } from "./disks";
import type { Colour, SearchCluster } from "./search";

/** A node's state as leaderl posts it to etcd. */
export interface Posted {
  /** `leader`, `follower`, `waiting_for_leader`, `deposed_leader`, or the word of the switch `role`. */
  role: string;
  pg: "leader" | "follower" | "syncing" | "offline";
  es: "master" | "not_master" | "offline";
  etcd: boolean;
  /** Enough is free on the disks that leaderl looks at. */
  disks: boolean;
  colour: Colour;
  eligible: boolean;
  partiallySynced: boolean;
  /** The leader's name; empty on the leader and where there is none. */
  follows: string;
}

interface Moment extends Posted {
  at: number;
  /** leaderl can post: it runs, etcd here runs and has its majority. */
  posting: boolean;
  leaderlSince: number;
}

/**
 * What `status` and `cluster-status` know of the nodes: every node looks at itself every 5 s and posts that every
 * 10 s (vendor's reference; both can be changed), so a reading is up to 15 s old. Nothing ticks here: the board
 * keeps the states of the last minutes and works out what was posted when somebody asks.
 */
export class StatusBoard {
  readonly #moments = new Map<Backend, Moment[]>();
  readonly #phase = new Map<Backend, { internal: number; post: number }>();

  constructor(
    readonly cluster: Cluster,
    readonly search: SearchCluster,
    readonly clock: Clock,
    readonly timings: Timings,
    /** All that are, or may become, its members. */
    backends: readonly Backend[],
    random: Random,
  ) {
    for (const backend of backends)
      this.#phase.set(backend, { internal: random.next(), post: random.next() });
  }

  /** Called after every change. */
  record(): void {
    const now = this.clock.now();
    const keep =
      now - 4000 * (this.timings.statusInternalUpdateInterval + this.timings.statusPostUpdateInterval);
    for (const backend of this.cluster.backends) {
      const moments = this.#moments.get(backend) ?? [];
      this.#moments.set(backend, moments);
      const moment = this.#look(backend, now);
      const last = moments.at(-1);
      if (last && same(last, moment)) continue;
      if (last?.at === now) moments.pop();
      // How it stands when the simulation starts is how it has been for long.
      moments.push(last ? moment : { ...moment, at: -Infinity });
      while (moments.length > 2 && moments[1]!.at < keep) moments.shift();
    }
  }

  /** What a node last posted; undefined when that has expired or the node never did. */
  posted(backend: Backend): Posted | undefined {
    const now = this.clock.now();
    const { statusInternalUpdateInterval: internal, statusPostUpdateInterval: post } = this.timings;
    const phase = this.#phase.get(backend)!;
    const at = lastTick(now, post * 1000, phase.post);
    const moment = this.#at(backend, at);
    if (!moment.posting) return undefined;
    // leaderl looks at once when it starts.
    return this.#at(backend, Math.max(lastTick(at, internal * 1000, phase.internal), moment.leaderlSince));
  }

  /** What it would post now. */
  truth(backend: Backend): Posted {
    return this.#look(backend, this.clock.now());
  }

  #at(backend: Backend, time: number): Moment {
    const moments = this.#moments.get(backend)!;
    return moments.findLast((moment) => moment.at <= time) ?? moments[0]!;
  }

  #look(backend: Backend, now: number): Moment {
    const { cluster, search } = this;
    const leads = cluster.leader === backend;
    const waiting = !cluster.leader || !backend.accepted;
    const follows = !leads && !backend.deposed && !waiting;
    const role = leads
      ? "leader"
      : backend.deposed
        ? "deposed_leader"
        : waiting
          ? "waiting_for_leader"
          : "follower";
    const pg = !backend.running("postgresql")
      ? "offline"
      : leads
        ? "leader"
        : backend.synced || backend.deposed
          ? "follower"
          : "syncing";
    return {
      at: now,
      role: backend.switches.role ?? role,
      pg,
      es: !backend.searching ? "offline" : search.master === backend ? "master" : "not_master",
      etcd: backend.running("etcd"),
      disks: lowDisks(backend).length === 0,
      colour: search.colour,
      eligible: leads || cluster.eligible(backend),
      partiallySynced: backend.switches.rejoinFails === "partially_synced" && !backend.synced,
      follows: follows ? cluster.leader!.name : "",
      posting: backend.running("leaderl") && backend.running("etcd") && cluster.quorum,
      leaderlSince: backend.services.get("leaderl")?.since ?? now,
    };
  }
}

const lastTick = (time: number, interval: number, phase: number) =>
  (Math.floor(time / interval - phase) + phase) * interval;

function same(a: Moment, b: Moment): boolean {
  return (Object.keys(a) as (keyof Moment)[]).every((key) => key === "at" || a[key] === b[key]);
}
