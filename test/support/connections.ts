import { connect, type ConnectOptions } from "../../provider/ssh/connect";
import type { ConnectionSettings } from "../../provider/ssh/settings";
import type { SshConnection } from "../../provider/ssh/sshConnection";
import { SshError, type SshErrorKind } from "../../provider/ssh/sshError";
import { startSshServer, type TestServer, type TestServerOptions } from "./sshServer";

/** Settings that reach a test server and know its host key. */
export function settingsFor(
  server: Pick<TestServer, "port" | "knownHosts">,
  more: Partial<ConnectionSettings> = {},
): ConnectionSettings {
  return {
    host: "127.0.0.1",
    port: server.port,
    user: "tester",
    knownHosts: server.knownHosts,
    perDialTimeout: 60,
    ...more,
  };
}

/** Waits that are recorded and not waited for. */
export function recordedSleep(): { sleep: (ms: number) => Promise<void>; waits: number[] } {
  const waits: number[] = [];
  return { waits, sleep: async (ms) => void waits.push(ms) };
}

/** The error of a dial that has to fail with this kind. */
export async function refusalOf(
  settings: ConnectionSettings,
  kind: SshErrorKind,
  options: ConnectOptions = {},
): Promise<SshError> {
  try {
    const connection = await connect(settings, { sleep: async () => {}, ...options });
    await connection.close();
  } catch (error) {
    if (!(error instanceof SshError)) throw error;
    expect(`${error.kind}: ${error.message}`).toMatch(new RegExp(`^${kind}: `));
    return error;
  }
  throw new Error(`expected ${kind}, but the connection succeeded`);
}

/** Starts what a test needs and ends it after the test, in reverse order. Call it inside a describe or file. */
export function useServers() {
  const ends: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });
  const keep = <T extends { close(): Promise<unknown> }>(thing: T): T => {
    ends.push(() => thing.close());
    return thing;
  };
  return {
    keep,
    server: async (options: TestServerOptions = {}) => keep(await startSshServer(options)),
    connection: async (settings: ConnectionSettings, options: ConnectOptions = {}): Promise<SshConnection> =>
      keep(await connect(settings, options)),
  };
}
