import { randomInt } from "node:crypto";
import { run } from "./host";

/** The lab's own network: a bridge of the host, and an address for each machine. */
export class Network {
  private constructor(
    readonly bridge: string,
    /** `10.217.3`: what every address begins with. */
    readonly prefix: string,
  ) {}

  static async create(id: string): Promise<Network> {
    const bridge = `pcb${id}`;
    const routes = await run(["ip", "-4", "route", "show", "table", "all"]);
    let prefix;
    do prefix = `10.${randomInt(200, 250)}.${randomInt(0, 255)}`;
    while (routes.includes(`${prefix}.`));
    await run(["ip", "link", "add", bridge, "type", "bridge"]);
    await run(["ip", "address", "add", `${prefix}.1/24`, "dev", bridge]);
    await run(["ip", "link", "set", bridge, "up"]);
    return new Network(bridge, prefix);
  }

  address(host: number): string {
    return `${this.prefix}.${host}`;
  }

  /** Plugs in the machine whose first process has this number; gives the name of the cable's end on our side. */
  async plug(pid: number, host: number, boot: number): Promise<string> {
    const cable = `${this.bridge}m${host}b${boot}`;
    const mac = `02:00:${this.prefix.split(".").map(hex).join(":")}:${hex(String(host))}`;
    const peer = ["peer", "name", "eth0", "address", mac, "netns", String(pid)];
    await run(["ip", "link", "add", cable, "type", "veth", ...peer]);
    await run(["ip", "link", "set", cable, "master", this.bridge, "up"]);
    return cable;
  }
}

function hex(number: string): string {
  return Number(number).toString(16).padStart(2, "0");
}
