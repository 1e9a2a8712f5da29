export { ChefBackendCluster } from "./pulumi/ChefBackendCluster";
export { ChefBackendMigration } from "./pulumi/ChefBackendMigration";
export { EnterpriseChefCluster } from "./pulumi/EnterpriseChefCluster";
export type {
  EnterpriseChefClusterArgs,
  EnterpriseFrontends,
  EnterpriseTimeoutArgs,
} from "./pulumi/enterpriseArgs";
export type {
  ChefBackendMigrationArgs,
  MigrationFrontends,
  MigrationSource,
  MigrationTimeoutArgs,
} from "./pulumi/migrationArgs";
export type { CountRow } from "./migration/counts";
export type { Archive, TidyReport } from "./migration/record";
export type { Attempt } from "./enterprise/record";
export type {
  ChefBackendClusterArgs,
  Connection,
  Frontends,
  Login,
  Node,
  PackageFile,
  Proxy,
  TimeoutArgs,
} from "./pulumi/args";
export type { ClusterRow } from "./cluster/state";
export type { Backup } from "./execute/backups";
export type { LastUpgrade } from "./handlers/types";
