import { Machine, type Surroundings } from "../machine";
import type { NodeTree, TreeEntry } from "../nodeTree";
import { lastMigration } from "../migrations";
import { opscodeFolder } from "./opscodeFolder";
import { KEEPALIVED, MOVER, servicesOf, type EnterpriseService } from "./services";
import { isSince } from "../version";
import type { EnterpriseMachineSpec } from "./types";

/** `bootstrap` is the backend with `:bootstrap => true`, which is primary during the upgrade. */
export type Part = "bootstrap" | "secondary" | "frontend";

/** A machine of Private Chef or Enterprise Chef. Which backend is active is keepalived's business. */
export class EnterpriseNode extends Machine {
  readonly product = "private-chef";
  readonly services = new Map<string, EnterpriseService>();
  /** The version for which `private-chef-ctl upgrade` last did its work. */
  upgradedTo: string;
  /** Up to which migration `upgrade` has come. */
  migrationLevel: number;
  /** Data of services which Enterprise Chef does not have any more: CouchDB's. */
  oldData: boolean;
  /** `cleanup` was run here since the last upgrade. */
  cleaned = false;
  /** keepalived has made it the active backend: it has the disk, and runs what is not keepalived. */
  active = false;
  /** `upgrade` or `reconfigure`, while it runs. */
  busy: "upgrade" | "reconfigure" | null = null;

  constructor(
    spec: EnterpriseMachineSpec,
    readonly part: Part,
    version: string,
    readonly tree: NodeTree,
    around: Surroundings,
  ) {
    super(spec.name, [spec.ip], around);
    this.upgradedTo = version;
    this.migrationLevel = lastMigration(version);
    this.oldData = part !== "frontend";
    this.packages.replace({
      name: this.product,
      version,
      arch: around.platform === "deb" ? "amd64" : "x86_64",
      installedSize: 610_000,
      installedAt: around.clock.now() - 108_000_000,
      state: "installed",
    });
    this.updateServices();
    for (const service of this.services.values()) service.since -= 107_990_000;
  }

  get isBackend(): boolean {
    return this.part !== "frontend";
  }

  /** A package was installed whose `private-chef-ctl upgrade` is still to come. */
  get upgradeOwed(): boolean {
    return this.installed !== this.upgradedTo;
  }

  /** On a backend keepalived decides about the other services. */
  managed(name: string): boolean {
    return this.isBackend && name !== KEEPALIVED;
  }

  /** Services of 1.4 that the upgrade to 11 has left, until `cleanup`. */
  get leftovers(): readonly string[] {
    return isSince(this.upgradedTo, "11.0.0") && !this.cleaned ? this.switches.leftovers : [];
  }

  running(name: string): boolean {
    const service = this.services.get(name);
    if (!service?.wanted || !this.up || name === MOVER || this.switches.serviceDown === name) return false;
    return !this.managed(name) || this.active;
  }

  /** Anything runs here that clients are served by. */
  get anythingRuns(): boolean {
    return [...this.services.keys()].some((name) => this.running(name));
  }

  /** Everything runs that belongs to the installed version and this machine's part. */
  get complete(): boolean {
    return [...this.services.keys()].every((name) => name === MOVER || this.running(name));
  }

  /** The services that the version of the last `upgrade` has, started anew but for keepalived. */
  updateServices(): void {
    const { clock, random } = this.around;
    const names = servicesOf(this.part, this.upgradedTo, this.oldData);
    const wanted = [...this.services.values()].every((service) => service.wanted);
    const keepalived = this.services.get(KEEPALIVED);
    this.services.clear();
    for (const name of names) {
      const pid = random.int(1200, 30000);
      const service = { name, wanted, ran: null, pid, logPid: random.int(1000, 1190), since: clock.now() };
      this.services.set(name, (name === KEEPALIVED && keepalived) || service);
    }
  }

  /** Starts everything that may run here, or stops everything. */
  want(on: boolean): void {
    for (const service of this.services.values()) service.wanted = on;
    this.around.changed();
  }

  /** Notices what has started or stopped since it was last asked. */
  watchServices(): void {
    const { clock, random } = this.around;
    for (const service of this.services.values()) {
      const runs = this.running(service.name);
      if (service.ran !== null && service.ran !== runs)
        Object.assign(service, { since: clock.now(), pid: random.int(1200, 30000) });
      service.ran = runs;
    }
  }

  /** What is in `/etc/opscode`, by path below it; setting it replaces all of it. */
  get opscode(): Map<string, TreeEntry> {
    const entries = this.tree.list(opscodeFolder).slice(1);
    return new Map(entries.map(([path, entry]) => [path.slice(opscodeFolder.length + 1), entry]));
  }

  set opscode(entries: ReadonlyMap<string, TreeEntry>) {
    for (const [path] of this.tree.list(opscodeFolder).slice(1)) this.tree.remove(path);
    for (const [path, entry] of entries) this.tree.write(`${opscodeFolder}/${path}`, entry);
  }

  /** runit starts whatever is installed, whoever stopped it. */
  override boot(): void {
    super.boot();
    this.want(true);
  }
}
