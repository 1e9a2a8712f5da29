import { machineFacts, machinePreflightFacts } from "../commands/facts";
import { drbdFacts } from "../drbd/facts";
import type { FactRequest } from "../machine/machine";

/** The package of Private Chef, and of Enterprise Chef 11. */
export const packageName = "private-chef";

/** What is copied from the primary backend to every other machine. */
export const configFolder = "/etc/opscode";

/** What cleanup destroys first of all (seed page). */
export const oldData = "CouchDB with all that is in it, and the services and messages of the release before";

/** What every reading of a machine asks for. All of it changes nothing. */
export function enterpriseFacts(): FactRequest[] {
  return [
    { name: "controlStatus", argv: ["private-chef-ctl", "status"], slow: true },
    ...machineFacts(packageName),
  ];
}

/** Besides, of a backend. */
export function enterpriseBackendFacts(): FactRequest[] {
  return [...enterpriseFacts(), ...drbdFacts()];
}

/** Besides, in a full reading. */
export function enterprisePreflightFacts(): FactRequest[] {
  return [...machinePreflightFacts(), { name: "tar", argv: ["tar", "--version"] }];
}

/** The same, of a backend. */
export function enterpriseBackendPreflightFacts(): FactRequest[] {
  return [
    ...enterprisePreflightFacts(),
    { name: "config", argv: ["cat", `${configFolder}/private-chef.rb`] },
    { name: "fullName", argv: ["hostname", "-f"] },
    { name: "shortName", argv: ["hostname"] },
  ];
}
