/** The corpus itself: every output has its source, its command and its facts, and every kind has a reader, or waits for one. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseClusterStatus } from "../../provider/chef/cluster/clusterTable";
import { parseStatus } from "../../provider/chef/cluster/statusTable";
import { found, kinds } from "./corpus";

/** What no command of a reading prints: kept for what is judged by it later, or as what must never be taken for a table. */
const ahead = new Set([
  ...["server-upgrade", "server-backup"],
  ...[
    "sv-control",
    "knife",
    "ha-status",
    "drbd-tools",
    "cluster-role",
    "keepalived-log",
    "runsvdir",
    "server-version",
  ],
  ...["elasticsearch-allocation"],
  ...["leaderl-log", "postgresql-log", "noise", "curl", "systemctl", "date", "uptime"],
]);

const readers = readdirSync(__dirname)
  .concat("../gate/guardHealth.test.ts", "../execute/badOutput.test.ts")
  .filter((name) => name.endsWith(".test.ts") && !__filename.endsWith(name))
  .map((name) => readFileSync(join(__dirname, name), "utf8"))
  .join("\n");

test.each(kinds)("%s", (kind) => {
  for (const { name, text, errors, command, product, source, facts } of found(kind)) {
    expect([name, text + errors === "" && !("unreadable" in facts)]).toEqual([name, false]);
    for (const about of [command, product, source])
      expect([name, about]).toEqual([name, expect.stringMatching(/\S/)]);
    expect([name, Object.keys(facts).length]).not.toEqual([name, 0]);
  }
  const isRead =
    readers.includes(`found("${kind}")`) ||
    readers.includes(`"${kind}", (`) ||
    readers.includes(`["${kind}"`) ||
    readers.includes(`"${kind}"]`);
  expect([kind, isRead]).toEqual([kind, !ahead.has(kind)]);
});

test("output of any other command is never a table of members or of services", () => {
  for (const kind of kinds.filter((each) => !["status", "cluster-status", "upgrade"].includes(each)))
    for (const { name, text } of found(kind))
      expect([name, typeof parseStatus(text), typeof parseClusterStatus(text)]).toEqual([
        name,
        "string",
        "string",
      ]);
});
