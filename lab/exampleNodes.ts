import type { BackendSpec, FrontendSpec } from "./simulation/types";

/** The vendor's example. */
export const exampleBackends: BackendSpec[] = [
  { name: "backend-1", ip: "192.168.33.215", guid: "dc0c6ea77a751f94037cd950e8451fa3" },
  { name: "backend-2", ip: "192.168.33.216", guid: "008782c59d3628b6bb7f43556ac0c66c" },
  { name: "backend-3", ip: "192.168.33.217", guid: "1af654172b1830927a571d9a5ba7965b" },
];

/** Two frontends, of that chef-server-core. */
export const exampleFrontends = (version?: string): FrontendSpec[] => [
  { name: "frontend-1", ip: "192.168.33.225", version },
  { name: "frontend-2", ip: "192.168.33.226", version },
];
