import { Secret } from "../../provider/secrets/secret";
import { NodeConnection } from "../../provider/ssh/nodeConnection";
import type { RunningMachines } from "../machines/startMachines";

type Machines = RunningMachines;

/** What a command prints on a node of the lab, over SSH, as a person would run it. */
export async function onNode(
  lab: Machines,
  node: Machines["nodes"][number],
  command: string,
): Promise<string> {
  const { host, port } = node;
  const settings = {
    host,
    port,
    user: "root",
    privateKey: new Secret(lab.privateKey),
    knownHosts: lab.knownHosts,
  };
  const connection = new NodeConnection(settings);
  try {
    const result = await connection.exec(command);
    if (result.code !== 0) throw new Error(`${command} ended with ${result.code}: ${result.stderr}`);
    return result.stdout;
  } finally {
    await connection.close();
  }
}
