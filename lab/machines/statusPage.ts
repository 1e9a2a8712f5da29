import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { frontendStatus } from "../simulation/frontendStatus";
import type { Simulation } from "../simulation/simulation";

/** `GET /_status` of one frontend: `pong` while it serves and the cluster has a leader that answers. */
export class StatusPage {
  readonly #server: Server;

  constructor(
    readonly sim: Simulation,
    readonly frontend: string,
  ) {
    this.#server = createServer((request, response) => {
      const machine = sim.frontend(frontend);
      if (!machine.up || !machine.serving) return void request.socket.destroy();
      if (request.url !== "/_status") return void response.writeHead(404).end();
      const { code, body } = frontendStatus(sim, frontend);
      response.writeHead(code, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
  }

  /** @returns the page's address */
  async listen(): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject).listen(0, "127.0.0.1", resolve);
    });
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/_status`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
