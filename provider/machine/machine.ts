import type { Readable, Writable } from "node:stream";

/** One read-only command on a node; `argv` is never interpreted by a shell. */
export interface FactRequest {
  readonly name: string;
  readonly argv: readonly string[];
  /** Takes seconds on a real node (the control commands start Ruby): read side by side with the rest. */
  readonly slow?: boolean;
  /** It is given up after so many seconds. Default 120 where it is slow, otherwise none. */
  readonly limit?: number;
  /** Only its exit status and standard error are wanted: what it prints stays on the node. */
  readonly discard?: boolean;
}

/** What a command printed, as plain text (`values/plainText`). */
export interface FactResult {
  /** Exit status; 127 when the program is not there. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Why there is no result to read, as "gave no answer within 120 s": then the status is not 0. */
  readonly problem?: string;
}

/** Who holds the cluster's lock, as it stands on one node. */
export interface LockState {
  readonly run: string;
  /** `user@host`, stack: for people. */
  readonly owner: string;
  /** Where the owner's process runs, so that its end can be told on the same machine. */
  readonly process: string;
  /** Seconds since the lock was taken, by the node's clock. */
  readonly age: number;
  /** Seconds since the owner's last heartbeat, by the node's clock. */
  readonly silent: number;
}

export interface LockOwner {
  readonly run: string;
  readonly owner: string;
  readonly process: string;
}

/** `copy_verified FROM TO SHA256`, which every job knows: it fails unless the copy has that checksum. */
export const verifiedCopy = "copy_verified";

/**
 * `spare_room KIB PATH PROGRAM…`, which every job knows: runs what writes to PATH, and ends it, and removes PATH, before less than so
 * much is free on its disk.
 */
export const spareRoom = "spare_room";

/** `pack_into FOLDER COMMAND…`, which every job knows: COMMAND reads FOLDER as `sendPacked` sends it. */
export const packInto = "pack_into";

/** A change on a node: commands run one after another, the first failure ends it. */
export interface Job {
  /** Unique within a run: the gate claims it once. */
  readonly id: string;
  readonly commands: readonly (readonly string[])[];
  /** The build which the node runs once the commands have ended with 0; kept on the node. */
  readonly marksRunning?: string;
  /** Name under which the output is kept beyond the last runs, in the node's `logs` folder of ours. */
  readonly log?: string;
  /** It installs an rpm: what it prints is kept until the next one does. */
  readonly installs?: boolean;
  /** What stays on the node once the commands have ended with 0. */
  readonly guard?: FailoverGuard;
}

/**
 * Turns failover on by itself when the client is gone and the cluster is healthy, or has lost its leader; `gate/guardScript.ts`
 * has the rules.
 * Times in whole seconds.
 */
export interface FailoverGuard {
  /** What the run record calls this node. */
  readonly node: string;
  /** Without a heartbeat for so long the client counts as gone. */
  readonly silence: number;
  /** Before each look at the cluster: as old as its nodes' view of each other can be. */
  readonly pause: number;
  /** It ends after so long, whatever it has seen. */
  readonly giveUp: number;
  /** For longer than this nobody must lead before a lost leader counts as lost. */
  readonly lease: number;
  /** How many backends a healthy cluster has. */
  readonly backends: number;
  /** Asks Elasticsearch of its shards: while two releases of it are mixed a settled yellow is healthy. Missing: green alone is. */
  readonly mixed?: readonly string[];
}

export interface JobSummary {
  readonly run: string;
  readonly id: string;
  /** `died`: claimed, no longer running, and no exit status was written. */
  readonly state: "running" | "ended" | "died";
  readonly code: number | null;
}

export interface JobResult extends JobSummary {
  /** The last lines that the job printed. */
  readonly output: string;
}

/** What our last installation on a node has printed, as far as it tells of scripts of packages. */
export interface Installation {
  /** When the last of it was printed, Unix seconds by the node's clock. */
  readonly endedAt: number;
  /** The lines that tell of a script that failed, of whichever package. */
  readonly lines: string;
}

/** Everything read from a node in one go. */
export interface Reading {
  readonly facts: Readonly<Record<string, FactResult>>;
  readonly lock: LockState | null;
  /** Jobs that have not ended: running, or dead without an exit status. */
  readonly jobs: readonly JobSummary[];
  /** Text of the run record; empty when there is none. */
  readonly record: string;
  /** Which block of failover (`offSeq` of the run record) a guard on this node has undone; empty when none. */
  readonly guard: string;
  /** The build that our last good `upgrade` job on this node ended with; empty when there was none. */
  readonly upgradedTo: string;
  /** When that job ended, Unix seconds of the node's clock; null when there was none. */
  readonly upgradedAt: number | null;
  /** Null where there was none of ours. */
  readonly installation: Installation | null;
  /** Absolute path of the folder where the provider keeps its own files on the node. */
  readonly stateDir: string;
  /** Node's clock minus ours and the most by which that can be wrong, in seconds. */
  readonly clockOffset: number;
  readonly clockUncertainty: number;
  /** The address at which the machine was reached; null where another machine looked the name up. */
  readonly address: string | null;
}

/** A package file that has to come into the node's `packages` folder under the name `file`. */
export type Staging =
  | { readonly kind: "upload"; readonly source: string; readonly sha256: string; readonly file: string }
  | { readonly kind: "download"; readonly url: string; readonly sha256: string; readonly file: string };

/** What comes into the place of a folder on the node. */
export interface FolderReplacement {
  readonly path: string;
  readonly fingerprint: string;
  /** What was there before is called `path.keptAs` from then on. */
  readonly keptAs: string;
}

/** A file that comes from another machine. */
export interface ReceivedFile {
  /** Among our own. */
  readonly name: string;
  readonly sha256: string;
  /** KiB: it is given up before less is free on its disk. */
  readonly spareKiB?: number;
}

/** What arrived is not what was to be sent: it has another checksum. */
export class NotTheSameError extends Error {
  override readonly name = "NotTheSameError";
}

/** The node cannot be reached, or refuses us; the message is complete and names the way out. */
export class UnreachableError extends Error {
  override readonly name = "UnreachableError";
  constructor(
    message: string,
    /** A wrong host key, a refused login: not a matter of trying again. */
    readonly fatal: boolean,
  ) {
    super(message);
  }
}

/** The lock on this node no longer carries our run's id: another run took it over. */
export class LockLostError extends Error {
  override readonly name = "LockLostError";
}

export interface FollowOptions {
  /** Milliseconds of our clock until which to wait; the job is left alone after that. */
  readonly deadline: number;
  readonly signal?: AbortSignal;
  readonly onOutput?: (text: string) => void;
  /** Why the machine is not reached at the moment; null once it is again. The job goes on meanwhile. */
  readonly onConnection?: (trouble: string | null) => void;
}

/**
 * One backend as the core sees it. `read` changes nothing; everything that changes something carries the run's
 * id and is refused with LockLostError once the lock there is not this run's. Each call has a limit of its own, and ends
 * with UnreachableError then.
 */
export interface Machine {
  readonly name: string;
  read(facts: readonly FactRequest[], signal?: AbortSignal): Promise<Reading>;
  /** Reaches it once more, from the start: which machine answers then, for people, where it is another one; else null. */
  otherMachine(): Promise<string | null>;
  /** Takes the lock, or takes it over from the run `replacing`; null when taken, else who holds it. */
  takeLock(owner: LockOwner, replacing?: string): Promise<LockState | null>;
  /** Renews the heartbeat. */
  beat(run: string): Promise<void>;
  releaseLock(run: string): Promise<void>;
  writeRecord(run: string, text: string): Promise<void>;
  /** Writes a text into a file among our own on the node, by write-and-rename; resolves to its absolute path. */
  keepFile(run: string, name: string, text: string): Promise<string>;
  /** Claims and starts a job, detached. A job that was claimed before is not started again. */
  startJob(run: string, job: Job): Promise<"started" | "claimed before">;
  /**
   * Waits for a job's end, across lost connections; `running` when the deadline passed.
   * @throws UnreachableError at once where the machine cannot be reached again without somebody's help
   */
  followJob(run: string, id: string, options: FollowOptions): Promise<JobResult>;
  /** Brings a package file onto the node, verified; resolves at once where it lies there already. */
  stage(run: string, staging: Staging, options: FollowOptions): Promise<void>;
  /** A checksum over all files below a folder, with their names, owners and modes; null where there is no such folder. */
  fingerprint(folder: string): Promise<string | null>;
  /** Writes a folder into a stream, in the form that `replaceFolder` takes, and ends it. */
  sendFolder(folder: string, to: Writable): Promise<void>;
  /**
   * Puts a folder that comes from a stream in the place of what is there, which is kept beside it: complete and verified
   * by its fingerprint before, or not at all.
   */
  replaceFolder(run: string, folder: FolderReplacement, from: Readable): Promise<void>;
  /** Writes a file into a stream, and ends it. */
  sendFile(path: string, to: Writable): Promise<void>;
  /** Packs a folder into a stream, and ends it: a `.tar.gz` that has the same checksum each time while nothing in the folder changes. */
  sendPacked(folder: string, to: Writable): Promise<void>;
  /** Makes a file of our own, root's alone, of a stream: verified, or not there at all. @returns its absolute path. @throws NotTheSameError */
  receiveFile(run: string, file: ReceivedFile, from: Readable): Promise<string>;
  close(): Promise<void>;
}
