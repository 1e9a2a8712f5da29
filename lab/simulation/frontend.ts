import { Machine, type Surroundings } from "./machine";
import { packageVersion } from "./packages/packageFile";
import type { FrontendSpec } from "./types";
import { isSince } from "./version";

/** The release where none is given, and the first one that asks for its license. */
const DEFAULT = "15.9.38";
export const LICENSED = "13.0.0";

/** A frontend: a Chef Infra Server that uses the cluster. */
export class Frontend extends Machine {
  readonly product = "chef-server-core";
  /** Its services run: `chef-server-ctl stop` was not run. */
  serving = true;
  /** Simulated time of the services' last start or stop, milliseconds. */
  since: number;
  /** `chef-server-ctl maintenance on`. */
  maintenance = false;
  /** The package for which `chef-server-ctl upgrade` last did its work; empty before the first `reconfigure`. */
  upgradedTo = "";
  /** The license of Chef Infra Server was accepted on this machine for good. */
  licenseAccepted: boolean;
  /** Its `upgrade` has left something of the release before, for `cleanup`. */
  oldData = true;
  /** By add-on's package: the chef-server-core for which it was last reconfigured. */
  readonly addons: Record<string, string> = {};
  /** What the file `migration-level` says. */
  migrationLevel = "";

  /** @param fresh nothing is installed yet */
  constructor(spec: FrontendSpec, around: Surroundings, fresh = false) {
    super(spec.name, [spec.ip], around);
    this.licenseAccepted = spec.licenseAccepted ?? (!fresh && isSince(spec.version ?? DEFAULT, LICENSED));
    this.since = around.clock.now() - 107_990_000;
    this.serving = !fresh;
    if (fresh) return;
    this.upgradedTo = packageVersion(spec.version ?? DEFAULT, around.platform);
    this.packages.replace({
      name: "chef-server-core",
      version: this.upgradedTo,
      arch: around.platform === "deb" ? "amd64" : "x86_64",
      installedSize: 900_000,
      installedAt: around.clock.now() - 108_000_000,
      state: "installed",
    });
    for (const [name, version] of Object.entries(spec.addons ?? {})) {
      const build = packageVersion(version, around.platform);
      this.packages.replace({ ...this.packages.find("chef-server-core")!, name, version: build });
      this.addons[name] = this.upgradedTo;
    }
  }

  /** The first `reconfigure` was done, however long ago. */
  get configured(): boolean {
    return this.upgradedTo !== "";
  }

  /** Add-ons that have not been reconfigured since the server was upgraded. */
  get staleAddons(): string[] {
    return Object.keys(this.addons).filter((name) => this.addons[name] !== this.upgradedTo);
  }

  /** A package was installed whose `chef-server-ctl upgrade` is still to come. */
  get upgradeOwed(): boolean {
    return this.installed !== this.upgradedTo;
  }

  /** Clients may read and write. */
  get open(): boolean {
    return this.up && this.serving && !this.maintenance;
  }

  /** Starts or stops all services. */
  serve(on: boolean): void {
    if (this.serving !== on) this.since = this.around.clock.now();
    this.serving = on;
    this.around.changed();
  }

  override down(): void {
    super.down();
    this.around.changed();
  }

  /** What ran from the old package does not come up again. */
  override boot(): void {
    super.boot();
    this.serve(this.serving && !this.upgradeOwed);
  }
}
