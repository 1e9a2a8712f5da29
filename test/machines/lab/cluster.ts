import { basename } from "node:path";
import { waitFor } from "./host";
import type { Machine } from "./machine";

/** Where the packages lie on every machine. */
export const shelf = "/var/cache/lab";
/** Where the cluster's address is in the lab's network. */
export const vipHost = 10;

/** Seconds, as chef-backend.rb has them. */
export interface Intervals {
  /** Without a sign of life for so long, the leader is deposed. */
  readonly leaderTtl: number;
  readonly healthCheck: number;
  readonly statusUpdate: number;
  readonly statusPost: number;
}

/** The product's defaults are 30, 5, 5 and 10: shorter ones make a rehearsal shorter, too. */
export const shortIntervals: Intervals = { leaderTtl: 20, healthCheck: 1, statusUpdate: 1, statusPost: 1 };

/** Installs the package on every backend, creates the cluster on the first and lets the others join. */
export async function createCluster(
  backends: readonly Machine[],
  packagePath: string,
  vip: string,
  intervals: Intervals,
) {
  const file = `${shelf}/${basename(packagePath)}`;
  await Promise.all(
    backends.map(async (machine) => {
      await machine.run(machine.family === "deb" ? `dpkg -i ${file}` : `yum install -y ${file}`);
      await machine.run("cat > /etc/chef-backend/chef-backend.rb", configuration(machine.ip, vip, intervals));
    }),
  );
  const [first, ...others] = backends;
  const accepted = "--accept-license --yes";
  await first!.run(`chef-backend-ctl create-cluster ${accepted}`);
  const secrets = await first!.run("cat /etc/chef-backend/chef-backend-secrets.json");
  const joining = others.map(async (machine, at) => {
    await machine.run("umask 077; cat > /root/secrets.json", secrets);
    // etcd takes its members one after another; what comes then each does by itself.
    const before = others[at - 1];
    if (before) await waitFor(`etcd on ${before.name}`, 120, () => etcdIsWell(before));
    await machine.run(
      `chef-backend-ctl join-cluster ${first!.ip} ${accepted} -s /root/secrets.json && rm /root/secrets.json`,
    );
  });
  await Promise.all(joining);
  await clusterIsWhole(backends, 120);
}

async function etcdIsWell(machine: Machine): Promise<boolean> {
  return /"health":"true"/.test((await machine.attempt("curl -s -m 2 http://127.0.0.1:2379/health")).stdout);
}

function configuration(ip: string, vip: string, intervals: Intervals): string {
  return `publish_address '${ip}'
vip '${vip}'
leaderl.leader_ttl_seconds = ${intervals.leaderTtl}
leaderl.health_check.interval_seconds = ${intervals.healthCheck}
leaderl.status_internal_update_interval_seconds = ${intervals.statusUpdate}
leaderl.status_post_update_interval_seconds = ${intervals.statusPost}
`;
}

/** Waits until every backend says that all of them are well. */
export async function clusterIsWhole(backends: readonly Machine[], seconds: number): Promise<void> {
  const all = backends.length;
  const wanted = [
    new RegExp(`state: green; nodes online: ${all}/${all}\\n`),
    new RegExp(`health: green; healthy nodes: ${all}/${all}\\n`),
    new RegExp(`leader: 1; waiting: 0; follower: ${all - 1}; total: ${all}\\n`),
    new RegExp(`leader: 1; offline: 0; syncing: 0; synced: ${all - 1}\\n`),
  ];
  await waitFor("the cluster is healthy", seconds, async () => {
    const said = await Promise.all(backends.map((machine) => machine.attempt("chef-backend-ctl status")));
    return said.every(({ stdout }) => wanted.every((pattern) => pattern.test(stdout)));
  });
}

/** Name of the backend that leads, as this one tells; null when nobody does. */
export async function leaderAsToldBy(machine: Machine): Promise<string | null> {
  const { stdout } = await machine.attempt("chef-backend-ctl cluster-status");
  return /^(\S+) .* leader +leader /m.exec(stdout)?.[1] ?? null;
}
