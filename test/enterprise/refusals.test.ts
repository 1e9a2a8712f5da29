import { opscodeFolder } from "../../lab/simulation/enterprise/opscodeFolder";
import { packageFile } from "../../lab/simulation/packages/packageFile";
import { planEnterprise } from "../../provider/enterprise/planEnterprise";
import type { EnterpriseSpec } from "../../provider/enterprise/spec";
import type { EnterpriseMachine } from "../../provider/enterprise/state";
import { problems, Site, target, textOf } from "./rig";

const config = `${opscodeFolder}/private-chef.rb`;

/** Rewrites the configuration of some machines. */
function configure(r: Site, change: (text: string) => string, names = ["backend-1", "backend-2"]): void {
  for (const name of names) {
    const tree = r.sim.tree(name);
    const entry = tree.read(config)!;
    tree.write(config, { ...entry, content: change(entry.content) });
  }
}

type Case = [
  what: string,
  arrange: (r: Site) => Partial<EnterpriseSpec> | void,
  says: RegExp,
  wayOut: RegExp,
];

const cases: Case[] = [
  [
    "no consent",
    () => ({ allowDowntime: null }),
    /This needs downtime, and allowDowntime is not given\. All frontends are stopped: frontend-1, frontend-2/,
    /set allowDowntime: "11\.3\.2"/,
  ],
  [
    "consent for another version",
    () => ({ allowDowntime: "11.1.0" }),
    /allowDowntime is 11\.1\.0, for another version/,
    /set allowDowntime: "11\.3\.2"/,
  ],
  [
    "no backend is marked",
    (r) => configure(r, (text) => text.replace(/,\s*:bootstrap => true/, "")),
    /Neither backend-1 nor backend-2 is marked :bootstrap => true/,
    /look at that file on both/,
  ],
  [
    "both are marked",
    (r) =>
      configure(r, (text) => text.replaceAll(':role => "backend"', ':role => "backend", :bootstrap => true')),
    /Both backend-1 and backend-2 are marked/,
    /look at that file on both/,
  ],
  [
    "no configuration",
    (r) => r.sim.tree("backend-2").remove(config),
    /backend-2: \/etc\/opscode\/private-chef\.rb: .*No such file/,
    /look at that file on both/,
  ],
  ...(
    [
      ...(["WFConnection", "StandAlone", "SyncSource", "SyncTarget"] as const),
      ...(["Inconsistent", "DUnknown", "missing"] as const),
    ] as const
  ).map((drbd): Case => [
    `DRBD ${drbd}`,
    (r) => void (r.sim.switches("backend-2").drbd = drbd),
    /backend-2: (DRBD is not Connected and UpToDate\/UpToDate: |.*drbd)/i,
    /Both backends must have the same data/,
  ]),
  [
    "nobody is master",
    (r) => {
      r.sim.keepalived.fault = "both backup";
      r.sim.changed();
    },
    /Not exactly one backend is master .*: backend-1 says backup, backend-2 says backup/,
    /Mend keepalived first/,
  ],
  [
    "a newer package",
    (r) => {
      r.sim.machine("frontend-1").packages.replace({
        ...r.sim.machine("frontend-1").packages.all("private-chef")[0]!,
        version: "11.4.0-1",
      });
    },
    /frontend-1 has private-chef 11\.4\.0-1, newer than the wanted 11\.3\.2/,
    /There is no downgrade/,
  ],
  [
    "no documented way",
    () => ({ version: "12.0.0", allowDowntime: "12.0.0" }),
    /No documented way leads from private-chef 1\.4\.6 to 12\.0\.0/,
    /Private Chef 1\.x to Enterprise Chef 11\.x/,
  ],
  [
    "no package given",
    () => ({ packageFile: null }),
    /packageFile is not given, and backend-1, backend-2, frontend-1, frontend-2 need private-chef 11\.3\.2/,
    /Set packageFile/,
  ],
  [
    "the package is missing on one machine",
    (r) => void r.node("frontend-2").files.delete(r.path),
    /frontend-2: \/srv\/private-chef_11\.3\.2-1_amd64\.deb: there is no such file/,
    /Put the package/,
  ],
  [
    "another package",
    (r) => {
      const bytes = Buffer.from(packageFile({ name: "chef-server-core", version: target }));
      r.node("backend-1").files.set(r.path, bytes);
    },
    /backend-1: .*it holds the package chef-server-core, expected private-chef/,
    /Put the package/,
  ],
  [
    "a full disk",
    (r) => void (r.sim.switches("backend-2").diskFree = { "/": 500_000 }),
    /backend-2: .* free on \//,
    /Free some space/,
  ],
  [
    "a machine that cannot be reached",
    (r) => r.sim.nodeDown("frontend-1"),
    /frontend-1: frontend-1 is down/,
    /Every machine must be reachable/,
  ],
  [
    "cleanup in the run that upgrades",
    () => ({ cleanup: true }),
    /cleanup would destroy the old data, and not every machine is verified at 11\.3\.2 yet/,
    /set it for a later `pulumi up`/,
  ],
];

test.each(cases)(
  "%s: refused, with a way out, and nothing is changed",
  async (_what, arrange, says, wayOut) => {
    const r = new Site();
    const result = await r.up(arrange(r) ?? {});
    expect(textOf(result)).toMatch(says);
    expect(textOf(result)).toMatch(wayOut);
    expect(textOf(result)).toMatch(/Nothing was changed\.$/);
    expect([result.touched, r.jobs]).toEqual([false, []]);
  },
);

test.each(cases)("%s: told by the plan that a preview is made of", async (_what, arrange, says) => {
  const r = new Site();
  const spec = r.spec(arrange(r) ?? {});
  const { state } = await r.up({ ...spec, allowDowntime: "0.0.1" });
  const { refusals, machines } = planEnterprise(spec, state);
  expect(refusals.map(({ message }) => message).join("\n")).toMatch(says);
  expect(machines.some(({ order }) => order !== null)).toBe(true);
});

type Told = EnterpriseMachine["package"];
const told: [
  what: string,
  change: (old: Told) => Partial<EnterpriseMachine>,
  says: RegExp,
  wayOut: RegExp,
][] = [
  ["no root", () => ({ root: false }), /frontend-1: commands do not run as root/, /connection\.sudo/],
  [
    "another product",
    (old) => ({ package: { ...old, version: null } }),
    /has no private-chef/,
    /Give the machines/,
  ],
  [
    "no release",
    (old) => ({ package: { ...old, version: "latest" } }),
    /private-chef latest installed, whose version cannot be compared with 11\.3\.2/,
    /by hand/,
  ],
  ["other packages", () => ({ family: "rpm" }), /not of one package family: .*frontend-1 rpm/, /all rpm/],
  ["no tar", () => ({ hasTar: false }), /frontend-1 has no tar/, /\/etc\/opscode is copied with it/],
  [
    "an interrupted installation that is not ours",
    (old) => ({ package: { ...old, state: "interrupted", detail: "half-installed" } }),
    /frontend-1: an installation was interrupted \(half-installed\)/,
    /dpkg --configure -a/,
  ],
  [
    "a busy package manager",
    () => ({ packageLock: "apt, process 17" }),
    /frontend-1: the package manager is busy: apt, process 17/,
    /never removed/,
  ],
];

test.each(told)("%s: a refusal with a way out", async (_what, change, says, wayOut) => {
  const r = new Site();
  const { state } = await r.up({ allowDowntime: null });
  const frontends = state.frontends.map((each, at) =>
    at === 0 ? { ...each, ...change(each.package) } : each,
  );
  const { refusals } = planEnterprise(r.spec(), { ...state, frontends });
  expect(refusals).toEqual([expect.objectContaining({ message: expect.stringMatching(says) as string })]);
  expect(refusals[0]!.wayOut).toMatch(wayOut);
});

test("a busy package manager is waited for, and its lock is never removed", async () => {
  const r = new Site();
  r.sim.switches("backend-2").packageLock = { pid: 17, program: "apt-get" };
  expect(textOf(await r.up())).toMatch(/backend-2: the package manager is busy/);
  expect(r.jobs).toEqual([]);
  r.clock.setTimer(60_000, () => (r.sim.switches("backend-2").packageLock = null));
  expect(problems(r, await r.up())).toEqual([]);
});

test("two runs at once: the second one is refused, and names the first", async () => {
  const r = new Site();
  const first = r.client().up(r.spec());
  await r.clock.advance(5000);
  expect(textOf(await r.up())).toMatch(/locked by run1@laptop/);
  expect(problems(r, await r.clock.run(first))).toEqual([]);
});

test("DRBD that falls behind during the preparations: keepalived is not stopped, and clients are answered again", async () => {
  const r = new Site();
  r.at("frontends/stop", () => void (r.sim.switches("backend-1").drbd = "WFConnection"));
  const result = await r.up();
  expect(textOf(result)).toMatch(/DRBD is not Connected/);
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
  expect(textOf(result)).toMatch(/An upgrade to 11\.3\.2 was begun and is not finished/);
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
