import type { Clock } from "./clock";
import type { ColumnOptions } from "./columns";
import type { ServiceName, ServiceSpec } from "./cluster/services";
import type { NodeTree } from "./nodeTree";
import type { Shape } from "./shape";
import type { Timings } from "./timings";

export type Platform = "deb" | "rpm";

/** One backend as the cluster starts with it. */
export interface BackendSpec {
  name: string;
  /** What `cluster-status` shows, and an address that the machine carries. */
  ip: string;
  /** 32 hexadecimal digits; random (seeded) where it is missing. */
  guid?: string;
  /** Installed and running at the start, such as `2.1.0-1`; the cluster's version where it is missing. */
  version?: string;
  /** Running build where it differs from the installed one: a package that was never `upgrade`d. */
  running?: string;
  /** Further addresses of the machine (IPv4 or IPv6). */
  addresses?: string[];
  services?: Partial<Record<ServiceName, ServiceSpec>>;
}

export interface FrontendSpec {
  name: string;
  ip: string;
  /** chef-server-core's version; default `15.9.38-1`. */
  version?: string;
  /** Somebody has accepted the license on this machine for good; default: from 13 on, which does not run without. */
  licenseAccepted?: boolean;
  /** Versions of add-ons by package, such as `chef-manage`; default none. */
  addons?: Record<string, string>;
}

/** What every simulated system takes. */
export interface SystemOptions {
  clock: Clock;
  platform?: Platform;
  /** `PRETTY_NAME` and friends come from it: default Ubuntu 18.04 or CentOS 7. */
  osRelease?: string;
  seed?: number;
  timings?: Partial<Timings>;
  /** How nodes print what is read of them. */
  shape?: Partial<Shape>;
  /** Where the files of a node lie; default: in memory. */
  treeOf?: (node: string) => NodeTree;
}

export interface SimulationOptions extends SystemOptions {
  backends: BackendSpec[];
  frontends?: FrontendSpec[];
  /** Chef Backend's version at the start: `2.1.0` or `2.1.0-1`. */
  version: string;
  /** Nothing is installed on any machine yet, and there is no cluster; `version` says nothing then. */
  fresh?: boolean;
  vip?: string;
  /** Default: the first backend. */
  leader?: string;
  /** Default: the last backend. */
  elasticsearchMaster?: string;
  /** Elasticsearch that created the search index; default: the one that came with the version. */
  indexCreatedBy?: string;
  /** The Chef server's organizations; default `acme` and `lab`. */
  organizations?: string[];
  columns?: Partial<ColumnOptions>;
}

/** Reads the files of a node that the simulation does not own, such as package files. */
export interface NodeFiles {
  /** The file's bytes; undefined when there is none. */
  read(path: string): Promise<Uint8Array | undefined> | Uint8Array | undefined;
  /** Where programs may write real files: writes one, with the folders above it. */
  write?(path: string, bytes: Uint8Array): Promise<void> | void;
  /** Files below a folder, by their paths relative to it, sorted; there where `write` is. */
  list?(folder: string): Promise<string[]> | string[];
}

export interface ExecIo {
  stdin?: string;
  /** `root` unless told otherwise. */
  user?: string;
  /** The program's environment, as far as a program here looks at it: `CHEF_LICENSE`. */
  env?: Readonly<Record<string, string>>;
  /** Aborted: the process was killed with signal 9. */
  signal?: AbortSignal;
  files?: NodeFiles;
  /** Called with each piece of output as it appears; the result carries all of it too. */
  onOutput?: (stream: "stdout" | "stderr", text: string) => void;
  /** The same of output that is no text, and of so many bytes of `filling`; where it is missing they become text. */
  onBytes?: (bytes: Uint8Array | number) => void;
  /** For relative paths. */
  cwd?: string;
}

export interface ExecResult {
  /** Exit status; 137 when the process was killed. */
  code: number;
  stdout: string;
  stderr: string;
  signal?: "SIGKILL";
}

/** A command that changes something, as it ran on a node. */
export interface HistoryEntry {
  /** Simulated time, milliseconds. */
  readonly at: number;
  readonly node: string;
  readonly argv: readonly string[];
  ended?: number;
  /** Exit status; missing while it runs and when it was killed. */
  code?: number;
  killed?: boolean;
}

/** The machine is down or has no such name: there is nobody to run a command. */
export class NodeDownError extends Error {
  override readonly name = "NodeDownError";
}
