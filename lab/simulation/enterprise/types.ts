import type { SystemOptions } from "../types";

/** One machine as the system starts with it. */
export interface EnterpriseMachineSpec {
  readonly name: string;
  readonly ip: string;
}

export interface EnterpriseOptions extends SystemOptions {
  /** The bootstrap backend, then the other one. Default: `backend-1` and `backend-2`. */
  readonly backends?: readonly [EnterpriseMachineSpec, EnterpriseMachineSpec];
  /** Default: `frontend-1` and `frontend-2`. */
  readonly frontends?: readonly EnterpriseMachineSpec[];
  /** Private Chef's version at the start; default `1.4.6`. */
  readonly version?: string;
  /** Which backend is keepalived's master at the start; default: the bootstrap one. */
  readonly master?: "bootstrap" | "secondary";
  /**
   * `one file` (default): `private-chef.rb` is the same everywhere and names all machines; `per machine`: each has
   * its own, and only the bootstrap backend's says `:bootstrap => true`.
   */
  readonly privateChefRb?: "one file" | "per machine";
  readonly vip?: string;
}
