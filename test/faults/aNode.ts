import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ShellMachine } from "../../provider/gate/shellMachine";
import { realClock } from "../../provider/machine/clock";
import { Secret } from "../../provider/secrets/secret";
import { NodeConnection } from "../../provider/ssh/nodeConnection";
import type { ConnectionSettings } from "../../provider/ssh/settings";
import { startSshd, type Sshd } from "../support/openssh";
import { startTcpRelay, type TcpRelay } from "../support/tcpRelay";

/** A node behind a relay: a real sshd, and the provider's own gate over the provider's own SSH. */
export interface ANode {
  readonly sshd: Sshd;
  readonly relay: TcpRelay;
  readonly machine: ShellMachine;
  readonly connection: NodeConnection;
  /** The provider's folder on the node. */
  readonly stateDir: string;
  /** Path of a file of the test's, beside the provider's folder. */
  at(name: string): string;
  /** Lines of such a file; none when it is not there. */
  lines(name: string): string[];
  close(): Promise<void>;
}

export interface NodeOptions {
  readonly keepAlive?: { intervalMs: number; count: number };
  /** Default: 3 dials of 60 s. */
  readonly dial?: Pick<ConnectionSettings, "perDialTimeout" | "dialErrorLimit">;
  /** The provider's folder on the node. */
  readonly stateDir?: string;
}

export async function startNode(options: NodeOptions = {}): Promise<ANode> {
  const { keepAlive, dial, stateDir } = options;
  // sshd's own words for the environment of every session; its value must be known before it starts.
  const own = mkdtempSync(join(tmpdir(), "faults-"));
  const place = stateDir ?? join(own, "state");
  const sshd = await startSshd(`SetEnv PULUMI_CHEF_BACKEND_STATE_DIR=${place}`);
  const relay = await startTcpRelay(sshd.port);
  const settings: ConnectionSettings = {
    ...{
      host: "127.0.0.1",
      port: relay.port,
      user: sshd.user,
      perDialTimeout: 60,
      dialErrorLimit: 3,
      ...dial,
    },
    privateKey: new Secret(readFileSync(sshd.userKey, "utf8")),
    knownHosts: sshd.knownHosts.replaceAll(`:${sshd.port}`, `:${relay.port}`),
  };
  const connection = new NodeConnection(settings, { keepAlive });
  const machine = new ShellMachine("backend-1", connection, realClock);
  const at = (name: string) => join(sshd.folder, name);
  return {
    ...{ sshd, relay, machine, connection, at, stateDir: place },
    lines: (name) => {
      try {
        return readFileSync(at(name), "utf8").split("\n").slice(0, -1);
      } catch {
        return [];
      }
    },
    close: async () => {
      await machine.close();
      await relay.close();
      await sshd.close();
      rmSync(own, { recursive: true, force: true });
    },
  };
}

/** A job of one shell script, under a lock that `run1` holds. */
export const aJob = (id: string, script: string) => ({ id, commands: [["/bin/sh", "-c", script]] });

export const owner = (run: string) => ({ run, owner: `${run}@laptop`, process: `${run} 1 2` });

export const soon = (seconds = 60) => realClock.now() + seconds * 1000;
