import { isSince } from "../version";
import type { Backend } from "./backend";

/** Builds from here on do not work together with older ones: the way there is the downtime upgrade. */
const BOUNDARY = "2.0.0";

/** Whether a build is on the far side of the downtime upgrade. */
export function isMigrated(build: string): boolean {
  return isSince(build, BOUNDARY);
}

/** `upgrade` on that node would carry it over the boundary. */
export function crosses(backend: Backend): boolean {
  return !backend.migrated && isMigrated(backend.installed);
}

/** Services run on that node which were started from a build below 2.0. */
export function runsOldServices(backend: Backend): boolean {
  return [...backend.services.values()].some(
    (service) => backend.running(service.name) && !isMigrated(service.build),
  );
}

/**
 * Whether a backend can work with the others. One that was upgraded to 2.x cannot while services of 1.x run
 * elsewhere; one whose `upgrade` is still to come cannot once another one's has begun.
 */
export function fitsIn(backend: Backend, all: readonly Backend[]): boolean {
  const others = all.filter((other) => other !== backend);
  return backend.migrated ? !others.some(runsOldServices) : !others.some((other) => other.migrated);
}
