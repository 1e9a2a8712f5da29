import type { Random } from "../random";
import { isSince } from "../version";

/** The services that a backend runs under runit, in the order of `status`. */
export const serviceNames = ["elasticsearch", "epmd", "etcd", "leaderl", "postgresql"] as const;
export type ServiceName = (typeof serviceNames)[number];

/** A service as it stands when the simulation starts. */
export interface ServiceSpec {
  pid?: number;
  logPid?: number;
  /** Seconds in its state. */
  up?: number;
}

export interface Service {
  readonly name: ServiceName;
  running: boolean;
  pid: number;
  logPid: number;
  /** Simulated time of the last change of state, milliseconds. */
  since: number;
  logSince: number;
  /** The build that the running process comes from. */
  build: string;
}

/** How long each has been up in the vendor's example, seconds. */
const exampleUp: Record<ServiceName, number> = {
  elasticsearch: 107981,
  epmd: 107982,
  etcd: 107979,
  leaderl: 107975,
  postgresql: 107983,
};

/** epmd is listed since 1.4.6. */
export function servicesOf(version: string): ServiceName[] {
  return serviceNames.filter((name) => name !== "epmd" || isSince(version, "1.4.6"));
}

export function newService(
  name: ServiceName,
  spec: ServiceSpec,
  build: string,
  now: number,
  random: Random,
): Service {
  const since = now - (spec.up ?? exampleUp[name]) * 1000;
  return {
    name,
    running: true,
    pid: spec.pid ?? random.int(1200, 30000),
    logPid: spec.logPid ?? random.int(1000, 1190),
    since,
    logSince: since - 3000,
    build,
  };
}

/** `0d 12h 36m 23s`: since 1.4.6 all four units are always there. */
export function timeInState(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds));
  const [hours, minutes] = [Math.floor(s / 3600), Math.floor(s / 60)];
  return `${Math.floor(hours / 24)}d ${hours % 24}h ${minutes % 60}m ${s % 60}s`;
}

/** The same before 1.4.6, as the lab chose: units before the first that counts are left out. */
export function shortTimeInState(seconds: number): string {
  return timeInState(seconds).replace(/^(0[dhm] )+/, "");
}
