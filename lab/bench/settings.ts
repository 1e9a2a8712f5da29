import type { Lab } from "../lab";

export const from = "2.1.0";
export const to = "2.3.16";

/** Inputs of `ChefBackendCluster` for a lab's cluster. */
export function settingsFor(lab: Lab, version: string): Record<string, unknown> {
  return {
    version,
    nodes: lab.backends.map(({ name, port }) => ({ name, host: "127.0.0.1", port })),
    connection: { privateKey: lab.privateKey, knownHosts: lab.knownHosts },
    packageFile: { path: lab.packages[to] },
    timeouts: lab.timeouts,
  };
}
