import { opscodeFolder } from "../../lab/simulation/enterprise/opscodeFolder";
import { packageFile } from "../../lab/simulation/packages/packageFile";
import { planEnterprise } from "../../provider/enterprise/planEnterprise";
import type { EnterpriseSpec } from "../../provider/enterprise/spec";
import type { EnterpriseMachine } from "../../provider/enterprise/state";
import { problems, Site, target, textOf } from "./rig";
import { merged, refusalText } from "../../provider/plan/refusal";
import { said } from "../support/said";

const config = `${opscodeFolder}/private-chef.rb`;

/** Rewrites the configuration of some machines. */
function configure(r: Site, change: (text: string) => string, names = ["backend-1", "backend-2"]): void {
  for (const name of names) {
    const tree = r.sim.tree(name);
    const entry = tree.read(config)!;
    tree.write(config, { ...entry, content: change(entry.content) });
  }
}

type Case = [what: string, arrange: (r: Site) => Partial<EnterpriseSpec> | void, says: RegExp, next: RegExp];

const cases: Case[] = [
  [
    "no consent",
    () => ({ allowDowntime: null }),
    /Downtime not approved \[downtime\]\n.*\n.*`allowDowntime` not set\n +All frontends are stopped: frontend-1, frontend-2/,
    /set `allowDowntime: "11\.3\.2"`/,
  ],
  [
    "consent for another version",
    () => ({ allowDowntime: "11.1.0" }),
    /`allowDowntime` is 11\.1\.0, another version/,
    /set `allowDowntime: "11\.3\.2"`/,
  ],
  [
    "no backend is marked",
    (r) => configure(r, (text) => text.replace(/,\s*:bootstrap => true/, "")),
    /where: backend-1, backend-2\n.*neither is marked `:bootstrap => true`/,
    /look at \/etc\/opscode\/private-chef\.rb on both backends/,
  ],
  [
    "both are marked",
    (r) =>
      configure(r, (text) => text.replaceAll(':role => "backend"', ':role => "backend", :bootstrap => true')),
    /where: backend-1, backend-2\n.*both are marked/,
    /look at \/etc\/opscode\/private-chef\.rb on both backends/,
  ],
  [
    "no configuration",
    (r) => r.sim.tree("backend-2").remove(config),
    /where: backend-2\n.*\/etc\/opscode\/private-chef\.rb: .*No such file/,
    /look at \/etc\/opscode\/private-chef\.rb on both backends/,
  ],
  ...(
    [
      ...(["WFConnection", "StandAlone", "SyncSource", "SyncTarget"] as const),
      ...(["Inconsistent", "DUnknown", "missing"] as const),
    ] as const
  ).map((drbd): Case => [
    `DRBD ${drbd}`,
    (r) => void (r.sim.switches("backend-2").drbd = drbd),
    /DRBD is not in sync \[drbd\]\n.*where: .*backend-2\n/,
    /look at \/proc\/drbd on both backends/,
  ]),
  [
    "nobody is master",
    (r) => {
      r.sim.keepalived.fault = "both backup";
      r.sim.changed();
    },
    /No single active backend .*\n.*\n.*backend-1 says backup, backend-2 says backup/,
    /fix keepalived/,
  ],
  [
    "a newer package",
    (r) => {
      r.sim.machine("frontend-1").packages.replace({
        ...r.sim.machine("frontend-1").packages.all("private-chef")[0]!,
        version: "11.4.0-1",
      });
    },
    /where: frontend-1\n.*11\.4\.0-1 installed, `version` is 11\.3\.2/,
    /set `version` to 11\.4\.0 or later/,
  ],
  [
    "no documented path",
    () => ({ version: "12.0.0", allowDowntime: "12.0.0" }),
    /No documented upgrade path \[path\]\n.*where: 1\.4\.6 -> 12\.0\.0/,
    /Private Chef 1\.x to Enterprise Chef 11\.x/,
  ],
  [
    "no package given",
    () => ({ packageFile: null }),
    /not set; backend-1, backend-2, frontend-1, frontend-2 need private-chef 11\.3\.2/,
    /set `packageFile`/,
  ],
  [
    "the package is missing on one machine",
    (r) => void r.node("frontend-2").files.delete(r.path),
    /where: frontend-2\n.*\/srv\/private-chef_11\.3\.2-1_amd64\.deb: there is no such file/,
    /put the package/,
  ],
  [
    "another package",
    (r) => {
      const bytes = Buffer.from(packageFile({ name: "chef-server-core", version: target }));
      r.node("backend-1").files.set(r.path, bytes);
    },
    /where: backend-1\n.*it holds the package chef-server-core, expected private-chef/,
    /put the package/,
  ],
  [
    "a full disk",
    (r) => void (r.sim.switches("backend-2").diskFree = { "/": 500_000 }),
    /Not enough disk space \[disk\]\n.*where: backend-2, \//,
    /free at least \d+ MiB/,
  ],
  [
    "a machine that cannot be reached",
    (r) => r.sim.nodeDown("frontend-1"),
    /where: frontend-1\n.*frontend-1 is down/,
    /restore the SSH connection/,
  ],
  [
    "cleanup in the run that upgrades",
    () => ({ cleanup: true }),
    /Cleanup is too early .*\n.*\n.*not every machine is verified at 11\.3\.2 yet/,
    /set it for a later `pulumi up`/,
  ],
];

test.each(cases)(
  "%s: refused, with a next step, and nothing is changed",
  async (_what, arrange, says, next) => {
    const r = new Site();
    const result = await r.up(arrange(r) ?? {});
    expect(textOf(result)).toMatch(says);
    expect(textOf(result)).toMatch(next);
    expect(textOf(result)).toMatch(/Nothing was changed\./);
    expect([result.touched, r.jobs]).toEqual([false, []]);
  },
);

test.each(cases)("%s: told by the plan that a preview is made of", async (_what, arrange, says) => {
  const r = new Site();
  const spec = r.spec(arrange(r) ?? {});
  const { state } = await r.up({ ...spec, allowDowntime: "0.0.1" });
  const { refusals, machines } = planEnterprise(spec, state);
  expect(merged(refusals).map(refusalText).join("\n")).toMatch(says);
  expect(machines.some(({ order }) => order !== null)).toBe(true);
});

type Told = EnterpriseMachine["package"];
const told: [what: string, change: (old: Told) => Partial<EnterpriseMachine>, says: RegExp, next: RegExp][] =
  [
    ["no root", () => ({ root: false }), /^frontend-1: Commands do not run as root/, /connection\.sudo/],
    [
      "another product",
      (old) => ({ package: { ...old, version: null } }),
      /Package private-chef is not installed/,
      /list the machines/,
    ],
    [
      "no release",
      (old) => ({ package: { ...old, version: "latest" } }),
      /private-chef latest, which cannot be compared with 11\.3\.2/,
      /by hand/,
    ],
    [
      "other packages",
      () => ({ family: "rpm" }),
      /different package families: .*frontend-1 rpm/,
      /rpm on all/,
    ],
    [
      "no tar",
      () => ({ hasTar: false }),
      /frontend-1: tar is not installed: .*\/etc\/opscode is copied with it/,
      /install it/,
    ],
    [
      "an interrupted installation that is not ours",
      (old) => ({ package: { ...old, state: "interrupted", detail: "half-installed" } }),
      /frontend-1: Installation was interrupted: half-installed/,
      /dpkg --configure -a/,
    ],
    [
      "a busy package manager",
      () => ({ packageLock: "apt, process 17" }),
      /frontend-1: Package manager is busy: apt, process 17/,
      /never removes the lock/,
    ],
  ];

test.each(told)("%s: a refusal with a next step", async (_what, change, says, next) => {
  const r = new Site();
  const { state } = await r.up({ allowDowntime: null });
  const frontends = state.frontends.map((each, at) =>
    at === 0 ? { ...each, ...change(each.package) } : each,
  );
  const { refusals } = planEnterprise(r.spec(), { ...state, frontends });
  expect(refusals.map(said)).toEqual([expect.stringMatching(says)]);
  expect(refusals[0]!.next).toMatch(next);
});

test("a busy package manager is waited for, and its lock is never removed", async () => {
  const r = new Site();
  r.sim.switches("backend-2").packageLock = { pid: 17, program: "apt-get" };
  expect(textOf(await r.up())).toMatch(/Package manager is busy .*\n.*where: backend-2\n/);
  expect(r.jobs).toEqual([]);
  r.clock.setTimer(60_000, () => (r.sim.switches("backend-2").packageLock = null));
  expect(problems(r, await r.up())).toEqual([]);
});

test("two runs at once: the second one is refused, and names the first", async () => {
  const r = new Site();
  const first = r.client().up(r.spec());
  await r.clock.advance(5000);
  expect(textOf(await r.up())).toMatch(/Another run holds the lock .*\n.*\n.*run1@laptop/);
  expect(problems(r, await r.clock.run(first))).toEqual([]);
});

test("DRBD that falls behind during the preparations: keepalived is not stopped, and clients are answered again", async () => {
  const r = new Site();
  r.at("frontends/stop", () => void (r.sim.switches("backend-1").drbd = "WFConnection"));
  const result = await r.up();
  expect(textOf(result)).toMatch(/DRBD is not in sync/);
  expect(r.commands().some((each) => /keepalived|install/.test(each))).toBe(false);
  await r.clock.advance(60_000);
  expect(r.sim.serving).toEqual(["frontend-1", "frontend-2"]);
  r.sim.switches("backend-1").drbd = null;
  expect(problems(r, await r.up())).toEqual([]);
});

test("an unfinished upgrade is finished before its version is given up", async () => {
  const r = new Site();
  const client = r.client();
  r.at("frontends/install", () => client.kill());
  expect(await r.killed(client)).toBe(true);
  const result = await r.up({ version: "11.2.0", allowDowntime: "11.2.0" });
  expect(textOf(result)).toMatch(/Unfinished upgrade to another version[^]*an upgrade to 11\.3\.2 was begun/);
  // What has begun with consent goes on without it.
  expect(problems(r, await r.up({ allowDowntime: null }))).toEqual([]);
});

test("a failure before the first installation puts back what was stopped", async () => {
  const r = new Site({ master: "secondary" });
  r.sim.switches("backend-2").controlFails = null;
  r.at("cluster/await-master", () => void (r.sim.switches("backend-1").serviceDown = "keepalived"));
  const result = await r.up();
  expect(textOf(result)).toMatch(/backend-1 says backup in current_cluster_status, expected master/);
  expect(textOf(result)).toMatch(/backend-2, frontend-1, frontend-2 started again: nothing is down any more/);
  expect(textOf(result)).not.toMatch(/CLIENTS ARE NOT/);
  r.sim.switches("backend-1").serviceDown = null;
  await r.clock.advance(120_000);
  expect(r.sim.serving).toEqual(["frontend-1", "frontend-2"]);
  expect(problems(r, await r.up())).toEqual([]);
});
