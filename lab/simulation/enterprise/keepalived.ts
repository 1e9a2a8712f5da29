import type { Clock } from "../clock";
import type { KeepalivedFault } from "../switches";
import type { Timings } from "../timings";
import type { EnterpriseNode } from "./enterpriseNode";
import { KEEPALIVED } from "./services";

/** What mends a keepalived that is not as it should be, in that order (vendor's upgrade page). */
const dance = ["secondary stop", "bootstrap restart", "secondary restart"];

/** Which of two backends is master. It takes `timings.keepalivedSettle` to find one; a master stays while it runs. */
export class Keepalived {
  /** What the last `upgrade` of the other backend left (a switch). */
  fault: KeepalivedFault | null = null;
  #master: EnterpriseNode | null;
  #last: EnterpriseNode;
  #danced = 0;
  #settling = false;

  constructor(
    readonly bootstrap: EnterpriseNode,
    readonly secondary: EnterpriseNode,
    readonly clock: Clock,
    readonly timings: Timings,
    readonly changed: () => void,
    master: EnterpriseNode,
    /** A backend becomes master that was not the last one. */
    readonly onFailover: (to: EnterpriseNode) => void,
  ) {
    this.#master = master;
    this.#last = master;
  }

  /** The backend that has the disk and the services; null while there is none. */
  get active(): EnterpriseNode | null {
    if (!this.#master || !this.fault || this.fault.startsWith("both master")) return this.#master;
    const other = this.#master === this.bootstrap ? this.secondary : this.bootstrap;
    return this.fault.startsWith("swapped") && other.running(KEEPALIVED) ? other : null;
  }

  /** What `/var/opt/opscode/keepalived/current_cluster_status` says. */
  statusOf(node: EnterpriseNode): "master" | "backup" {
    if (this.fault?.startsWith("both master") && node.running(KEEPALIVED)) return "master";
    return node === this.active ? "master" : "backup";
  }

  /** Called after every change. */
  settle(): void {
    if (this.#master && !this.#master.running(KEEPALIVED)) this.#master = null;
    const next = this.#candidate();
    if (this.#master || this.#settling || !next) return;
    this.#settling = true;
    this.clock.setTimer(this.timings.keepalivedSettle * 1000, () => {
      this.#settling = false;
      if (next.running(KEEPALIVED)) this.#take(next);
      this.changed();
    });
  }

  /** After `private-chef-ctl stop|restart keepalived` on a backend. */
  controlled(node: EnterpriseNode, verb: string): void {
    const step = `${node.part} ${verb}`;
    this.#danced = dance[this.#danced] === step ? this.#danced + 1 : step === dance[0] ? 1 : 0;
    if (this.#danced < dance.length) return;
    this.#danced = 0;
    if (this.fault && !this.fault.endsWith("for good")) this.fault = null;
  }

  #take(node: EnterpriseNode): void {
    this.#master = node;
    if (node !== this.#last) this.onFailover(node);
    this.#last = node;
  }

  #candidate(): EnterpriseNode | undefined {
    return [this.bootstrap, this.secondary].find((node) => node.running(KEEPALIVED));
  }
}
