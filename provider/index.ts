export { ChefBackendCluster } from "./pulumi/ChefBackendCluster";
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
