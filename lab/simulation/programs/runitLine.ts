import type { Machine } from "../machine";

/** A service as runit's `sv status` sees it. Moments of simulated time, milliseconds. */
export interface Supervised {
  readonly name: string;
  readonly running: boolean;
  readonly pid: number;
  readonly since: number;
  readonly logPid: number;
  readonly logSince: number;
  /** A file `down` keeps it from being started at boot. */
  readonly normallyDown?: boolean;
}

/** A line of `sv status` in runit's own words, and what it adds to the exit status. */
export function runitLine(machine: Machine, service: Supervised): { line: string; code: number } {
  const { name, running, pid, normallyDown = false } = service;
  const { runsvdirDead, runit } = machine.switches;
  const seconds = (since: number) => `${Math.floor(machine.age(since))}s`;
  const own = seconds(service.since);
  const trouble = runsvdirDead ? "no supervise" : runit[name];
  if (trouble === "no supervise")
    return { line: `warning: ${name}: unable to open supervise/ok: file does not exist`, code: 1 };
  if (trouble === "no folder")
    return { line: `fail: ${name}: unable to change to service directory: file does not exist`, code: 1 };
  const log = `run: log: (pid ${service.logPid}) ${seconds(service.logSince)}`;
  const down = `down: ${name}: ${own}${normallyDown ? "" : ", normally up"}`;
  if (trouble === "finish") return { line: `finish: ${name}: (pid ${pid}) ${own}, want up; ${log}`, code: 0 };
  if (trouble === "want up") return { line: `${down}, want up; ${log}`, code: 0 };
  const run = `run: ${name}: (pid ${pid}) ${own}${normallyDown ? ", normally down" : ""}`;
  return { line: `${running ? run : down}; ${log}`, code: 0 };
}
