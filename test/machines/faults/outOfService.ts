/** What the machines themselves tell while somebody upgrades them. */
import type { Machine } from "../lab/machine";
import type { Machines } from "../lab/startMachines";
import { askPatroni, isPrimary, parseTold } from "../lab/truth";

export interface Look {
  /** Null when nobody has the leader's lock. */
  readonly leader: string | null;
  /** Backends whose services do not all run, or whose database is not in its place. */
  readonly out: readonly string[];
  /** The installed version, by backend. */
  readonly versions: Readonly<Record<string, string>>;
}

/** One look at all backends, each by itself; null when one could not be asked. */
export async function look({ backends }: Machines): Promise<Look | null> {
  const said = await Promise.all(backends.map(ask)).catch(() => null);
  if (said === null) return null;
  return {
    leader: said.find(({ leads }) => leads)?.name ?? null,
    out: said.filter(({ well }) => !well).map(({ name }) => name),
    versions: Object.fromEntries(said.map(({ name, version }) => [name, version])),
  };
}

async function ask(machine: Machine) {
  const script = `dpkg-query -W -f '\${Version}\\n' chef-backend
sv status /opt/chef-backend/sv/* | grep -vc '^run:'
${askPatroni(machine)}`;
  const [version, down, patroni] = (await machine.run(script)).split("\n");
  const told = parseTold(patroni);
  const well = down === "0" && told.state === "running";
  return {
    name: machine.name,
    version: version!,
    well,
    leads: isPrimary(told) && well,
  };
}
