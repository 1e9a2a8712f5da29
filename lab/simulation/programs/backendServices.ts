import { serviceNames, type ServiceName } from "../cluster/services";
import type { Run } from "./program";

/** `chef-backend-ctl down-for-upgrade`: stops what runs; nothing to do where nothing does. */
export async function downForUpgrade(run: Run): Promise<number> {
  run.changes();
  await run.sleep(run.sim.timings.control);
  const { backend } = run;
  const { downFails } = backend.switches;
  if (downFails) return run.fail(downFails.code, downFails.message);
  if ([...backend.services.values()].some((service) => service.running)) {
    await run.sleep(run.sim.timings.stopServices);
    backend.stop();
  }
  run.say("All services are stopped. Run chef-backend-ctl upgrade to bring this node back.");
  return 0;
}

/** `chef-backend-ctl start|stop|restart [SERVICES]`; services are started from the installed build. */
export async function services(
  run: Run,
  args: readonly string[],
  verb: "start" | "stop" | "restart",
): Promise<number> {
  const { backend } = run;
  const names = args.length > 0 ? (args as ServiceName[]) : [...backend.services.keys()];
  const unknown = names.find((name) => !serviceNames.includes(name) || !backend.services.has(name));
  if (unknown !== undefined) return run.fail(1, `ERROR: no such service: ${unknown}`);
  run.changes();
  await run.sleep(run.sim.timings.control);
  const { startFails } = backend.switches;
  if (verb !== "start") backend.stop(names);
  if (verb === "restart") await run.sleep(run.sim.timings.control);
  if (verb !== "stop" && startFails) return run.fail(startFails.code, startFails.message);
  if (verb !== "stop") backend.start(names);
  for (const name of names) {
    const service = backend.services.get(name)!;
    run.say(
      service.running ? `ok: run: ${name}: (pid ${service.pid}) 0s` : `ok: down: ${name}: 0s, normally up`,
    );
  }
  return 0;
}

/** `chef-backend-ctl reconfigure`. */
export async function reconfigure(run: Run): Promise<number> {
  run.changes();
  await run.sleep(run.sim.timings.reconfigure);
  const { reconfigureFails } = run.backend.switches;
  if (reconfigureFails) return run.fail(reconfigureFails.code, reconfigureFails.message);
  run.say("Chef Backend reconfigured!");
  return 0;
}
