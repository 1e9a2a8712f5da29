import { parseAddons } from "../chef/server/addons";
import type { FrontendState } from "../cluster/state";
import { defaultPort } from "../commands/askServer";
import { ownAddress, parsePort } from "../chef/server/listens";
import type { FactResult, Reading } from "../machine/machine";
import { asksPostgres } from "../chef/server/postgres";
import { failureOf } from "../chef/machine/failure";
import { migrationsOf } from "../chef/server/partybus";
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
    openSource: false,
    hasRsync: false,
    migrationLevel: null,
    addons: [],
    migrations: null,
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
    ...(isFull(reading) ? preflightFacts(reading) : keep(before)),
    address: ownAddress(machine.addresses),
    port: parsePort(factOf(reading, "port")) ?? before?.port ?? defaultPort,
    answer: parseAnswer(factOf(reading, "answer")),
    failing: failingUpstreams(factOf(reading, "answer")),
    api: apiOf(factOf(reading, "api")),
    down: downOf(factOf(reading, "serverStatus"), machine.services.length),
    migrationLevel: (level.code === 0 && level.stdout.trim()) || null,
    migrations: migrationsOf(level, factOf(reading, "migrations")),
  };
}

const preflightFacts = (reading: Reading) => ({
  isBackend: factOf(reading, "backendConfig").stdout.startsWith("/"),
  asksPostgres: asksPostgres(factOf(reading, "postgresConfig")),
  licenses: licensesOf(factOf(reading, "licenses")),
  openSource: factOf(reading, "openSource").stdout.startsWith("directory"),
  hasRsync: factOf(reading, "rsync").code === 0 || factOf(reading, "ownRsync").stdout.startsWith("/"),
  addons: parseAddons(`${factOf(reading, "addons").stdout}\n${factOf(reading, "addonsRpm").stdout}`),
});

function keep(
  before: FrontendState | undefined,
): Pick<FrontendState, keyof ReturnType<typeof preflightFacts>> {
  const { isBackend = false, licenses = [], openSource = false, hasRsync = false } = before ?? {};
  const { asksPostgres = false, addons = [] } = before ?? {};
  return { isBackend, asksPostgres, licenses, openSource, hasRsync, addons };
}

/** A status that failed and names no service is not "nothing is down": its words stand for them. */
function downOf(result: FactResult, services: number): string[] {
  const down = parseServerStatus(result.stdout);
  if (down.length > 0 || services > 0) return down;
  return [failureOf("chef-server-ctl status", result) ?? "chef-server-ctl status named no service"];
}
