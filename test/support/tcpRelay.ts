import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** A TCP relay on 127.0.0.1 for what networks do: be slow, stand still, lose everything, cut connections. */
export interface TcpRelay {
  readonly port: number;
  /** From now on every chunk is this late, in each direction: a link's length, not its width. */
  delay(ms: number): void;
  /** Holds everything back until `go`: what a lost packet does to a stream until it is sent again. */
  stall(): void;
  go(): void;
  /** From now on nothing arrives in either direction, as when a firewall drops the packets. */
  freeze(): void;
  /** Packets pass again. Connections of before have lost something and stay silent; those begun since go on. */
  thaw(): void;
  /** Ends every connection at once. */
  drop(): void;
  /** Connections from now on lead elsewhere: a VIP or a name that has moved. */
  leadTo(port: number, host?: string): void;
  /** Ends connections once this many bytes went towards the server. */
  dropAfter(bytes: number): void;
  /** Ends each connection once this many bytes went through it, in both directions together. */
  dropEach(bytes: number): void;
  /** How many connections were made so far. */
  readonly connections: number;
  close(): Promise<void>;
}

/** Relays to `port` of a host, every chunk `delayMs` late in each direction. */
export async function startTcpRelay(port: number, delayMs = 0, host = "127.0.0.1"): Promise<TcpRelay> {
  const target = { port, host };
  const sockets = new Set<Socket>();
  const silent = new WeakSet<Socket>();
  let connections = 0;
  let [left, each] = [Infinity, Infinity];
  let [stalled, go] = [Promise.resolve(), () => {}];
  let [hole, thaw] = [Promise.resolve(), () => {}];
  const drop = () => sockets.forEach((socket) => socket.destroy());

  const pass = (from: Socket, to: Socket, begun: Promise<void>, allowed: (bytes: number) => number) => {
    // One after another, whatever the delay is by then.
    let before: Promise<unknown> = Promise.resolve();
    const later = (then: () => void) => {
      const due = delayMs > 0 ? new Promise((resolve) => setTimeout(resolve, delayMs)) : undefined;
      const waits = [before, begun, stalled, due];
      before = Promise.all(waits).then(then);
    };
    from.on("data", (chunk: Buffer) => {
      if (silent.has(from)) return;
      const passes = allowed(chunk.length);
      if (passes > 0) later(() => to.destroyed || to.write(chunk.subarray(0, passes)));
      if (passes < chunk.length) from.destroy();
    });
    from.on("error", () => {});
    from.on("close", () => {
      sockets.delete(from);
      // What was passed on arrives first.
      if (!silent.has(from)) later(() => to.destroySoon());
    });
  };
  const server = createServer((near) => {
    connections += 1;
    const far = connect(target);
    for (const socket of [near, far]) sockets.add(socket.setNoDelay(true));
    const begun = hole;
    let through = 0;
    const counted = (bytes: number) => {
      const passes = Math.max(0, Math.min(bytes, each - through));
      through += bytes;
      return passes;
    };
    pass(near, far, begun, (bytes) => {
      if ((left -= bytes) > 0) return counted(bytes);
      drop();
      return 0;
    });
    pass(far, near, begun, counted);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    delay: (ms) => (delayMs = ms),
    stall: () => void (stalled = new Promise((resolve) => (go = resolve))),
    go: () => go(),
    freeze: () => {
      sockets.forEach((socket) => silent.add(socket));
      hole = new Promise((resolve) => (thaw = resolve));
    },
    thaw: () => thaw(),
    leadTo: (port, host = target.host) => void Object.assign(target, { port, host }),
    drop,
    dropAfter: (bytes) => (left = bytes),
    dropEach: (bytes) => (each = bytes),
    get connections() {
      return connections;
    },
    close: async () => {
      drop();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
