export { ChefBackendCluster } from "./pulumi/ChefBackendCluster";
export type {
  ChefBackendClusterArgs,
  Connection,
  Login,
  Node,
  PackageFile,
  Proxy,
  TimeoutArgs,
} from "./pulumi/args";
export type { ClusterRow } from "./cluster/state";
export type { LastUpgrade } from "./handlers/types";
