import { install } from "../commands/install";
import { type RpmTool, usualTool } from "../commands/rpmTools";
import type { MachineState } from "../cluster/state";
import { installing, packageFor, type UpgradeSpec } from "./spec";
import { packageFileOf } from "./view";

/** What installs an .rpm of a version on a machine: as tried there, or what it has by its operating system. */
export function toolOn(state: MachineState, version: string): RpmTool {
  return packageFileOf(state, version)?.tool ?? usualTool([state.osId, ...state.osLike]);
}

/** The commands that install the hop's package on a backend. */
export function installCommands(spec: UpgradeSpec, state: MachineState): string[][] {
  return installing(packageFor(spec, spec.version), state.stateDir, (path) =>
    install(state.family ?? "deb", path, toolOn(state, spec.version)),
  );
}

/** `install`, for people: with the command where it is one of several, as tried on the machine. */
export function installDeed(spec: UpgradeSpec, state: MachineState): string {
  if (!packageFileOf(state, spec.version)?.tool) return "install";
  return `install by \`${installCommands(spec, state).at(-1)!.join(" ")}\``;
}
