import type { EnterpriseNode } from "../enterpriseNode";
import type { EnterpriseSimulation } from "../enterpriseSimulation";
import { KEEPALIVED, MOVER, type EnterpriseService } from "../services";
import type { EnterpriseRun } from "./privateChefCtl";

/** Seconds that runit waits for a service. */
const RUNIT_WAITS = 60;

/** `status [SERVICE]`: runit's lines; 1 when something is down that should run here. */
export async function status(run: EnterpriseRun, [name]: readonly string[]): Promise<number> {
  const node = run.sim.machine(run.machine.name);
  await run.sleep(run.sim.timings.control);
  const asked = [...node.services.values()].filter((service) => name === undefined || service.name === name);
  if (asked.length === 0) return run.fail(1, `ERROR: no such service: ${name}`);
  for (const service of asked) run.say(runitLine(node, service));
  if (asked.some((service) => service.name === MOVER)) run.say(`[ERROR] ${MOVER} is not running`);
  return asked.every(
    (service) => node.running(service.name) || (node.managed(service.name) && !node.active),
  ) && !asked.some((service) => service.name === MOVER)
    ? 0
    : 1;
}

/** What keepalived starts has a file `down` for runit, which tells so. */
function runitLine(node: EnterpriseNode, { name, pid, logPid, since }: EnterpriseService): string {
  const seconds = `${Math.floor(node.age(since))}s`;
  const managed = node.managed(name);
  const line = node.running(name)
    ? `run: ${name}: (pid ${pid}) ${seconds}${managed ? ", normally down" : ""}`
    : `down: ${name}: ${seconds}${managed ? "" : ", normally up"}`;
  return `${line}; run: log: (pid ${logPid}) ${Math.floor(node.age(node.bootedAt))}s`;
}

/** `start|stop|restart [SERVICE]`. */
export async function services(
  run: EnterpriseRun,
  [name]: readonly string[],
  verb: "start" | "stop" | "restart",
): Promise<number> {
  const { sim } = run;
  const node = sim.machine(run.machine.name);
  const chosen = [...node.services.values()].filter((service) => name === undefined || service.name === name);
  if (chosen.length === 0) return run.fail(1, `ERROR: no such service: ${name}`);
  run.changes();
  const { control, frontendStop, frontendStart } = sim.timings;
  if (verb !== "stop" && node.switches.startFails)
    return run.fail(node.switches.startFails.code, node.switches.startFails.message);
  let code = 0;
  if (verb !== "start") {
    await run.sleep(name === undefined ? frontendStop : control);
    code = await stop(run, node, chosen);
  }
  if (verb !== "stop" && code === 0) {
    await run.sleep(name === undefined ? frontendStart : control);
    code = start(run, node, chosen);
  }
  if (name === KEEPALIVED && code === 0 && node.isBackend) sim.keepalived.controlled(node, verb);
  sim.changed();
  return code;
}

async function stop(run: EnterpriseRun, node: EnterpriseNode, chosen: EnterpriseService[]): Promise<number> {
  const stuck = chosen.find(({ name }) => name === node.switches.stopTimesOut && node.running(name));
  for (const service of chosen) if (service !== stuck) service.wanted = false;
  run.sim.changed();
  if (stuck) await run.sleep(RUNIT_WAITS);
  for (const { name, pid } of chosen)
    run.say(
      name === stuck?.name
        ? `timeout: run: ${name}: (pid ${pid}) ${RUNIT_WAITS}s`
        : `ok: down: ${name}: 0s, normally up`,
    );
  return stuck ? 1 : 0;
}

/** Nobody holds these down any more; what starts on a backend that is not active is keepalived alone. */
export function wake(
  sim: EnterpriseSimulation,
  node: EnterpriseNode,
  chosen: Iterable<EnterpriseService> = node.services.values(),
): void {
  const stopped = [...chosen].filter(({ wanted }) => !wanted);
  if (node.upgradeOwed && stopped.length > 0)
    sim.accidents.push(`${node.name}: services were started between the package and its upgrade`);
  for (const service of stopped) service.wanted = true;
  sim.changed();
}

function start(run: EnterpriseRun, node: EnterpriseNode, chosen: readonly EnterpriseService[]): number {
  wake(run.sim, node, chosen);
  let code = 0;
  for (const { name, pid } of chosen) {
    if (name === MOVER || (node.managed(name) && !node.active)) continue;
    if (node.running(name)) run.say(`ok: run: ${name}: (pid ${pid}) 0s`);
    else {
      run.say(`timeout: down: ${name}: 1s, normally up`);
      code = 1;
    }
  }
  return code;
}
