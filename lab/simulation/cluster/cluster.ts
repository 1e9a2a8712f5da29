import type { Clock } from "../clock";
import type { Timings } from "../timings";
import { isSince } from "../version";
import type { Backend } from "./backend";
import { fitsIn } from "./majorUpgrade";

/**
 * Who leads, and who follows. leaderl as the vendor describes it: the leader holds a lease in etcd; when it no
 * longer renews it, another synced follower is elected, unless failover is off: then nobody is, and only the
 * old leader itself can take the lead again when it is back.
 */
export class Cluster {
  leader: Backend | null;
  /** `set-cluster-failover`. */
  failover = true;
  /** How often that was run: etcd's index of the key it writes. */
  switched = 0;
  /** etcd answers to its v2 keys, as real clusters were seen to. */
  etcdKeys = false;
  /** After all backends had been stopped at once nobody is elected by itself. */
  noLeaderAfterFullStop = false;
  /** All backends have been stopped at once, and nobody has led since. */
  #fullStop = false;
  #last: Backend | null;
  /** Whom a leader that steps down hands over to. */
  #successor: Backend | null = null;
  #lease: (() => void) | null = null;
  #election: (() => void) | null = null;

  constructor(
    readonly backends: readonly Backend[],
    readonly clock: Clock,
    readonly timings: Timings,
    readonly changed: () => void,
    leader: Backend | null,
  ) {
    this.leader = leader;
    this.#last = leader;
  }

  /** Who leads, or led last: whoever the lead comes back to after all were stopped. */
  get heir(): Backend | null {
    return this.leader ?? this.#last;
  }

  /** etcd has a majority. */
  get quorum(): boolean {
    return this.backends.filter((backend) => backend.running("etcd")).length * 2 > this.backends.length;
  }

  /** There is a leader and it answers. */
  get led(): boolean {
    return this.quorum && (this.leader?.serves ?? false);
  }

  /** Failover is allowed for this node: cluster wide and its own. */
  mayFailOver(backend: Backend): boolean {
    return this.failover && backend.failover;
  }

  /** A follower that could take over. */
  eligible(backend: Backend): boolean {
    return backend !== this.leader && backend.serves && backend.inStep && backend.failover;
  }

  /** Called after every change of anything: starts, or takes back, what follows from the state. */
  settle(): void {
    this.#watchFullStop();
    this.#watchLease();
    this.#watchElection();
    for (const backend of this.backends) this.#watchRejoin(backend);
  }

  /** The leader gives up the lead in favour of a follower; an election's time passes in between. */
  stepDown(to: Backend): void {
    const from = this.leader;
    this.leader = null;
    this.#last = from;
    this.#successor = to;
    if (from) this.#unfollow(from);
    this.changed();
  }

  /** Another leader at once, as if it had been elected. */
  force(to: Backend): void {
    const from = this.leader;
    if (from && from !== to) this.#unfollow(from);
    this.#lead(to);
    this.changed();
  }

  /** Seconds that a lease lives: 10, 30 since 1.2.5. */
  ttl(): number {
    const build = this.leader?.services.get("leaderl")?.build ?? "0";
    return this.timings.leaderTtl ?? (isSince(build, "1.2.5") ? 30 : 10);
  }

  #watchFullStop(): void {
    if (this.backends.some((backend) => backend.running("leaderl"))) return;
    this.#fullStop = true;
    if (!this.leader || !this.noLeaderAfterFullStop) return;
    this.#last = this.leader;
    this.leader = null;
  }

  #watchLease(): void {
    if (!this.leader || this.led) {
      this.#lease?.();
      this.#lease = null;
    } else {
      this.#lease ??= this.clock.setTimer(this.ttl() * 1000, () => {
        this.#lease = null;
        this.#last = this.leader;
        this.leader = null;
        this.changed();
      });
    }
  }

  #watchElection(): void {
    if (this.leader || !this.quorum || !this.#candidate()) {
      this.#election?.();
      this.#election = null;
    } else {
      this.#election ??= this.clock.setTimer(this.timings.election * 1000, () => {
        this.#election = null;
        const candidate = this.#candidate();
        if (candidate) this.#lead(candidate);
        this.changed();
      });
    }
  }

  #candidate(): Backend | null {
    if (this.#fullStop && this.noLeaderAfterFullStop) return null;
    if (this.#successor?.serves) return this.#successor;
    const synced = this.backends.find((backend) => this.failover && this.eligible(backend));
    return synced ?? (this.#last && this.#canReturn(this.#last) ? this.#last : null);
  }

  /** Whether the old leader can take the lead again. */
  #canReturn(backend: Backend): boolean {
    return backend.serves && this.#mayRejoin(backend);
  }

  #lead(backend: Backend): void {
    this.leader = backend;
    this.#fullStop = false;
    this.#last = backend;
    this.#successor = null;
    backend.pending.rejoin?.();
    backend.pending.rejoin = null;
    backend.reinstate();
    backend.accepted = true;
    backend.synced = true;
  }

  #unfollow(backend: Backend): void {
    backend.accepted = false;
    backend.synced = false;
    if (!backend.serves) return;
    backend.depose();
    // It never stopped: a short catch-up is enough, set up here so that `#watchRejoin` does not begin a long one.
    this.#rejoin(backend, this.timings.election + this.timings.catchUpAfterStepDown);
  }

  #watchRejoin(backend: Backend): void {
    if (backend === this.leader || !backend.serves || !this.led || backend.pending.rejoin) return;
    if (backend.accepted && backend.synced) return;
    if (this.#mayRejoin(backend)) this.#rejoin(backend, this.timings.catchUp);
  }

  #mayRejoin(backend: Backend): boolean {
    return !backend.switches.rejoinFails && fitsIn(backend, this.backends);
  }

  #rejoin(backend: Backend, seconds: number): void {
    const whole = seconds + backend.switches.rejoinSlow;
    const wait = (share: number, then: () => void) => {
      backend.pending.rejoin = this.clock.setTimer(whole * share * 1000, () => {
        backend.pending.rejoin = null;
        if (this.led && this.#mayRejoin(backend)) then();
        this.changed();
      });
    };
    wait(0.4, () => {
      backend.accepted = true;
      wait(0.6, () => {
        backend.synced = true;
      });
    });
  }
}
