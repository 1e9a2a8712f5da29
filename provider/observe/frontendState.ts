import { parseAddons } from "../chef/server/addons";
import type { FrontendState } from "../cluster/state";
import { defaultPort } from "../commands/askServer";
import { ownAddress, parsePort } from "../chef/server/listens";
import type { FactResult, Reading } from "../machine/machine";
import { asksPostgres } from "../chef/server/postgres";
import { failureOf } from "../chef/machine/failure";
import { factOf, isFull, licensesOf, toMachineState, unreachableMachine } from "./machineState";
import { apiOf, failingUpstreams, parseAnswer, parseServerStatus } from "./serverStatus";

/** A frontend that could not be read. */
export function unreachableFrontend(
  name: string,
  host: string,
  why: string,
  before?: FrontendState,
): FrontendState {
  return {
    ...unreachableMachine(name, host, why),
    ...{ isBackend: false, asksPostgres: false },
    // Whatever becomes of it, where it answers is what it was.
    ...{ address: before?.address ?? null, port: before?.port ?? defaultPort },
    ...{ answer: why, failing: [], api: "" },
    down: [],
    licenses: [],
    migrationLevel: null,
    addons: [],
  };
}

/** Turns a reading into plain data; what the reading left out is taken from `before`. */
export function toFrontendState(
  name: string,
  host: string,
  reading: Reading,
  before?: FrontendState,
): FrontendState {
  const machine = toMachineState(name, host, reading, "serverStatus", before);
  const level = factOf(reading, "migrationLevel");
  return {
    ...machine,
    isBackend: isFull(reading)
      ? factOf(reading, "backendConfig").stdout.startsWith("/")
      : (before?.isBackend ?? false),
    address: ownAddress(machine.addresses),
    port: parsePort(factOf(reading, "port")) ?? before?.port ?? defaultPort,
    asksPostgres: isFull(reading)
      ? asksPostgres(factOf(reading, "postgresConfig"))
      : (before?.asksPostgres ?? false),
    answer: parseAnswer(factOf(reading, "answer")),
    failing: failingUpstreams(factOf(reading, "answer")),
    api: apiOf(factOf(reading, "api")),
    down: downOf(factOf(reading, "serverStatus"), machine.services.length),
    licenses: isFull(reading) ? licensesOf(factOf(reading, "licenses")) : (before?.licenses ?? []),
    migrationLevel: (level.code === 0 && level.stdout.trim()) || null,
    addons: isFull(reading)
      ? parseAddons(`${factOf(reading, "addons").stdout}\n${factOf(reading, "addonsRpm").stdout}`)
      : (before?.addons ?? []),
  };
}

/** A status that failed and names no service is not "nothing is down": its words stand for them. */
function downOf(result: FactResult, services: number): string[] {
  const down = parseServerStatus(result.stdout);
  if (down.length > 0 || services > 0) return down;
  return [failureOf("chef-server-ctl status", result) ?? "chef-server-ctl status named no service"];
}
