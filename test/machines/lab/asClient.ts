import { healthProblems } from "../../../provider/cluster/health";
import type { ClusterState } from "../../../provider/cluster/state";
import { connectMachines } from "../../../provider/gate/connectMachines";
import type { ClusterInputs, ConnectionInputs } from "../../../provider/inputs/schema";
import { toSpec } from "../../../provider/inputs/toSpec";
import { realClock } from "../../../provider/machine/clock";
import type { Machine as Node } from "../../../provider/machine/machine";
import { observeCluster } from "../../../provider/observe/observeCluster";
import { waitFor } from "./host";
import type { Machines } from "./startMachines";

/** How somebody can log in on the machines. */
export const logins = {
  root: ({ privateKey, knownHosts }: Machines): ConnectionInputs => ({ privateKey, knownHosts }),
  sudo: ({ adminPassword, knownHosts }: Machines): ConnectionInputs => ({
    ...{ user: "labadmin", password: adminPassword, knownHosts },
    ...{ sudo: true, sudoPassword: adminPassword },
  }),
  sudoThroughBastion: (machines: Machines): ConnectionInputs => ({
    ...logins.sudo(machines),
    proxy: { host: machines.bastion.ip, user: "labadmin", password: machines.adminPassword },
  }),
  throughBastion: (machines: Machines): ConnectionInputs => ({
    ...logins.root(machines),
    proxy: { host: machines.bastion.ip, user: "labadmin", privateKey: machines.privateKey },
  }),
};

/** What a program gives for the cluster of the lab. */
export function inputsFor(machines: Machines, change: Partial<ClusterInputs> = {}): ClusterInputs {
  return {
    version: "2.3.16",
    nodes: machines.backends.map(({ name, ip }) => ({ name, host: ip })),
    connection: logins.root(machines),
    packageFile: { path: machines.packagePath("2.3.16") },
    // The lab's backends post their state so often.
    timeouts: { statusInterval: 2 },
    ...change,
  };
}

/** Reads the cluster as the provider does. */
export async function observe(inputs: ClusterInputs): Promise<ClusterState> {
  return withNodes(inputs, (nodes) => observeCluster(toSpec(inputs, null), nodes, realClock, "full"));
}

/** Waits until the provider finds nothing wrong. */
export async function healthy(inputs: ClusterInputs, seconds = 120): Promise<ClusterState> {
  let state: ClusterState | undefined;
  let problems = ["nothing was read"];
  const look = async () => {
    state = await observe(inputs);
    problems = healthProblems(state);
    return problems.length === 0;
  };
  await waitFor("the provider finds the cluster healthy", seconds, look).catch((error: Error) => {
    throw new Error(`${error.message}: ${problems.join("; ")}`);
  });
  return state!;
}

async function withNodes<T>(inputs: ClusterInputs, use: (nodes: Node[]) => Promise<T>): Promise<T> {
  const nodes = connectMachines(inputs, { quick: false, warn: () => {} });
  try {
    return await use(nodes);
  } finally {
    await Promise.all(nodes.map((node) => node.close()));
  }
}
