import type { Turn } from "../../handlers/turn";
import type { LastUpgrade } from "../../handlers/types";
import type { EnterpriseInputs } from "../inputs";
import type { Attempt } from "../record";

/** What preview shows of one machine, and what the next preview compares with. */
export interface MachinePlan {
  readonly role: string;
  /** The version that it shall have. */
  readonly version: string;
  /** `nothing to do`, or its place in the order, why, and what is done to it. */
  readonly step: string;
}

/** What `check` adds to the inputs. A key is missing where there is nothing to say. */
export interface EnterpriseExpansion {
  readonly machines?: Readonly<Record<string, MachinePlan>>;
  /** What goes down, in its order. */
  readonly downtime?: readonly string[];
  /** What is destroyed. */
  readonly destroys?: string;
  /** What an earlier run left to be finished. */
  readonly unfinished?: readonly string[];
}

export type CheckedEnterprise = EnterpriseInputs & EnterpriseExpansion & Turn;

/** What the resource says of the system. */
export interface EnterpriseOutputs {
  /** By machine: the release that the package manager has installed, `none`, or `unknown`. */
  readonly versions: Readonly<Record<string, string>>;
  /** Name of the active backend; empty when not exactly one says that it is. */
  readonly master: string;
  /** By backend: `Connected Primary/Secondary UpToDate/UpToDate`. */
  readonly drbd: Readonly<Record<string, string>>;
  /** Whether everything runs that should, with one active backend and DRBD in sync, as far as all machines could be read. */
  readonly healthy: boolean;
  /** By frontend: `healthy`, or what does not run. */
  readonly frontendHealth: Readonly<Record<string, string>>;
  /** Of `private-chef-ctl upgrade` on the primary backend, in the last upgrade. */
  readonly attempts: readonly Attempt[];
  /** By machine: the file there that has what the package manager printed in the last upgrade. */
  readonly installLogs: Readonly<Record<string, string>>;
  readonly lastUpgrade: LastUpgrade | null;
  /** The version whose old data was destroyed; empty before. */
  readonly cleanedUp: string;
}

export type EnterpriseProperties = CheckedEnterprise & EnterpriseOutputs;
