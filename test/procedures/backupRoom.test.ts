import { said } from "../support/said";
import { backedUp, broke, old, plan } from "./downtimeStates";

const mib = 1024;
const gib = 1024 * mib;

/** backend-2, which is backed up, with so much free for its backups and so much in use where its data lie. */
const on = (freeKiB: number, dataUsedKiB: number | null, path = "/var/opt/chef-backup") => {
  const cluster = old();
  const disks = cluster
    .state()
    .nodes[1]!.disks.map((disk) =>
      disk.path === path ? { ...disk, mount: "/backup", availableKiB: freeKiB } : disk,
    );
  return cluster.with("backend-2", { disks, dataUsedKiB });
};

test("without room for any backup nothing begins: only where one is planned", () => {
  const full = on(100 * mib, gib);
  expect(plan(full).refusals.map(said)).toEqual([
    "backend-2, /backup (/var/opt/chef-backup): Not enough disk space: 100 MiB free for the backup; 300 MiB required",
  ]);
  expect(plan(full, { backup: false }).refusals).toEqual([]);
  expect(plan(full.record(broke(backedUp))).refusals).toEqual([]);
});

test("without rsync on the frontend whose configuration is backed up nothing begins: only where it is planned", () => {
  const cluster = old().withFrontend("frontend-1", { hasRsync: false });
  expect(plan(cluster).refusals.map(said)).toEqual([
    "frontend-1: rsync is missing: `which rsync` finds none; `chef-server-ctl backup` needs it",
  ]);
  expect(plan(cluster, { backup: false }).refusals).toEqual([]);
  expect(plan(cluster.record(broke(backedUp))).refusals).toEqual([]);
});

test("less room than the data take: how large a backup becomes nobody knows, so that it is only said", () => {
  const { refusals, warnings } = plan(on(2 * gib, 5 * gib));
  expect(refusals).toEqual([]);
  expect(warnings).toEqual([
    "The backup on backend-2 may not fit: 2048 MiB are free on /backup (/var/opt/chef-backup), and 5120 MiB are in use on the disk of its data, before compression. If it fails, nothing has gone down yet",
  ]);
  for (const roomy of [on(6 * gib, 5 * gib), on(2 * gib, null)]) expect(plan(roomy).warnings).toEqual([]);
});
