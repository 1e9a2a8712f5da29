import { parseStatus, type StatusTable } from "../../provider/chef/cluster/statusTable";
import { refusals } from "../../provider/plan/preflight";
import { unreadNotes } from "../../provider/plan/refusals/unreadable";
import { merged, refusalText } from "../../provider/plan/refusal";
import { viewOf } from "../../provider/plan/view";
import { aSpec, type ClusterBuilder, threeBackends } from "../support/aCluster";
import { fixture } from "../fixtures/read";

const table = fixture("status-two-tables.txt");

/** As if a backend had printed this in place of its status. */
function printing(cluster: ClusterBuilder, text: string, ...names: string[]): ClusterBuilder {
  const parsed = parseStatus(text);
  const { rows, unread } =
    typeof parsed === "string" ? { rows: parsed, unread: [] } : (parsed as StatusTable);
  for (const name of names)
    cluster.with(name, {
      ...{ status: rows, printed: { clusterStatus: "", status: text } },
      unread: unread.length > 0 ? [{ command: "status", lines: unread }] : [],
    });
  return cluster;
}

const texts = (cluster: ClusterBuilder) =>
  merged(refusals(aSpec(), viewOf(aSpec(), cluster.state()))).map(refusalText);

test("a figure that is not there: the figure, the command, the backend, and the table as it came", () => {
  const cut = table.replace(" syncing: 0;", "");
  expect(texts(printing(threeBackends(), cut, "backend-2"))).toEqual([
    `Output of a command could not be read [unreadable]
  where: backend-2
  seen:  \`chef-backend-ctl status\`: it does not show "syncing" of postgresql. It printed:
         ${cut.trim().replace(/\n(?=.)/g, "\n         ")}
  next:  run \`chef-backend-ctl status\` there and fix what it shows; if that is a healthy cluster, report the output as a bug`,
  ]);
});

test("of tables with pids of their own one is shown", () => {
  const cut = table.replace(/^etcd.*\n/m, "");
  const cluster = printing(threeBackends(), cut, "backend-1");
  const [only, ...more] = texts(printing(cluster, cut.replace("1191", "4711"), "backend-3"));
  expect(more).toEqual([]);
  expect(only).toContain("where: backend-1, backend-3");
  expect(only).toContain("it does not show etcd. It printed on backend-1:");
  expect(only).not.toContain("4711");
});

test("the same on all three is one text that names the three, and says nothing of it a second time", () => {
  const all = ["backend-1", "backend-2", "backend-3"];
  const [only, ...more] = texts(printing(threeBackends(), "FATAL: no\n", ...all));
  expect(more).toEqual([]);
  expect(only).toContain("where: backend-1, backend-2, backend-3");
  expect(only!.match(/FATAL/g)).toHaveLength(1);
});

test("an unfinished backend may print anything: what is wrong on another one is told alone", () => {
  const cluster = threeBackends().waiting("backend-3").installedOnly("backend-2").inside("backend-2");
  const [only, ...more] = texts(printing(cluster, "FATAL: no\n", "backend-2"));
  expect(more).toEqual([]);
  expect(only).toContain("Cluster is not healthy [unhealthy]");
});

test("what is wrong besides is told besides", () => {
  const cluster = printing(threeBackends().waiting("backend-3"), "", "backend-2");
  expect(texts(cluster).map((text) => text.split("\n")[0])).toEqual([
    "Output of a command could not be read [unreadable]",
    "Cluster is not healthy [unhealthy]",
  ]);
});

test("a command that failed: which one, on which backend, and what it said, once", () => {
  const failed = threeBackends().with("backend-2", {
    status: "chef-backend-ctl status ended with 1: no etcd",
    printed: { clusterStatus: "", status: null },
  });
  expect(texts(failed)).toEqual([
    `Control command failed [command]
  where: backend-2
  seen:  chef-backend-ctl status ended with 1: no etcd
  next:  run \`chef-backend-ctl status\` there and fix what it says`,
  ]);
});

test("our own unfinished backend may print anything until it is finished", () => {
  const cluster = printing(
    threeBackends().inside("backend-2").installedOnly("backend-2"),
    "starting …\n",
    "backend-2",
  );
  expect(texts(cluster)).toEqual([]);
});

test("lines that nobody knows are told once, with the backends that print them; and where runit was not asked", () => {
  const cluster = printing(threeBackends(), `${table}CBWARN007: news\nmore\n`, "backend-1", "backend-3");
  const { nodes } = cluster.with("backend-2", { runitUnknown: "it failed" }).state();
  expect(unreadNotes(nodes)).toEqual([
    'backend-1, backend-3: ignored what this provider does not know of `chef-backend-ctl status`: "CBWARN007: news" (+1 more)',
    "backend-2: whether runit runs could not be checked: it failed",
  ]);
});
