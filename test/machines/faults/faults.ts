/** What befalls a machine, or the network to it, for a while. */
import type { Machine } from "../lab/machine";
import type { Machines } from "../lab/startMachines";
import { askPatroni, isPrimary, parseTold, type Told } from "../lab/truth";
import type { Client } from "./client";
import type { Relays } from "./relays";

export interface Site {
  readonly machines: Machines;
  readonly relays: Relays;
  /** Who upgrades them now. */
  client?: Client;
}

interface Fault {
  readonly begin: (machine: Machine, site: Site) => Promise<unknown> | void;
  readonly end?: (machine: Machine, site: Site) => Promise<unknown> | void;
  /** Takes the machine itself away: a leader's last rows may not have been replicated (README). */
  readonly takesMachine?: true;
}

/** In front of the machine's own control command. */
const instead = "/usr/local/bin/chef-backend-ctl";
const hangs = `#!/bin/sh
case "$1" in status | cluster-status) while [ -e ${instead} ]; do sleep 1; done ;; esac
exec /usr/bin/chef-backend-ctl "$@"
`;

/** A whole file system turns read-only under those who write only by the kernel's own hand. */
const forEach = (then: string) =>
  `for one in /var/lib/pulumi-chef-backend /var/lib/dpkg; do ${then} || exit; done`;

export const faults = {
  "its cable is out": { begin: (it) => it.cut(), end: (it) => it.restore(), takesMachine: true },
  "it stands still": { begin: (it) => it.pause(), end: (it) => it.resume(), takesMachine: true },
  "it is restarted": { begin: (it) => it.reboot(), takesMachine: true },
  "its disk is full": { begin: (it) => it.fillDisk(1), end: (it) => it.freeDisk(), takesMachine: true },
  "its sshd is stopped": { begin: (it) => it.stopSshd(), end: (it) => it.startSshd() },
  "the leadership moves": { begin: (_it, { machines }) => moveLeadership(machines) },
  "the way to it is long": {
    begin: (it, { relays }) => relays.to(it.name).delay(400),
    end: (it, { relays }) => relays.to(it.name).delay(0),
  },
  "the way to it is a black hole": {
    begin: (it, { relays }) => relays.to(it.name).freeze(),
    end: (it, { relays }) => relays.to(it.name).thaw(),
  },
  "connections to it break": {
    begin: (it, { relays }) => (relays.to(it.name).dropEach(20_000), relays.to(it.name).drop()),
    end: (it, { relays }) => relays.to(it.name).dropEach(Infinity),
  },
  "nobody can write our files and the package manager's": {
    begin: (it) =>
      it.run(forEach('mkdir -p "$one" && mount --bind "$one" "$one" && mount -o remount,ro,bind "$one"')),
    end: (it) => it.run(forEach('umount -l "$one"')),
  },
  "what it is asked hangs": {
    begin: (it) => it.run(`cat > ${instead} && chmod 755 ${instead}`, hangs),
    end: (it) => it.run(`rm -f ${instead}`),
  },
  "the client stands still": {
    begin: (_it, { client }) => client?.signal("SIGSTOP"),
    end: (_it, { client }) => client?.signal("SIGCONT"),
  },
} as const satisfies Record<string, Fault>;
export type FaultName = keyof typeof faults;
export const faultNames = Object.keys(faults) as FaultName[];

/**
 * By Patroni's own word, which moves it whether failover is on or off; nothing where nobody can take over within a while.
 * Patroni would also move it to one that does not follow yet, seconds after another move: both then write the same
 * timeline, and one of them never finds back.
 */
async function moveLeadership({ backends }: Machines): Promise<void> {
  const follows = ({ timeline, replication = [] }: Told) => {
    const streaming = replication.filter(({ state }) => state === "streaming");
    return (other: Asked) =>
      other.timeline === timeline &&
      streaming.some(({ application_name }) => application_name === other.machine.name);
  };
  for (let look = 0; look < 20; look++) {
    const told = await Promise.all(backends.filter(({ isOn }) => isOn).map(ask));
    const leader = told.find(isPrimary);
    const candidate = leader && told.find(follows(leader));
    if (candidate) {
      const { machine } = leader;
      const body = JSON.stringify({ leader: machine.name, candidate: candidate.machine.name });
      await machine.attempt(`curl -s -m 60 -X POST -d '${body}' http://${machine.ip}:8008/switchover`);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

type Asked = Told & { readonly machine: Machine };

async function ask(machine: Machine): Promise<Asked> {
  return { machine, ...parseTold((await machine.attempt(askPatroni(machine))).stdout) };
}

/** One fault, begun and ended; whoever waits for `over` may go on. */
export class Befallen {
  readonly since = Date.now();
  until: number | null = null;
  readonly over: Promise<void>;

  constructor(
    readonly name: FaultName,
    readonly machine: Machine,
    seconds: number,
    site: Site,
    /** The step that it came upon. */
    readonly step: string,
  ) {
    this.over = this.#happen(seconds, site);
  }

  /** Now, or so shortly ago that not everybody can know that it is over. */
  isRecent(): boolean {
    return this.until === null || Date.now() - this.until < 30_000;
  }

  async #happen(seconds: number, site: Site): Promise<void> {
    const fault: Fault = faults[this.name];
    await fault.begin(this.machine, site);
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    await fault.end?.(this.machine, site);
    this.until = Date.now();
  }
}
