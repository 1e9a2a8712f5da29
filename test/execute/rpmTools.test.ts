/** What installs an .rpm: tried by the preflight on each machine, shown by the plan, and run as it was tried. */
import { createHash } from "node:crypto";
import { packageFile } from "../../lab/simulation/packages/packageFile";
import type { NodeSwitches } from "../../lab/simulation/switches";
import { observeCluster } from "../../provider/observe/observeCluster";
import { planUpgrade } from "../../provider/procedures/planUpgrade";
import { MemoryMachine } from "../support/memoryMachine";
import { names, Rehearsal, rpmPath } from "../support/rehearsal";
import * as check from "./checks";

const sles = 'NAME="SLES"\nVERSION_ID="12.5"\nPRETTY_NAME="SLES 12 SP5"\nID="sles"\n';

function cluster(change: Partial<NodeSwitches> = {}, options: object = {}, pkg: object = {}): Rehearsal {
  const r = new Rehearsal({ platform: "rpm", ...options }, pkg);
  for (const name of names) Object.assign(r.sim.switches(name), change);
  return r;
}

/** The commands that have installed something, each once, without their environment. */
const installed = (r: Rehearsal): string[] => [
  ...new Set(r.sim.history.map(({ argv }) => argv.join(" ")).filter((words) => words.endsWith(rpmPath))),
];

const yum = `yum install -y --disablerepo=* ${rpmPath}`;
const zypper = `env ZYPP_LOCK_TIMEOUT=300 zypper --non-interactive --no-refresh --no-remote install ${rpmPath}`;
const absent = { code: 127, message: "sh: not found" };

test.each<[string, Rehearsal, string]>([
  ["yum, which asks no repository", cluster(), yum],
  ["repositories that do not answer", cluster({ repositoriesDown: true }), yum],
  ["signatures wanted, and the key known", cluster({ signatures: "known" }), yum],
  [
    "what the package needs comes from a repository",
    cluster({}, {}, { requires: "libexample.so.1" }),
    `yum install -y ${rpmPath}`,
  ],
  ["no yum", cluster({ prints: { yum: absent } }), `rpm -Uvh ${rpmPath}`],
  [
    "a plugin of yum asks its repository all the same",
    cluster({ prints: { yum: { code: 1, message: "Cannot find a valid baseurl for repo: base/7/x86_64" } } }),
    `rpm -Uvh ${rpmPath}`,
  ],
  ["SLES", cluster({ signatures: "known" }, { osRelease: sles }), zypper],
  [
    "SLES without zypper",
    cluster({ prints: { zypper: absent } }, { osRelease: sles }),
    `rpm -Uvh ${rpmPath}`,
  ],
])("%s", async (_what, r, command) => {
  const machines = [...r.nodes].map(
    (node) => new MemoryMachine(node, { dead: false, unreachable: new Set() }),
  );
  const state = await r.clock.run(observeCluster(r.spec(), machines, r.clock, "full"));
  const plan = planUpgrade(r.spec(), state);
  expect(plan.refusals).toEqual([]);
  const shown = plan.nodes.map(({ does }) => /^install by `(.*?)`, /.exec(does)?.[1]);
  expect([...new Set(shown)]).toEqual([command]);
  // Trying it has installed nothing.
  expect(r.sim.history).toEqual([]);
  expect(check.allProblems(r, await r.up())).toEqual([]);
  expect(installed(r)).toEqual([command.replace(/^env \S+ /, "")]);
});

test.each<[string, Rehearsal, RegExp]>([
  [
    "localpkg_gpgcheck, and Chef's key is not there",
    cluster({ signatures: "wanted" }),
    /Signature of the package is refused \[packageFile\]\n {2}where: backend-1, backend-2, backend-3\n[^]*Public key for chef-backend-2\.3\.16-1\.el7\.x86_64\.rpm is not installed[^]*rpm --import https/,
  ],
  [
    "localpkg_gpgcheck, and a package without a signature",
    cluster({ signatures: "known" }, {}, { signed: false }),
    /Package chef-backend-2\.3\.16-1\.el7\.x86_64\.rpm is not signed/,
  ],
  [
    "localpkg_gpgcheck, and repositories that do not answer: rpm is no way round it",
    cluster({ signatures: "wanted", repositoriesDown: true }),
    /Signature of the package is refused/,
  ],
  ["zypper without Chef's key", cluster({}, { osRelease: sles }), /Signature verification failed \[4-/],
  [
    "a dependency that only repositories have, which do not answer",
    cluster({ repositoriesDown: true }, {}, { requires: "libexample.so.1" }),
    /libexample\.so\.1 is needed by .*; its repositories do not answer: Cannot find a valid baseurl/,
  ],
])("refused before anything is touched: %s", async (_what, r, message) => {
  const result = await r.up();
  expect(check.textOf(result)).toMatch(message);
  expect(r.commands()).toEqual([]);
  expect(result.failure?.left.failover).toBe("untouched");
});

test("a package that is brought first is tried as soon as it is there, before failover is off", async () => {
  const r = cluster({ signatures: "wanted" });
  const bytes = r.node("backend-1").files.get(rpmPath)!;
  for (const node of r.nodes) node.files.set("./local.rpm", bytes);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const staging = { kind: "upload", source: "./local.rpm", sha256, file: "chef.rpm" } as const;
  const packages = { "2.3.16": { path: "chef.rpm", sha256, stagedKiB: 1, staging } };
  const result = await r.up({ packages });
  expect(check.textOf(result)).toContain("Signature of the package is refused [packageFile]");
  expect(result.timings.map(({ step }) => step)).toEqual(["cluster/stage"]);
  expect(r.commands()).toEqual([]);
  for (const name of names) r.sim.switches(name).signatures = "known";
  expect(check.allProblems(r, await r.up({ packages }))).toEqual([]);
});

test("once the key is imported it goes on", async () => {
  const r = cluster({ signatures: "wanted" });
  expect((await r.up()).failure).not.toBeNull();
  for (const name of names) r.sim.switches(name).signatures = "known";
  expect(check.allProblems(r, await r.up())).toEqual([]);
});

test("zypper's lock between two machines is waited for, and never met by the installation", async () => {
  const r = cluster({ signatures: "known" }, { osRelease: sles });
  r.sim.when("backend-2", ["chef-backend-ctl", "upgrade"], () => {
    r.sim.switches("backend-3").packageLock = { pid: 4711, program: "packagekitd" };
    r.clock.setTimer(200_000, () => (r.sim.switches("backend-3").packageLock = null));
  });
  expect(check.allProblems(r, await r.up())).toEqual([]);
  expect(r.texts("waiting").join()).toContain("Package manager is busy (backend-3)");
  expect(installed(r)).toEqual([zypper.replace(/^env \S+ /, "")]);
});

test("a lock that only trying the package tells is waited for, and the package tried again", async () => {
  const r = cluster();
  const busy = {
    code: 1,
    message: "Another app is currently holding the yum lock; exiting as configured by exit_on_lock",
  };
  r.sim.switches("backend-2").prints = { yum: busy };
  r.clock.setTimer(60_000, () => (r.sim.switches("backend-2").prints = {}));
  const result = await r.up();
  expect(r.texts("waiting").join()).toContain("Another app is currently holding the yum lock");
  expect(check.allProblems(r, result)).toEqual([]);
});

test("an installation that an earlier run has begun is waited for, whatever the next one would use", async () => {
  const r = cluster();
  const client = r.client();
  r.onEvent = (event) => {
    if (event.type === "step-started" && event.step === "backend-2/install")
      r.clock.setTimer(3000, () => client.kill());
  };
  expect(await check.upOrKilled(r, {}, client)).toBeNull();
  expect(r.nodes[1]!.jobs.some(({ state }) => state === "running")).toBe(true);
  r.onEvent = undefined;
  for (const name of names) r.sim.switches(name).prints = { yum: absent };
  expect(check.allProblems(r, await r.up())).toEqual([]);
  expect(check.count(r, "backend-2", /^install/)).toBe(1);
  expect(installed(r)).toEqual([yum, `rpm -Uvh ${rpmPath}`]);
});

test("of another package of the way nothing is tried while the first one is", async () => {
  const r = cluster({}, { version: "1.4.40" });
  const later = "/srv/chef-backend-3.1.1-1.el7.x86_64.rpm";
  for (const node of r.nodes)
    node.files.set(later, Buffer.from(packageFile({ version: "3.1.1", format: "rpm" })));
  const packages = { ...r.spec().packages, "3.1.1": { path: later, staging: null, stagedKiB: 0 } };
  const machines = r.nodes.map((node) => new MemoryMachine(node, { dead: false, unreachable: new Set() }));
  const spec = r.spec({ version: "3.1.1", packages });
  const { nodes } = await r.clock.run(observeCluster(spec, machines, r.clock, "full"));
  for (const { packageFiles } of nodes)
    expect(Object.values(packageFiles).map(({ tool, problem }) => [tool?.program, problem])).toEqual([
      ["yum", null],
      ["yum", null],
    ]);
});
