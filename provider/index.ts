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
export { sealSecrets } from "./pulumi/seal";
export type {
  ChefBackendClusterArgs,
  Connection,
  Drain,
  Frontends,
  LoadBalancer,
  Login,
  Node,
  PackageFile,
  Proxy,
  TimeoutArgs,
} from "./pulumi/args";
export type {
  Archive,
  Attempt,
  Backup,
  ClusterRow,
  CountRow,
  Failover,
  FrontendAddress,
  LastMigration,
  LastUpgrade,
  Phase,
  TidyReport,
} from "./report/outputs";
