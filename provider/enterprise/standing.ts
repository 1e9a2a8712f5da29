import type { EnterpriseMachine, Pair } from "./state";
import type { EnterpriseView } from "./view";

export const isMaster = ({ keepalived }: Pair["primary"]) => keepalived === "master";

const runs = ({ status }: EnterpriseMachine, service?: string) =>
  status.services.some((each) => each.up && (service === undefined || each.service === service));

/** Whoever boots a frontend meanwhile starts its services: until its own upgrade it is stopped again. */
export function mustStop({ done }: EnterpriseView, machine: EnterpriseMachine): boolean {
  if (done(`${machine.name}/upgrade`)) return false;
  return !done(`${machine.name}/stop`) || runs(machine);
}

/** Keepalived of the secondary backend was stopped and stays so until its own upgrade, which starts it. */
export function keepalivedStands({ begun, done }: EnterpriseView, secondary: EnterpriseMachine): boolean {
  if (begun(`${secondary.name}/upgrade`)) return true;
  return done(`${secondary.name}/stop-keepalived`) && !runs(secondary, "keepalived");
}
