import { runitLine, type Supervised } from "../../programs/runitLine";
import { isSince } from "../../version";
import type { EnterpriseNode } from "../enterpriseNode";
import type { EnterpriseSimulation } from "../enterpriseSimulation";
import { KEEPALIVED, MOVER, type EnterpriseService } from "../services";
import type { EnterpriseRun } from "./privateChefCtl";

/** Seconds that runit waits for a service: its own default, until the product says otherwise. */
const runitWaits = (version: string) => (isSince(version, "11.1.7") ? 30 : 7);

/** The services that a command is about: one that does not exist is about none, and that is no error. */
const chosenOf = (node: EnterpriseNode, name: string | undefined) =>
  [...node.services.values()].filter((service) => name === undefined || service.name === name);

/** `status [SERVICE]`: runit's lines; the exit status is that of the first service which is down. */
export async function status(run: EnterpriseRun, [name]: readonly string[]): Promise<number> {
  const node = run.sim.machine(run.machine.name);
  await run.sleep(run.sim.timings.control);
  const asked = chosenOf(node, name).map((service) => ({
    name: service.name,
    running: node.running(service.name),
    line: runitLine(node, supervised(node, service)),
  }));
  const old = node.leftovers.filter((each) => name === undefined || each === name);
  const all = [...asked, ...old.map((each) => ({ name: each, running: false, line: leftover(node, each) }))];
  all.sort((one, other) => (one.name < other.name ? -1 : 1));
  run.show(all.map(({ line }) => `${line.line}\n`).join(""));
  const codes = all.map(({ running, line }) => line.code || (running ? 0 : run.sim.shape.downStatus));
  return codes.find((code) => code !== 0) ?? 0;
}

/** What keepalived starts has a file `down` for runit, which tells so. */
function supervised(node: EnterpriseNode, { name, pid, logPid, since }: EnterpriseService): Supervised {
  const [running, normallyDown] = [node.running(name), node.managed(name)];
  return { name, running, pid, logPid, since, normallyDown, logSince: node.bootedAt };
}

/** A service of the release before, which waits for `cleanup`. */
const leftover = (node: EnterpriseNode, name: string) =>
  runitLine(node, {
    name,
    running: false,
    pid: 0,
    since: node.bootedAt,
    logPid: 999,
    logSince: node.bootedAt,
  });

/** `start|stop|restart [SERVICE]`. */
export async function services(
  run: EnterpriseRun,
  [name]: readonly string[],
  verb: "start" | "stop" | "restart",
): Promise<number> {
  const { sim } = run;
  const node = sim.machine(run.machine.name);
  const chosen = chosenOf(node, name);
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
  const waits = runitWaits(node.installed);
  if (stuck) await run.sleep(waits);
  for (const { name, pid, since } of chosen)
    run.say(
      name === stuck?.name
        ? `timeout: run: ${name}: (pid ${pid}) ${Math.floor(node.age(since))}s, want down, got TERM`
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
