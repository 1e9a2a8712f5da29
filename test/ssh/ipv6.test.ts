import { connect as connectTcp, createServer, type AddressInfo } from "node:net";
import { networkInterfaces } from "node:os";
import { nodeConnections } from "../../provider/inputs/connections";
import { validate } from "../../provider/inputs/validate";
import { NodeConnection } from "../../provider/ssh/nodeConnection";
import { useServers } from "../support/connections";
import { given } from "../support/needs";

const { server, keep } = useServers();

const hasIpv6 = () =>
  Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === "::1"))
    ? null
    : "this machine has no ::1";

given("IPv6 addresses", hasIpv6).test.each([false, true])(
  "an IPv6 address in brackets, as the program gives it, is reached; through a bastion: %s",
  async (bastion) => {
    const it = await server({ open: true });
    const jump = await server({ open: true, forwards: true });
    const front = createServer((socket) => {
      const to = connectTcp((bastion ? jump : it).port, "127.0.0.1");
      for (const each of [socket, to]) each.on("error", () => undefined);
      socket.pipe(to).pipe(socket);
    });
    await new Promise<void>((resolve) => front.listen(0, "::1", resolve));
    const { port } = front.address() as AddressInfo;
    const keys = (bastion ? jump : it).hostKeyLines.map((line) => `[::1]:${port} ${line}\n`).join("");
    const outer = { host: "[::1]", port, user: "tester" };
    const node = bastion ? { host: "127.0.0.1", port: it.port, user: "tester", proxy: outer } : outer;
    const { inputs } = validate(
      {
        version: "2.3.16",
        nodes: [node, { host: "b" }, { host: "c" }],
        connection: { knownHosts: it.knownHosts + keys },
      },
      () => false,
    );
    const connection = keep(new NodeConnection(nodeConnections(inputs!)[0]!));
    expect(await connection.exec("echo there")).toMatchObject({ code: 0, stdout: "there\n" });
    await connection.close();
    await new Promise((resolve) => front.close(resolve));
  },
);
