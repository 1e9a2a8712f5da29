import { productFile } from "./cluster/productFile";
import { startPostinst } from "./cluster/postinst";
import type { Machine } from "./machine";
import { programsOf } from "./programs";
import type { Program } from "./programs/program";
import { treePrograms } from "./setup/treePrograms";
import { SimulatedCluster } from "./simulatedCluster";
import type { MaintainerScript } from "./switches";
import type { ProductFile } from "./system";
import type { Trigger } from "./triggers";

/**
 * One simulated Chef Backend cluster with its frontends: a system without IO, whose time comes from the clock.
 * Everything documented behaves and prints as the vendor's documentation
 * says; where that is silent, a choice was made which the code names.
 *
 * What can go wrong: `switches(node)` for one node (switches.ts), the methods below for machines and cluster.
 */
export class Simulation extends SimulatedCluster {
  /** Columns which `cluster-status` leaves out, by their header. */
  readonly droppedStatusColumns: string[] = [];

  programsOf(machine: Machine): Readonly<Record<string, Program>> {
    return this.fresh ? { ...programsOf(machine), ...treePrograms } : programsOf(machine);
  }

  productFile(machine: Machine, path: string): ProductFile | undefined {
    return productFile(this, machine, path);
  }

  startPostinst(machine: Machine, script: MaintainerScript): void {
    startPostinst(this, machine, script);
  }

  /** Another leader at once, by hand or by fate; default: the first follower that could take over. */
  forceFailover(to?: string): void {
    const next = to ? this.backend(to) : this.members.find((backend) => this.cluster.eligible(backend));
    if (next) this.cluster.force(next);
  }

  /** The leader moves (once) while such a command runs on that node. */
  leaderMovesDuring(node: string, prefix: readonly string[], to?: string, afterSeconds = 1): Trigger {
    return this.when(node, prefix, () => this.forceFailover(to), afterSeconds);
  }

  /** Elasticsearch has unassigned shards for that many simulated seconds (Infinity: until `elasticsearchGreen`). */
  elasticsearchYellow(seconds: number): void {
    this.search.yellow(seconds);
    this.changed();
  }

  elasticsearchGreen(): void {
    this.search.green();
    this.changed();
  }

  /** A column of `cluster-status` that is left out from now on, by its header. */
  dropStatusColumn(header: string): void {
    this.droppedStatusColumns.push(header);
  }
}
