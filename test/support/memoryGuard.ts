import { setClusterFailover } from "../../provider/commands/chefBackendCtl";
import { parseClusterStatus } from "../../provider/chef/cluster/clusterTable";
import { parseShardHealth, unsettled } from "../../provider/chef/cluster/searchHealth";
import { parseStatus } from "../../provider/chef/cluster/statusTable";
import { isWell } from "../../provider/cluster/health";
import type { ClusterRow } from "../../provider/cluster/state";
import type { FailoverGuard, Job } from "../../provider/machine/machine";
import type { MemoryNode } from "./memoryNode";

export const isGuard = (id: string) => /-guard-\d+$/.test(id);

/** The same rules as gate/guardScript.ts, in the simulation: what a job leaves on its node once it has ended well. */
export async function standGuard(node: MemoryNode, run: string, job: Job, guard: FailoverGuard) {
  const { clock } = node.sim;
  const machine = node.sim.machine(node.name);
  const boot = machine.bootId;
  const begunHere = () => node.jobs.filter(({ id }) => !isGuard(id)).length;
  const begun = begunHere();
  const end = clock.now() + guard.giveUp * 1000;
  const stands = () =>
    node.holds(run) && clock.now() < end && begunHere() === begun && machine.up && machine.bootId === boot;
  const left = () => guard.silence * 1000 - (clock.now() - node.lock!.beat);
  let [good, nap, tries] = [0, guard.pause * 1000, 0];
  let lost: number | null = null;
  for (;;) {
    await clock.sleep(nap);
    if (!stands()) return;
    nap = guard.pause * 1000;
    if (left() > 0) {
      [good, lost] = [0, null];
      nap = Math.max(nap, left());
      continue;
    }
    const { record } = node;
    const block = /"offSeq":(\d+)/.exec(record)?.[1];
    if (!block || /"finished":true/.test(record) || !/"failover":"off"/.test(record)) return;
    const { inside } = JSON.parse(record) as { inside: string | null };
    const shows = inside === null ? "healthy" : inside === guard.node ? await look(node, guard) : null;
    good = shows === "healthy" ? good + 1 : 0;
    lost = shows === "leaderless" ? (lost ?? clock.now()) : null;
    const may = good >= 2 || (lost !== null && clock.now() - lost > guard.lease * 1000);
    if (shows !== null && !may) continue;
    const stillRight = () => left() <= 0 && record === node.record && stands();
    if (may && (await turnOn(node, run, `${job.id}-guard-${++tries}`, block, stillRight))) return;
    [good, lost] = [0, null];
    nap = 4 * guard.pause * 1000 * (tries + 1);
  }
}

async function turnOn(
  node: MemoryNode,
  run: string,
  id: string,
  block: string,
  stillRight: () => boolean,
): Promise<boolean> {
  if (!node.holds(run)) return false;
  const before = node.guard;
  node.guard = block;
  if (!stillRight()) {
    node.guard = before;
    return false;
  }
  const { ended, result } = node.start(run, { id, commands: [setClusterFailover("on")] });
  await ended;
  if (result().code !== 0) node.guard = "";
  return result().code === 0;
}

/** What the two tables show, of the shapes that a guard acts on. */
async function look(
  node: MemoryNode,
  { backends, mixed }: FailoverGuard,
): Promise<"healthy" | "leaderless" | null> {
  const run = async (argv: readonly string[]) => {
    const result = await node.sim.exec(node.name, argv, {});
    return result === "passthrough" || result.code !== 0 ? "" : result.stdout;
  };
  const ask = (word: string) => run(["chef-backend-ctl", word]);
  const status = parseStatus(await ask("status"));
  const members = parseClusterStatus(await ask("cluster-status"));
  const settled = mixed && unsettled(parseShardHealth(await run(mixed)), backends) === null;
  if (typeof status === "string" || typeof members === "string") return null;
  const [services, { rows }] = [status.rows, members];
  const wanted = {
    elasticsearch: { state: "green", "nodes online": `${backends}/${backends}` },
    etcd: { health: "green", "healthy nodes": `${backends}/${backends}` },
    leaderl: { leader: "1", waiting: "0", follower: `${backends - 1}`, total: `${backends}` },
    postgresql: { leader: "1", offline: "0", syncing: "0", synced: `${backends - 1}` },
  };
  const says = Object.entries(wanted).every(([service, view]) => {
    const said = services.find((row) => row.service === service)?.distributed;
    const yellow = settled && service === "elasticsearch" ? "yellow" : null;
    return Object.entries(view).every(
      ([key, value]) =>
        said?.[key] === value || (key === "state" && yellow !== null && said?.[key] === yellow),
    );
  });
  const count = (test: (row: ClusterRow) => boolean) => rows.filter(test).length;
  const leaders = services.find(({ service }) => service === "leaderl")?.distributed.leader;
  const ready = count(
    ({ role, pg }) => ["follower", "waiting_for_leader"].includes(role) && pg === "follower",
  );
  if (!services.every(isWell)) return null;
  if (leaders === "0" && ready === rows.length && 2 * rows.length > backends) return "leaderless";
  return says &&
    rows.length === backends &&
    count(({ role, pg }) => role === "leader" && pg === "leader") === 1 &&
    count(({ role, pg }) => role === "follower" && pg === "follower") === backends - 1 &&
    count(({ es }) => es === "master") === 1 &&
    count(({ es }) => es === "not_master") === backends - 1
    ? "healthy"
    : null;
}
