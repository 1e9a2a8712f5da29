import { type LocalFiles, packageSource } from "../inputs/packageSource";
import { machineNames } from "../inputs/names";
import { defaultTimeouts, type UpgradeSpec } from "../plan/spec";
import { allMachines, byPlace, type MigrationInputs } from "./inputs";

/** Limits, in seconds. */
export interface MigrationTimeouts {
  readonly install: number;
  readonly stage: number;
  readonly packageLock: number;
  /** `reconfigure`, `start` or `stop` of one frontend, until it answers. */
  readonly services: number;
  /** `create-cluster` or `join-cluster` of one backend, until the cluster is healthy. */
  readonly cluster: number;
  readonly report: number;
  /** One `knife ec backup`. */
  readonly backup: number;
  /** Moving the backup, packed, from the old frontend to the new one. */
  readonly transfer: number;
  /** `knife ec restore`. */
  readonly restore: number;
  readonly statusInterval: number;
}

/** Knife asks for every object by itself: what is enough for hundreds of thousands of them. */
export const defaultMigrationTimeouts: MigrationTimeouts = {
  ...{
    install: defaultTimeouts.install,
    stage: defaultTimeouts.stage,
    packageLock: defaultTimeouts.packageLock,
  },
  ...{ services: defaultTimeouts.services, statusInterval: defaultTimeouts.statusInterval },
  ...{ cluster: 1800, report: 3600, backup: 14_400, transfer: 14_400, restore: 43_200 },
};

export interface Named {
  readonly name: string;
  readonly host: string;
}

/** What the program asks for, checked and with its defaults filled in. Plain data. */
export interface MigrationSpec {
  /** The new cluster and its frontends, as an upgrade would ask for them. */
  readonly cluster: UpgradeSpec & {
    readonly frontends: NonNullable<UpgradeSpec["frontends"]> & { readonly version: string };
  };
  readonly source: {
    readonly backends: readonly Named[];
    readonly frontends: readonly Named[];
    /** Path of knife on the first old frontend. */
    readonly knife: string;
  };
  /** The same on the first new frontend. */
  readonly newKnife: string;
  /** Text of chef-backend.rb for all new backends; null: it lies there already. */
  readonly backendConfig: string | null;
  /** The version for which the old system may be stopped; null: for none. */
  readonly allowDowntime: string | null;
  readonly rehearse: boolean;
  /** Whether knife tidy is asked before anything is moved. */
  readonly tidy: boolean;
  readonly breakLock: string | null;
  /** As in `UpgradeSpec`. */
  readonly goneMachines?: readonly string[];
  readonly timeouts: MigrationTimeouts;
}

/** Where a Chef server's own knife is. */
export const embeddedKnife = "/opt/opscode/embedded/bin/knife";

/** Fills in the defaults. `local` is null when no file was looked at: no `source` of a package then. */
export function toMigrationSpec(inputs: MigrationInputs, local: LocalFiles | null): MigrationSpec {
  const { version, frontends, source } = inputs;
  const names = byPlace(inputs, machineNames(allMachines(inputs)));
  const named = (machines: readonly { readonly host: string }[], its: readonly string[]): Named[] =>
    machines.map(({ host }, at) => ({ name: its[at]!, host }));
  const timeouts = { ...defaultMigrationTimeouts, ...inputs.timeouts };
  return {
    cluster: {
      version,
      nodes: named(inputs.nodes, names.nodes),
      packages: { [version]: packageSource("packageFile", inputs.packageFile, local) },
      frontends: {
        nodes: named(frontends.nodes, names.frontends),
        version: frontends.version,
        packageFile: packageSource("frontends.packageFile", frontends.packageFile, local),
        acceptLicense: frontends.acceptLicense ?? false,
        cleanup: null,
        drain: null,
        reconfigureAddons: false,
        acceptFailedScripts: frontends.acceptFailedScripts ?? null,
        loadBalancer: null,
        smokeTest: false,
      },
      ...{
        takeOverFailover: false,
        failoverGuard: 0,
        breakLock: inputs.breakLock ?? null,
        allowDowntime: null,
      },
      ...{ backup: false, rebuildIndex: null, reindexTestOrg: null, knownGuids: [], knownMachines: {} },
      acceptFailedScripts: inputs.acceptFailedScripts ?? null,
      timeouts: { ...defaultTimeouts, ...timeouts, healthy: timeouts.cluster },
    },
    source: {
      backends: named(source.backends, names.oldBackends),
      frontends: named(source.frontends, names.oldFrontends),
      knife: source.knife ?? embeddedKnife,
    },
    newKnife: frontends.knife ?? embeddedKnife,
    backendConfig: inputs.backendConfig ?? null,
    allowDowntime: inputs.allowDowntime ?? null,
    rehearse: inputs.rehearse ?? false,
    tidy: inputs.tidy ?? true,
    breakLock: inputs.breakLock ?? null,
    goneMachines: inputs.goneMachines ?? [],
    timeouts,
  };
}
