/** Whether a frontend is closed or open to clients is seen where it can be seen, and else said not to be known. */
import { listObjects } from "../../provider/commands/chefServerCtl";
import type { Rehearsal } from "../support/rehearsal";
import * as check from "./checks";
import { aRehearsal, asked, endProblems, harm } from "./reindexRig";

const list = "maintenance --list-ips";
const lists = listObjects().slice(1).join(" ");

/** The first command of these words does nothing on that frontend, and ends with 0. */
function letLie(r: Rehearsal, node: string, words: string): void {
  const target = r.node(node);
  const really = target.carryOut.bind(target);
  let lied = false;
  target.carryOut = (argv, io, kind) => {
    if (lied || argv.join(" ") !== words) return really(argv, io, kind);
    lied = true;
    return Promise.resolve({ code: 0, stdout: "", stderr: "" });
  };
}

test("maintenance that was not switched on is seen before anything else is done", async () => {
  const r = aRehearsal();
  letLie(r, "frontend-2", "chef-server-ctl maintenance on");
  const text = check.textOf(await r.up(asked(r)));
  expect(text).toMatch(
    /frontend-2\/close: it ended with 0, but frontend-2 lets clients in: [\d.]+ answers with 200/,
  );
  expect(text).toContain("frontend-1, frontend-2 opened to clients again");
  expect(r.jobs.filter(({ kind }) => /install|upgrade/.test(kind))).toEqual([]);
  expect(endProblems(r, await r.up(asked(r)))).toEqual([]);
  expect(harm(r)).toEqual([]);
});

test("maintenance that was not switched off is seen at the end", async () => {
  const r = aRehearsal();
  letLie(r, "frontend-1", "chef-server-ctl maintenance off");
  expect(check.textOf(await r.up(asked(r)))).toMatch(
    /frontend-1 sends clients away: [\d.]+ answers with 503/,
  );
  expect(endProblems(r, await r.up(asked(r)))).toEqual([]);
});

test.each([
  [
    "lists the frontend's own address",
    (own: string) => `- The following IPs are allowed\n127.0.0.1\n${own}\n`,
  ],
  ["cannot be read", () => ({ code: 1, message: "redis is down" })],
])(
  "where the list of those who are let in %s, nothing is claimed and nothing stopped",
  async (_how, prints) => {
    const r = aRehearsal();
    const { ip } = r.sim.frontend("frontend-2");
    r.sim.switches("frontend-2").prints[list] = prints(ip);
    letLie(r, "frontend-2", "chef-server-ctl maintenance on");
    await r.up(asked(r));
    expect(r.texts("note")).toContainEqual(
      expect.stringMatching(/^Whether frontend-2 is closed to clients was not verified: /),
    );
  },
);

test("a rebuild that says what it has not indexed is not done, though it ends with 0", async () => {
  const r = aRehearsal();
  r.sim.switches("frontend-1").reindexFailsFor = ["lab"];
  const text = check.textOf(await r.up(asked(r)));
  expect(text).toMatch(/the search index is not complete: .*Failed to reindex data for lab!/);
  expect(text).toMatch(/^FRONTENDS ARE CLOSED/);
  r.sim.switches("frontend-1").reindexFailsFor = [];
  expect(endProblems(r, await r.up(asked(r)))).toEqual([]);
});

test("where the server's lists cannot be read, one that is in the index no more after two rebuilds keeps nobody out", async () => {
  const r = aRehearsal();
  for (const { name } of r.sim.frontends)
    r.sim.switches(name).prints[lists] = { code: 1, message: "no psql" };
  r.sim.search.indexed("long-gone");
  expect(check.textOf(await r.up(asked(r)))).toMatch(
    /a search finds nothing of 1 of 3 organizations .*\(chef_[0-9a-f]{32}\)\. The next `pulumi up` does it again/,
  );
  expect(endProblems(r, await r.up(asked(r)))).toEqual([]);
  expect(r.texts("warning")).toContainEqual(expect.stringMatching(/was done twice, and both times .*chef_/));
  expect(r.texts("note")).toContainEqual(
    "Whether the search index has every object was not verified: `chef-server-ctl psql` on frontend-1: no psql",
  );
});
