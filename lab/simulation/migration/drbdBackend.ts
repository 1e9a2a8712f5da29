import { Machine, type Surroundings } from "../machine";

/** A backend of the old pair. Which one is active is keepalived's business. */
export class DrbdBackend extends Machine {
  readonly product = "chef-server-core";
  /** Nobody has stopped its services. */
  wanted = true;

  constructor(name: string, ip: string, version: string, around: Surroundings) {
    super(name, [ip], around);
    this.packages.replace({
      ...{ name: this.product, version, installedSize: 900_000, state: "installed" },
      arch: around.platform === "deb" ? "amd64" : "x86_64",
      installedAt: around.clock.now() - 108_000_000,
    });
  }

  get runs(): boolean {
    return this.up && this.wanted;
  }

  override boot(): void {
    super.boot();
    this.wanted = true;
  }
}
