import type { RpmTool } from "../commands/rpmTools";
import type { JobSummary, LockState } from "../machine/machine";
import type { InstalledAddon } from "../chef/server/addons";
import type { BackendConfig } from "../chef/cluster/backendConfig";
import type { ShardHealth } from "../chef/cluster/searchHealth";
import type { SearchIndex } from "../chef/cluster/searchIndices";
import type { Watermark } from "../chef/cluster/watermark";
import type { Migrations } from "../chef/server/partybus";
import type { Claim, RunRecord } from "./record";
import type { ClusterRow } from "../report/outputs";

export type { ClusterRow } from "../report/outputs";

/** One row of `chef-backend-ctl status`: a local service and the cluster's view of it. */
export interface ServiceRow {
  readonly service: string;
  /** `running (pid 1191)`, `down`; of the disks `/var/log/chef-backend: OK; …`. */
  readonly local: string;
  /** The cluster's view as it stands there. */
  readonly view: string;
  /** Its figures: `state: green; nodes online: 3/3` as `{ state: "green", "nodes online": "3/3" }`. */
  readonly distributed: Readonly<Record<string, string>>;
}

/** One line of `status --simple`. */
export interface RunitService {
  readonly service: string;
  /** It runs, and nobody has told it to stop. */
  readonly up: boolean;
  /** Seconds since the service's state last changed. */
  readonly seconds: number;
}

/** The package as the node's package manager has it. */
export interface InstalledPackage {
  /** `unreadable`: the package manager could not read its own database, which says nothing of the package. */
  readonly state: "installed" | "interrupted" | "absent" | "unreadable";
  /** Interrupted while it was unpacked: configuring does not mend it, only installing again does. */
  readonly reinstall?: boolean;
  /** Version with iteration, for example `2.3.16-1`; null when absent. */
  readonly version: string | null;
  /** What the package manager said, for people. */
  readonly detail: string;
  /** Unix seconds of the last installation by the node's own clock; null when it cannot be known. */
  readonly installedAt: number | null;
  /**
   * What rpm, yum or dnf said when a script of this very build failed. `interrupted` for that, or `installed` where the
   * program accepts it.
   */
  readonly failedScript?: string;
  /** The administrator has told dpkg to keep it as it is. */
  readonly held?: boolean;
}

/** Which build a node's services run: promise 7, and why we think so. */
export interface Running {
  readonly kind: "installed" | "older" | "unknown";
  readonly because: string;
}

/** The package file of the next install as it lies on the node. */
export interface PackageFile {
  readonly path: string;
  readonly problem: string | null;
  /** The file is not there (yet): staging would bring it. */
  readonly missing: boolean;
  /** Installed size in KiB, to be unpacked; 0 when unknown. */
  readonly unpackedKiB: number;
  /** KiB of the copy of it that is installed; missing where the file itself is. */
  readonly copiedKiB?: number;
  /** What installs it, as tried there; null where nothing was tried. */
  readonly tool?: RpmTool | null;
  /** It could not be tried: another program is installing there, in the tool's words. */
  readonly busy?: string;
  /** The problem is that the machine does not accept its signature, or that it has none. */
  readonly unsigned?: boolean;
  /** Its version and release, such as `2.3.16-1.el7`. */
  readonly build?: string;
  /** Its files are checked by MD5 while they are unpacked; only where rpm told. */
  readonly md5?: boolean;
}

export interface Disk {
  readonly path: string;
  readonly mount: string;
  readonly sizeKiB: number;
  readonly availableKiB: number;
}

/** What a machine said of itself, backend or frontend. Plain data. */
export interface MachineState {
  readonly name: string;
  readonly host: string;
  /** Why the machine could not be read; null when it could. */
  readonly unreachable: string | null;
  readonly root: boolean;
  readonly family: "deb" | "rpm" | null;
  readonly os: string;
  readonly osId: string;
  readonly osVersion: string;
  /** What it is derived from: `ID_LIKE`. */
  readonly osLike: readonly string[];
  /** The kernel allows only the algorithms of FIPS 140. */
  readonly fips: boolean;
  /** `/etc/machine-id`, or what D-Bus has in its place; empty where there is none. */
  readonly machineId: string;
  readonly bootId: string;
  /** The address at which it was reached; null where that is not known. */
  readonly reachedAt: string | null;
  /** Two connections to its host reached two machines: which, for people; null where they did not. */
  readonly otherMachine: string | null;
  /** Its clock minus ours, in seconds. */
  readonly clockOffset: number;
  /** The most by which `clockOffset` can be wrong, in seconds. */
  readonly clockUncertainty: number;
  /** Its own clock at the reading, Unix seconds. */
  readonly now: number;
  readonly uptime: number | null;
  /** Addresses that the machine itself carries. */
  readonly addresses: readonly string[];
  /** Which of them are on one interface, where `ip` told: each interface's own. */
  readonly interfaces: readonly (readonly string[])[];
  readonly package: InstalledPackage;
  /** The build that our last good `upgrade` on it ended with; empty when there was none. */
  readonly upgradedTo: string;
  readonly services: readonly RunitService[];
  /** What runit prints where it does not watch over a service: nothing would start or stop that. */
  readonly unwatched: readonly string[];
  /** Who holds the package manager's lock; null when nobody does. */
  readonly packageLock: string | null;
  readonly disks: readonly Disk[];
  /** Files of Chef's packages that dpkg was told to put elsewhere, as `dpkg-divert --list` prints them. */
  readonly diversions: readonly string[];
  /** By version: those that the reading looked at. */
  readonly packageFiles: Readonly<Record<string, PackageFile>>;
  /** Where the provider keeps its own files on it. */
  readonly stateDir: string;
  readonly lock: LockState | null;
  readonly jobs: readonly JobSummary[];
}

/** What one backend said of itself and of the cluster. Plain data. */
export interface NodeState extends MachineState {
  readonly running: Running;
  readonly clusterStatus: readonly ClusterRow[] | string;
  readonly status: readonly ServiceRow[] | string;
  /** What these two printed where they ended with 0, for who has to be told what could not be read. */
  readonly printed: { readonly clusterStatus: string | null; readonly status: string | null };
  /** Lines of theirs that nobody here knows, by command: shown, and otherwise ignored. */
  readonly unread: readonly { readonly command: string; readonly lines: readonly string[] }[];
  /** Why `status --simple` told nothing of runit; null where it did. */
  readonly runitUnknown: string | null;
  /** What chef-backend.rb says of the settings that bear on an upgrade. */
  readonly config: BackendConfig;
  /** Whether its leaderl tells frontends to take it for the leader, at `/leader`; null where that does not answer. */
  readonly taken: boolean | null;
  /** Version of Elasticsearch that made the oldest index, where that of every index could be read; else null. */
  readonly indexVersion: string | null;
  /** Every index of its Elasticsearch; null where that could not be read. */
  readonly indices: readonly SearchIndex[] | null;
  /** Version of the Elasticsearch that runs, where it answered; else null: tells which release's services run. */
  readonly searchVersion: string | null;
  /** What its Elasticsearch says of the shards at this moment; null where it did not answer. */
  readonly shards: ShardHealth | null;
  /** Where Elasticsearch's data folder really is, every link followed; null when there is none. */
  readonly dataFolder: string | null;
  /** What lies in it where it was moved from the documented place; null where that was not read. */
  readonly dataEntries: readonly string[] | null;
  /** Where the Elasticsearch that runs keeps its data by its own word; null where it did not tell. */
  readonly dataPath: string | null;
  /** Elasticsearch's limit on its disk; `off` where it does not look at it, null where it did not answer. */
  readonly watermark: Watermark | "off" | null;
  /** The file system that the search index lies on; null when that could not be read. */
  readonly dataDisk: Disk | null;
  /** KiB in use on the disk of its data; null where that could not be read. */
  readonly dataUsedKiB: number | null;
  /** Markers of an accepted license that are there. */
  readonly licenses: readonly string[];
  /** It has a frontend's configuration. */
  readonly isFrontend: boolean;
  /** The release of PostgreSQL that made its database, such as `9.5`; null where that could not be read. */
  readonly postgres: string | null;
  /** What `/proc/drbd` shows: such a machine is of another system. Empty where there is none. */
  readonly drbd: string;
  readonly record: RunRecord | null;
  /** What its own copy of the record says of a step of ours that did not end; null where none is open. */
  readonly claim: Claim | null;
}

/** What one frontend said of itself. Plain data. */
export interface FrontendState extends MachineState {
  /** It has a backend's configuration. */
  readonly isBackend: boolean;
  /** Its own address for clients; null where it has none that is not the loopback's. */
  readonly address: string | null;
  /** `nginx['ssl_port']`. */
  readonly port: number;
  /** `pong` when by `/_status` it serves its clients; else what it said instead. */
  readonly answer: string;
  /** The upstreams that fail by `/_status`. It serves without `data_collector`, which reports to Chef Automate. */
  readonly failing: readonly string[];
  /** The status of HTTP with which the API answers clients at `address`: 503 in maintenance. Empty where nothing answered. */
  readonly api: string;
  /** Its `reconfigure` asks for certain releases of PostgreSQL. */
  readonly asksPostgres: boolean;
  /** Services that `chef-server-ctl status` shows down. */
  readonly down: readonly string[];
  /** Markers of an accepted license that are there. */
  readonly licenses: readonly string[];
  /** Open Source Chef 11 lies on it, too. */
  readonly openSource: boolean;
  /** Whether its `backup` finds rsync. */
  readonly hasRsync: boolean;
  /** Content of `migration-level`: which migrations of the schema it knows of; null when there is none. */
  readonly migrationLevel: string | null;
  /** How far the migrations of its package have come by that level; null where that could not be read. */
  readonly migrations: Migrations | null;
  readonly addons: readonly InstalledAddon[];
}

/** A reading of the whole cluster at one time. Plain data: no clock, no socket. */
export interface ClusterState {
  /** Our clock when the reading began, in milliseconds. */
  readonly startedAt: number;
  /** Our clock when the reading was complete, in milliseconds. */
  readonly endedAt: number;
  /** The backends, in the order of the inputs. */
  readonly nodes: readonly NodeState[];
  /** In the order of the inputs; none where none are given. */
  readonly frontends: readonly FrontendState[];
}
