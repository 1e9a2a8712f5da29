import type { Backend } from "../cluster/backend";
import type { Posted } from "../cluster/statusBoard";
import { columnsOf, inOrder, layOut } from "../columns";
import type { Run } from "./program";

/** `chef-backend-ctl cluster-status`: the documented table, of what the nodes have posted. */
export async function clusterStatus(run: Run, args: readonly string[]): Promise<number> {
  const { sim, backend } = run;
  if (args.length > 0 && args[0] !== "--json")
    return run.fail(1, "Usage: chef-backend-ctl cluster-status [--json]");
  await run.sleep(sim.timings.control);
  if (!backend.running("etcd") || !sim.cluster.quorum)
    return run.fail(1, "ERROR: could not read the cluster's state from etcd: no cluster available");
  const rows = sim.members
    .map((each) => ({ backend: each, posted: sim.board.posted(each) }))
    .filter((row): row is { backend: Backend; posted: Posted } => row.posted !== undefined);
  if (args[0] === "--json") run.print(`${JSON.stringify(rows.map(asJson), null, 2)}\n`);
  else run.show(layOut(table(run, rows)));
  return 0;
}

function table(run: Run, rows: { backend: Backend; posted: Posted }[]): string[][] {
  const { sim } = run;
  const columns = columnsOf(run.backend.installed, sim.columns);
  type Row = (typeof rows)[number];
  const all: [string, boolean, (row: Row) => string][] = [
    ["Name", true, (row) => row.backend.name],
    ["IP", true, (row) => row.backend.ip],
    ["GUID", true, (row) => row.backend.guid],
    [
      "Role",
      true,
      ({ posted: { role, follows } }) => (columns.followsInRole && follows ? `${role} (${follows})` : role),
    ],
    ["PG", true, (row) => row.posted.pg],
    ["ES", true, (row) => row.posted.es],
    // The names and values of these are not documented; whether failover is blocked is read live from etcd.
    ["Follows", columns.follows, (row) => row.posted.follows || "-"],
    ["Blocked", columns.blocked, (row) => (sim.cluster.mayFailOver(row.backend) ? "not_blocked" : "blocked")],
    ["Eligible", columns.blocked, (row) => String(row.posted.eligible)],
    ...Object.entries(columns.extra).map(([name, text]): [string, boolean, () => string] => [
      name,
      true,
      () => text,
    ]),
  ];
  const known = all.filter(([header, on]) => on && !sim.droppedStatusColumns.includes(header));
  const shown = inOrder(known, columns.order, ([header]) => header);
  return [shown.map(([header]) => header), ...rows.map((row) => shown.map(([, , cell]) => cell(row)))];
}

/** The shape is not documented: this one is only plausible. */
function asJson({ backend, posted }: { backend: Backend; posted: Posted }) {
  return {
    name: backend.name,
    ip: backend.ip,
    guid: backend.guid,
    role: posted.role,
    pg: posted.pg,
    es: posted.es,
    partially_synced: posted.partiallySynced,
  };
}
