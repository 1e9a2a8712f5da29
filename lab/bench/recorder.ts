import { serviceNames } from "../simulation/cluster/services";
import type { Simulation } from "../simulation/simulation";
import type { PublishedView, TimedCommand } from "./idealPath";

/** How often the published view is looked at, in milliseconds. */
const lookEvery = 5;

/**
 * Writes down what runs on a lab's nodes, reading and changing, and when their published view is healthy. Times
 * are real milliseconds since 1970.
 */
export class Recorder {
  readonly commands: TimedCommand[] = [];
  readonly published: PublishedView[] = [];
  /** By node: when its youngest service had started at the end of its last `upgrade`. */
  readonly restarted: Record<string, number> = {};
  readonly #timer: NodeJS.Timeout;

  constructor(readonly sim: Simulation) {
    const exec = sim.exec.bind(sim);
    sim.exec = async (node, words, io) => {
      const at = this.#real();
      const result = await exec(node, words, io);
      this.commands.push({ node, argv: [...words], at, ended: this.#real() });
      if (words[1] === "upgrade") this.restarted[node] = this.#real(youngestStart(sim, node));
      return result;
    };
    this.#look();
    this.#timer = setInterval(() => this.#look(), lookEvery);
  }

  /** The changing ones, as far as they have ended. */
  get changing(): TimedCommand[] {
    return this.sim.history.flatMap(({ node, argv, at, ended }) =>
      ended === undefined ? [] : [{ node, argv, at: this.#real(at), ended: this.#real(ended) }],
    );
  }

  /** The shortest time that a reading control command took on a node. */
  get control(): number {
    return Math.min(...this.reads.map(({ at, ended }) => ended - at));
  }

  /** Every `cluster-status`: each reading of a backend has one. */
  get reads(): TimedCommand[] {
    return this.commands.filter(({ argv }) => argv[1] === "cluster-status");
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #real(at = this.sim.clock.now()): number {
    return this.sim.clock.wall?.(at) ?? at;
  }

  #look(): void {
    const healthy = publishedHealthy(this.sim);
    if (this.published.at(-1)?.healthy !== healthy) this.published.push({ at: this.#real(), healthy });
  }
}

function youngestStart(sim: Simulation, node: string): number {
  const { services } = sim.backend(node);
  return Math.max(...serviceNames.flatMap((name) => services.get(name)?.since ?? []));
}

/** Whether `status` and `cluster-status` would show the documented healthy shape now. */
function publishedHealthy(sim: Simulation): boolean {
  const posts = sim.backends.map((backend) => sim.board.posted(backend));
  const count = (test: (post: NonNullable<(typeof posts)[number]>) => boolean) =>
    posts.filter((post) => post !== undefined && test(post)).length;
  const all = sim.backends.length;
  return (
    count((post) => post.role === "leader" && post.pg === "leader") === 1 &&
    count((post) => post.role === "follower" && post.pg === "follower") === all - 1 &&
    count((post) => post.es === "master") === 1 &&
    count((post) => post.es !== "offline" && post.etcd && post.colour === "green") === all &&
    sim.backends.every((backend) => backend.allRunning)
  );
}
