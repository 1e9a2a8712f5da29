import { connectMachines } from "../../provider/gate/connectMachines";
import { useServers } from "../support/connections";

const { server, keep } = useServers();

test("failed dials are shown for a moment; host keys that are not verified are told once, of all machines", async () => {
  const servers = await Promise.all([server({ open: true, refuseFirst: 1 }), server({ open: true })]);
  const [warnings, shown]: [string[], string[]] = [[], []];
  const machines = connectMachines(
    {
      nodes: servers.map(({ port }, index) => ({ name: `backend-${index + 1}`, host: "127.0.0.1", port })),
      connection: { user: "tester", insecureIgnoreHostKey: true },
    } as Parameters<typeof connectMachines>[0],
    { quick: false, warn: (text) => warnings.push(text), retry: (text) => shown.push(text) },
  );
  machines.forEach(keep);
  for (const machine of machines) await machine.read([]);
  for (const { drop } of servers) drop();
  for (const machine of machines) await machine.read([]);
  expect(servers.map(({ connections }) => connections)).toEqual([3, 2]);
  expect(warnings).toEqual([expect.stringMatching(/host keys of backend-1, backend-2 are not verified/)]);
  expect(shown).toEqual([expect.stringMatching(/^backend-1: .*dial 1 failed/)]);
});
