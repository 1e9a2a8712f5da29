import { disksText } from "../cluster/disks";
import { shortTimeInState, timeInState, type Service, type ServiceName } from "../cluster/services";
import { inOrder, layOut, layOutFixed } from "../columns";
import { isSince } from "../version";
import { distributed } from "./distributed";
import type { Run } from "./program";
import { runitLine } from "./runitLine";

const header = ["Service", "Local Status", "Time in State", "Distributed Node Status"];

/** Since 1.4.6: order and widths of the columns as in the vendor's example. */
const order: readonly string[] = ["leaderl", "epmd", "etcd", "postgresql", "elasticsearch"];
const widths = [15, 21, 16];

/** `chef-backend-ctl status [--simple] [SERVICE]`: local services live, the rest as the nodes posted it. */
export async function status(run: Run, args: readonly string[]): Promise<number> {
  const { sim, backend } = run;
  const names = args.filter((word) => !word.startsWith("-"));
  await run.sleep(sim.timings.control);
  const unknown = names.find((name) => !backend.services.has(name as ServiceName));
  if (unknown !== undefined) return run.fail(1, `ERROR: no such service: ${unknown}`);
  const services = [...backend.services.values()].filter(
    (each) => names.length === 0 || names.includes(each.name),
  );
  if (args.includes("--simple")) {
    const lines = services.map((service) => runitLine(run.machine, service));
    run.show(lines.map(({ line }) => `${line}\n`).join(""));
    return lines.reduce((sum, { code }) => sum + code, 0);
  }
  const { oldStatus, serviceOrder } = sim.shape;
  const old = oldStatus || !isSince(backend.installed, "1.4.6");
  const sorted = inOrder(
    services,
    serviceOrder.length > 0 ? serviceOrder : old ? [] : order,
    (each) => each.name,
  );
  if (old) run.show(layOut([header, ...sorted.map((each) => row(run, each, shortTimeInState))]));
  else run.show(tables(run, sorted, names.length === 0));
  return 0;
}

/** Since 1.4.6: the services, and a table of its own for the disks. */
function tables(run: Run, services: readonly Service[], disks: boolean): string {
  const table = layOutFixed([header, ...services.map((each) => row(run, each, timeInState))], widths);
  if (!disks) return table;
  const system = [
    ["System", "Local Status", "Distributed Node Status"],
    ["disks", disksText(run.machine), distributed(run, "disks")],
  ];
  return `${table}\n${layOut(system)}`;
}

function row(run: Run, service: Service, time: (seconds: number) => string): string[] {
  return [
    service.name,
    service.running ? `running (pid ${service.pid})` : "down",
    time(run.machine.age(service.since)),
    distributed(run, service.name),
  ];
}
