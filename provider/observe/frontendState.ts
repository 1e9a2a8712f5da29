import type { FrontendState } from "../cluster/state";
import type { FactResult, Reading } from "../machine/machine";
import { failureOf } from "../chef/machine/failure";
import { migrationsOf } from "../chef/server/partybus";
import { factOf, isFull, licensesOf, toMachineState, unreachableMachine } from "./machineState";
import { parseAnswer, parseServerStatus } from "./serverStatus";

/** A frontend that could not be read. */
export function unreachableFrontend(name: string, host: string, why: string): FrontendState {
  return {
    ...unreachableMachine(name, host, why),
    isBackend: false,
    answer: why,
    down: [],
    licenses: [],
    openSource: false,
    hasRsync: false,
    migrationLevel: null,
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
    answer: parseAnswer(factOf(reading, "answer")),
    down: downOf(factOf(reading, "serverStatus"), machine.services.length),
    migrationLevel: (level.code === 0 && level.stdout.trim()) || null,
    migrations: migrationsOf(level, factOf(reading, "migrations")),
  };
}

const preflightFacts = (reading: Reading) => ({
  isBackend: factOf(reading, "backendConfig").stdout.startsWith("/"),
  licenses: licensesOf(factOf(reading, "licenses")),
  openSource: factOf(reading, "openSource").stdout.startsWith("directory"),
  hasRsync: factOf(reading, "rsync").code === 0 || factOf(reading, "ownRsync").stdout.startsWith("/"),
});

function keep(before: FrontendState | undefined): ReturnType<typeof preflightFacts> {
  const { isBackend = false, licenses = [], openSource = false, hasRsync = false } = before ?? {};
  return { isBackend, licenses: [...licenses], openSource, hasRsync };
}

/** A status that failed and names no service is not "nothing is down": its words stand for them. */
function downOf(result: FactResult, services: number): string[] {
  const down = parseServerStatus(result.stdout);
  if (down.length > 0 || services > 0) return down;
  return [failureOf("chef-server-ctl status", result) ?? "chef-server-ctl status named no service"];
}
