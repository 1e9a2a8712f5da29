import { address } from "../../../lab/demo/stage";
import {
  type EnterpriseLab,
  type EnterpriseLabOptions,
  startEnterpriseLab,
} from "../../../lab/enterpriseLab";
import { type Lab, type LabOptions, startLab } from "../../../lab/lab";
import { type MigrationLab, type MigrationLabOptions, startMigrationLab } from "../../../lab/migrationLab";
import { settingsFor } from "../../support/labStack";
import { smallOrganizations } from "../../migration/rig";
import type { Declared } from "./program";

/** How many times as fast as on real machines things happen. */
const scale = 50;

/** A lab, and the resource that manages it. */
export interface Subject<L> {
  readonly lab: L;
  readonly declared: Declared;
}

const login = ({ privateKey, knownHosts }: { privateKey: string; knownHosts: string }) => ({
  privateKey,
  knownHosts,
});

export async function aCluster(options: LabOptions = {}): Promise<Subject<Lab>> {
  const lab = await startLab({ scale, ...options });
  return { lab, declared: { type: "ChefBackendCluster", inputs: settingsFor(lab) } };
}

export async function anEnterprise(options: EnterpriseLabOptions = {}): Promise<Subject<EnterpriseLab>> {
  const lab = await startEnterpriseLab({ scale, ...options });
  const inputs = {
    version: "1.4.6",
    nodes: lab.backends.map(address),
    frontends: { nodes: lab.frontends.map(address) },
    connection: login(lab),
    packageFile: { path: lab.packages["11.3.2"] },
    backupReference: "s3://backups/chef/2026-05-01.tar.gz",
    timeouts: { keepalived: 60, services: 60 },
  };
  return { lab, declared: { type: "EnterpriseChefCluster", inputs } };
}

/** Asks for a rehearsal. */
export async function aMigration(options: MigrationLabOptions = {}): Promise<Subject<MigrationLab>> {
  const lab = await startMigrationLab({
    scale,
    ...{ simulation: { source: { organizations: smallOrganizations } } },
    ...options,
  });
  const at = (...names: string[]) => names.map((name) => address(lab.node(name)));
  const inputs = {
    version: "2.3.16",
    nodes: at("backend-1", "backend-2", "backend-3"),
    frontends: {
      nodes: at("frontend-1", "frontend-2"),
      version: "15.9.38",
      packageFile: { path: lab.packages.server },
      acceptLicense: true,
      knife: lab.knife("frontend-1"),
    },
    source: {
      backends: at("old-backend-1", "old-backend-2"),
      frontends: at("old-frontend-1", "old-frontend-2"),
      knife: lab.knife("old-frontend-1"),
    },
    connection: login(lab),
    packageFile: { path: lab.packages.backend },
    backendConfig: lab.backendConfig,
    timeouts: lab.timeouts,
    rehearse: true,
  };
  return { lab, declared: { type: "ChefBackendMigration", inputs } };
}
