import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** A TCP relay on 127.0.0.1 that can be slow, or stop delivering without closing anything. */
export interface TcpRelay {
  readonly port: number;
  /** From now on nothing arrives in either direction, as when a firewall drops the packets. */
  freeze(): void;
  /** Ends every connection at once. */
  drop(): void;
  /** Ends connections once this many bytes went towards the server. */
  dropAfter(bytes: number): void;
  close(): Promise<void>;
}

/** Relays to `port` on 127.0.0.1, every chunk `delayMs` late in each direction (a link's length, not its width). */
export async function startTcpRelay(port: number, delayMs = 0): Promise<TcpRelay> {
  const sockets = new Set<Socket>();
  let frozen = false;
  let left = Infinity;
  const drop = () => sockets.forEach((socket) => socket.destroy());

  const pass = (from: Socket, to: Socket, counted: boolean) => {
    from.on("data", (chunk: Buffer) => {
      if (frozen) return;
      if (counted && (left -= chunk.length) <= 0) return drop();
      if (delayMs === 0) to.write(chunk);
      else setTimeout(() => to.destroyed || to.write(chunk), delayMs);
    });
    from.on("error", () => {});
    from.on("close", () => {
      sockets.delete(from);
      if (!frozen) setTimeout(() => to.destroy(), delayMs);
    });
  };
  const server = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    for (const socket of [near, far]) sockets.add(socket.setNoDelay(true));
    pass(near, far, true);
    pass(far, near, false);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    freeze: () => (frozen = true),
    drop,
    dropAfter: (bytes) => (left = bytes),
    close: async () => {
      drop();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
