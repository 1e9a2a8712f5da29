import { timeInState, type Service, type ServiceName } from "../cluster/services";
import { layOut } from "../columns";
import { isSince } from "../version";
import type { Run } from "./program";

const header = ["Service", "Local Status", "Time in State", "Distributed Node Status"];

/** `chef-backend-ctl status [--simple] [SERVICE]`: local services live, the rest as the nodes posted it. */
export async function status(run: Run, args: readonly string[]): Promise<number> {
  const { sim, backend } = run;
  const simple = args.includes("--simple");
  const names = args.filter((word) => !word.startsWith("-"));
  const knowsDisk = isSince(backend.installed, "1.4.6");
  await run.sleep(sim.timings.control);
  const unknown = names.find(
    (name) => !backend.services.has(name as ServiceName) && !(knowsDisk && name === "disk"),
  );
  if (unknown !== undefined) return run.fail(1, `ERROR: no such service: ${unknown}`);
  const services = [...backend.services.values()].filter(
    (each) => names.length === 0 || names.includes(each.name),
  );
  if (simple) {
    for (const service of services) run.say(runitLine(run, service));
  } else {
    const rows = services.map((service) => [
      service.name,
      service.running ? `running (pid ${service.pid})` : "down",
      timeInState(run.machine.age(service.since)),
      distributed(run, service.name),
    ]);
    if (names.includes("disk")) rows.push(["disk", diskState(run), "", "status: local-only"]);
    run.print(layOut([header, ...rows]));
  }
  return 0;
}

function runitLine(run: Run, service: Service): string {
  const seconds = (since: number) => `${Math.floor(run.machine.age(since))}s`;
  const log = `run: log: (pid ${service.logPid}) ${seconds(service.logSince)}`;
  return service.running
    ? `run: ${service.name}: (pid ${service.pid}) ${seconds(service.since)}; ${log}`
    : `down: ${service.name}: ${seconds(service.since)}, normally up; ${log}`;
}

function distributed(run: Run, service: ServiceName): string {
  const { sim, backend } = run;
  if (service === "epmd") return "status: local-only";
  if (!backend.running("etcd") || !sim.cluster.quorum) return "unknown: etcd is not available";
  const total = sim.members.length;
  const posts = sim.members.map((each) => sim.board.posted(each)).filter((post) => post !== undefined);
  const count = (test: (post: (typeof posts)[number]) => boolean) => posts.filter(test).length;
  switch (service) {
    case "elasticsearch": {
      const colour = (sim.board.posted(backend) ?? posts[0])?.colour ?? "red";
      return `state: ${colour}; nodes online: ${count((post) => post.es !== "offline")}/${total}`;
    }
    case "etcd": {
      const healthy = count((post) => post.etcd);
      const health = healthy === total ? "green" : healthy * 2 > total ? "yellow" : "red";
      return `health: ${health}; healthy nodes: ${healthy}/${total}`;
    }
    case "leaderl": {
      const [leader, waiting] = [
        count((p) => p.role === "leader"),
        count((p) => p.role === "waiting_for_leader"),
      ];
      const follower = count((p) => p.role === "follower");
      return `leader: ${leader}; waiting: ${waiting}; follower: ${follower}; total: ${posts.length}`;
    }
    case "postgresql": {
      const offline = total - posts.length + count((post) => post.pg === "offline");
      const [leader, syncing] = [count((p) => p.pg === "leader"), count((p) => p.pg === "syncing")];
      return `leader: ${leader}; offline: ${offline}; syncing: ${syncing}; synced: ${count((p) => p.pg === "follower")}`;
    }
  }
}

/** The default threshold is 250 MB. */
function diskState(run: Run): string {
  const low = ["/var/log/chef-backend", "/var/opt/chef-backend"].find(
    (at) => run.machine.disk(at).free < 250 * 1024,
  );
  return low ? `low (${low})` : "OK";
}
