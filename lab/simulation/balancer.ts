import type { Simulation } from "./simulation";

/** A load balancer in front of the frontends. It knows of them what it is told, and nothing else: it has no health check. */
export class Balancer {
  /** Frontends that get no new clients. */
  readonly out = new Set<string>();
  /** Frontends that were taken from their clients: out of service while the balancer still sent some. */
  readonly cutOff: string[] = [];
  /** At some moment no frontend that serves was left to it. */
  nobody = false;
  /** What it was told: `drain frontend-1`. */
  readonly told: string[] = [];

  constructor(private readonly sim: Simulation) {
    const changed = sim.changed.bind(sim);
    sim.changed = () => {
      changed();
      this.#look();
    };
  }

  drain(name: string): void {
    this.told.push(`drain ${name}`);
    this.out.add(name);
    this.#look();
  }

  undrain(name: string): void {
    this.told.push(`undrain ${name}`);
    this.out.delete(name);
    this.#look();
  }

  #look(): void {
    this.nobody ||= this.sim.frontends.every(({ name, open }) => !open || this.out.has(name));
    for (const { name, open } of this.sim.frontends)
      if (!open && !this.out.has(name) && !this.cutOff.includes(name)) this.cutOff.push(name);
  }
}
