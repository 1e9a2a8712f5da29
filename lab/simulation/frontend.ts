import { Machine, type Surroundings } from "./machine";
import type { FrontendSpec } from "./types";

/** A frontend: a Chef Infra Server that uses the cluster. */
export class Frontend extends Machine {
  /** `chef-server-ctl stop` was not run. */
  serving = true;
  /** `chef-server-ctl maintenance on`. */
  maintenance = false;

  constructor(spec: FrontendSpec, around: Surroundings) {
    super(spec.name, [spec.ip], around);
    this.packages.replace({
      name: "chef-server-core",
      version: spec.version ?? "15.9.38-1",
      arch: around.platform === "deb" ? "amd64" : "x86_64",
      installedSize: 900_000,
      installedAt: around.clock.now() - 108_000_000,
      state: "installed",
    });
  }
}
