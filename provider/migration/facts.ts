import {
  backendFacts,
  frontendFacts,
  frontendPreflightFacts,
  machineFacts,
  machinePreflightFacts,
  preflightFacts,
} from "../commands/facts";
import { placesOf } from "../chef/cluster/places";
import type { NodeState } from "../cluster/state";
import { drbdFacts } from "../drbd/facts";
import type { FactRequest } from "../machine/machine";
import { type KnifeCommand, knifeHelp, places } from "./commands";

const configs: FactRequest[] = [
  { name: "serverConfig", argv: ["cat", places.serverConfig] },
  { name: "privateConfig", argv: ["cat", "/etc/opscode/private-chef.rb"] },
];

/** What tells that a machine has been a backend, and a frontend: paths of those that are there. */
const found = (...paths: string[]): FactRequest => ({ name: "found", argv: ["stat", "-c", "%n", ...paths] });

type Before = Pick<NodeState, "config">;

export const newBackendFacts = (before?: Before) => backendFacts(before && placesOf(before.config));
export const newBackendPreflightFacts = (before?: Before): FactRequest[] => [
  ...preflightFacts(before && placesOf(before.config)),
  found(places.backendSecrets),
  {
    name: "data",
    argv: ["find", places.backendData, "-mindepth", "1", "-maxdepth", "1", "-printf", "%f\\n"],
  },
];

export const newFrontendFacts = frontendFacts;
export const newFrontendPreflightFacts = (): FactRequest[] => [
  ...frontendPreflightFacts(),
  found(places.serverConfig, places.serverSecrets, places.bootstrapped),
  { name: "fqdn", argv: ["hostname", "-f"] },
];

/** Nothing of the old pair but what it says of itself. */
export const oldBackendFacts = (): FactRequest[] => [...machineFacts("chef-server-core"), ...drbdFacts()];
export const oldBackendPreflightFacts = (): FactRequest[] => [...machinePreflightFacts(), ...configs];

export const oldFrontendFacts = frontendFacts;
export const oldFrontendPreflightFacts = (): FactRequest[] => [...frontendPreflightFacts(), ...configs];

/** Asked of the first old frontend only. */
export const knifeFact = (knife: string, command: KnifeCommand): FactRequest => ({
  ...{ name: command, argv: knifeHelp(knife, command), slow: true },
});
