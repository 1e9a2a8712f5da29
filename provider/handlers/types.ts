import type { ClusterContext } from "../execute/context";
import type { Backup } from "../execute/backups";
import type { ClusterRow } from "../cluster/state";
import type { Failover } from "../cluster/failover";
import type { MachineInputs } from "../inputs/connections";
import type { ClusterInputs } from "../inputs/schema";
import type { LocalFile } from "../inputs/packageSource";
import type { InputFailure } from "../inputs/validate";
import type { Adopted } from "../inputs/toSpec";
import type { Machine } from "../machine/machine";
import type { Turn } from "./turn";
import type { LastUpgrade } from "../report/outputs";

export type { LastUpgrade } from "../report/outputs";

/** What preview shows of one backend, and what the next preview compares with. */
export interface BackendPlan {
  readonly role: string;
  /** The version that it shall have. */
  readonly version: string;
  /** `nothing to do`, or its place in the order, why, and the commands' essence. */
  readonly step: string;
}

/** What preview shows of one frontend. */
export interface FrontendPlan {
  /** The version that it shall have; the installed release where none is asked for. */
  readonly version: string;
  /** As a backend's. */
  readonly step: string;
}

/** What `check` adds to the inputs. A key is missing where there is nothing to say. */
export interface Expansion {
  readonly backends?: Readonly<Record<string, BackendPlan>>;
  readonly frontendPlans?: Readonly<Record<string, FrontendPlan>>;
  /** The way to the version, one line for each part of it; missing when nothing is to be done. */
  readonly hops?: readonly string[];
  /** What an earlier run left to be mended. */
  readonly unfinished?: readonly string[];
  /** The cluster that this resource has adopted: what is at the hosts is compared with it. */
  readonly __adopted?: Adopted;
}

/** The program's inputs, and what `check` has added to them. */
export type CheckedInputs = ClusterInputs & Expansion & Turn;

/** What the resource says of the cluster. */
export interface ClusterOutputs {
  /** Name of the leading node; empty when there is none. */
  readonly leader: string;
  readonly installedVersions: Readonly<Record<string, string>>;
  /** By node name: a version, `before 2.3.16`, or `unknown`. */
  readonly runningVersions: Readonly<Record<string, string>>;
  readonly failover: Failover;
  readonly healthy: boolean;
  readonly clusterStatus: readonly ClusterRow[];
  /** By GUID: the machine id that each backend had when it was adopted. */
  readonly machineIds: Readonly<Record<string, string>>;
  readonly lastUpgrade: LastUpgrade | null;
  /** By frontend's name: the installed release, `none`, or `unknown` of one that was never reached. */
  readonly frontendVersions: Readonly<Record<string, string>>;
  /** By frontend's name: `pong`, what it said instead, or `unreachable`. */
  readonly frontendHealth: Readonly<Record<string, string>>;
  /** Of the last upgrade that made some. */
  readonly backups: readonly Backup[];
  /** What the vendor recommends for the cluster as it is, a sentence each; none where there is nothing. */
  readonly recommendations: readonly string[];
}

export type ClusterProperties = CheckedInputs & ClusterOutputs;

/** The inputs as Pulumi compares and keeps them, and what is wrong with them. */
export interface CheckOutcome {
  readonly inputs: Record<string, unknown>;
  readonly failures: readonly InputFailure[];
}

/** What a front gives to a handler. */
export interface HandlerContext extends ClusterContext {
  /** Machines for the inputs' backends, then their frontends, not yet dialled. `quick`: one attempt of at most 10 s for each. */
  readonly connect: (inputs: MachineInputs, quick: boolean) => Machine[];
  /** Looks at a file on this machine. @throws Error with a complete sentence when it cannot be read. */
  readonly localFile: (path: string) => Promise<LocalFile>;
}
