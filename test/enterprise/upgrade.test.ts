import { differences, opscodeFolder } from "../../lab/simulation/enterprise/opscodeFolder";
import { planEnterprise } from "../../provider/enterprise/planEnterprise";
import { problems, Site, target, textOf } from "./rig";

const all = ["backend-1", "backend-2", "frontend-1", "frontend-2"];
/** What the vendor's page "Upgrade to Enterprise Chef 11: High Availability" says, by its own numbers. */
const page: [number: number, commands: string[]][] = [
  [1, all.map((name) => `${name} reconfigure`)],
  [2, ["frontend-1 stop", "frontend-2 stop"]],
  // 3: which backend is not the bootstrap one is read.
  [4, ["backend-2 stop keepalived"]],
  [5, ["backend-2 install", "backend-1 install", "frontend-1 install", "frontend-2 install"]],
  [6, ["backend-1 upgrade"]],
  // 7: /etc/opscode is no command on a machine; the next but one test.
  [8, ["backend-2 upgrade"]],
  [9, ["frontend-1 upgrade", "frontend-2 upgrade"]],
  [10, all.map((name) => `${name} start`)],
  // 11: cleanup, in a run of its own: cleanup.test.ts.
];

describe("Private Chef 1.4.6 to Enterprise Chef 11.3.2", () => {
  test.each(["deb", "rpm"] as const)("%s: the vendor's steps in the vendor's order", async (platform) => {
    const r = new Site({ platform });
    const result = await r.up();
    expect(problems(r, result)).toEqual([]);
    expect(r.commands()).toEqual(page.flatMap(([, commands]) => commands));
    expect(result.timings.map(({ step }) => step)).toEqual(r.steps());
  });

  test("a system at the version is adopted, and a second run does nothing", async () => {
    const r = new Site();
    await r.up();
    const before = r.commands().length;
    const again = await r.up({ allowDowntime: null });
    expect([again.failure, again.touched, r.commands().length]).toEqual([null, false, before]);
    const fresh = new Site({ version: target });
    const adopted = await fresh.up({ adopted: false, allowDowntime: null, packageFile: null });
    expect([textOf(adopted), adopted.touched, fresh.commands()]).toEqual(["", false, []]);
  });

  test("frontends are stopped and get the package side by side; backends one after another", async () => {
    const r = new Site({ count: 4 });
    expect(problems(r, await r.up())).toEqual([]);
    const together = (kind: string, name: RegExp) => {
      const jobs = r.jobs.filter((job) => job.kind === kind && name.test(job.node));
      return jobs.some((job, at) => jobs.slice(0, at).some((before) => before.end!.at > job.at));
    };
    for (const kind of ["stop", "install", "start"])
      expect([kind, together(kind, /^frontend/)]).toEqual([kind, true]);
    for (const kind of ["reconfigure", "install", "upgrade", "start"])
      expect([kind, together(kind, /^backend/)]).toEqual([kind, false]);
    const upgrades = r.jobs.filter((job) => job.kind === "upgrade" && job.node.startsWith("frontend"));
    expect(upgrades[0]!.node).toBe("frontend-1");
    expect(upgrades.slice(1).every((job) => job.at >= upgrades[0]!.end!.at)).toBe(true);
    expect(together("upgrade", /^frontend-[234]$/)).toBe(true);
  });

  test("the bootstrap backend is found by its configuration, in whichever order and shape that is", async () => {
    for (const privateChefRb of ["one file", "per machine"] as const) {
      const r = new Site({ privateChefRb, master: "secondary" });
      r.nodes.splice(0, 2, r.nodes[1]!, r.nodes[0]!);
      const spec = r.spec();
      const result = await r.up({ nodes: [spec.nodes[1]!, spec.nodes[0]!] });
      expect(problems(r, result)).toEqual([]);
      expect(r.commands()).toContain("backend-2 stop keepalived");
      // From then on both have the same file: what the record says counts.
      expect((await r.up({ nodes: [spec.nodes[1]!, spec.nodes[0]!] })).failure).toBeNull();
    }
  });

  test("without frontends, and with one", async () => {
    for (const count of [0, 1]) {
      const r = new Site({ count });
      expect(problems(r, await r.up())).toEqual([]);
      expect(r.commands().filter((each) => each.endsWith(" upgrade"))).toHaveLength(2 + count);
    }
  });

  test("/etc/opscode is the primary's everywhere before anybody else's upgrade; the previous one is kept", async () => {
    const r = new Site();
    const primary = r.sim.tree("backend-1");
    const seen: Record<string, string[]> = {};
    for (const name of all.slice(1)) {
      r.sim
        .tree(name)
        .write(`${opscodeFolder}/own.txt`, { kind: "file", content: name, mode: 0o600, owner: "root:root" });
      r.sim.when(
        name,
        ["private-chef-ctl", "upgrade"],
        () => (seen[name] = differences(primary, r.sim.tree(name))),
      );
    }
    expect(problems(r, await r.up())).toEqual([]);
    expect(seen).toEqual({ "backend-2": [], "frontend-1": [], "frontend-2": [] });
    for (const name of all.slice(1)) {
      const kept = r.sim
        .tree(name)
        .list("")
        .filter(([path]) => /^\/etc\/opscode\.\d{8}T\d{6}Z\/own\.txt$/.test(path));
      expect([name, kept.length]).toEqual([name, 1]);
    }
  });

  test("/etc/opscode that changes after it was copied is copied again", async () => {
    const r = new Site();
    const changed = { kind: "file", content: "later", mode: 0o600, owner: "root:root" } as const;
    r.at("backend-2/upgrade", () => r.sim.tree("backend-1").write(`${opscodeFolder}/own.txt`, changed));
    expect(problems(r, await r.up())).toEqual([]);
    expect(r.texts("note").join()).toMatch(/has changed since it was copied: it is copied again/);
    expect(r.sim.tree("backend-2").read(`${opscodeFolder}/own.txt`)).toMatchObject(changed);
  });

  test("the package may come by staging, to those that need it", async () => {
    const r = new Site();
    const source = r.path;
    const staging = {
      kind: "upload",
      source,
      sha256: r.nodes[0]!.sha256(source),
      file: "private-chef.deb",
    } as const;
    const packageFile = { path: staging.file, staging, stagedKiB: 1000 };
    expect(problems(r, await r.up({ packageFile }))).toEqual([]);
    expect(r.steps()[0]).toBe("cluster/stage");
    const installed = r.sim.history.flatMap(({ argv }) => argv.filter((word) => word.endsWith(".deb")));
    expect(installed).toEqual(all.map(() => "/var/lib/pulumi-chef-backend/packages/private-chef.deb"));
  });

  test("what the package manager printed is kept on each machine, and is no part of any other text", async () => {
    const r = new Site();
    await r.up();
    for (const node of r.nodes) {
      const [name, text] = [...node.logs][0]!;
      expect(name).toMatch(/^install-private-chef-11\.3\.2-run1\.log$/);
      expect(text.length).toBeGreaterThan(20);
      for (const type of ["note", "warning", "waiting"] as const)
        for (const line of text.trim().split("\n")) expect(r.texts(type)).not.toContain(line);
    }
  });

  test("the plan is plain data, and is not changed by whoever looks at it", async () => {
    const r = new Site();
    const result = await r.up({ allowDowntime: null });
    const plan = planEnterprise(r.spec(), result.state);
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
    expect(planEnterprise(r.spec(), result.state)).toEqual(plan);
    expect(plan.downtime.join("\n")).toMatch(/All frontends are stopped: frontend-1, frontend-2/);
    expect(plan.machines.map(({ name, order }) => [name, order])).toEqual(
      all.map((name, at) => [name, at + 1]),
    );
  });
});

describe("upgrade on the primary backend", () => {
  test("is run again after a time-out, each time as a job of its own", async () => {
    const r = new Site();
    r.sim.switches("backend-1").upgradeTimesOut = 4;
    expect(problems(r, await r.up())).toEqual([]);
    const attempts = r.record!.attempts;
    expect(attempts.map(({ attempt, ended }) => [attempt, ended])).toEqual([
      ...[1, 2, 3, 4].map((attempt) => [attempt, "timed out"]),
      [5, "well"],
    ]);
    expect(attempts.slice(0, 4).every(({ seconds }) => seconds >= 600)).toBe(true);
    expect(r.texts("note")).toContain("backend-1: attempt 1 of upgrade timed out; it is run again");
  });

  test("stops after upgradeAttempts; the next run tries again", async () => {
    const r = new Site();
    r.sim.switches("backend-1").upgradeTimesOut = 3;
    const result = await r.up({ upgradeAttempts: 2 });
    expect(textOf(result)).toMatch(
      /^CLIENTS ARE NOT ANSWERED: frontend-1, frontend-2 are stopped by the upgrade\. THE UPGRADE IS PAST THE POINT OF NO RETURN\. The next/,
    );
    expect(textOf(result)).toMatch(/it timed out 2 times \(upgradeAttempts\)/);
    expect(problems(r, await r.up({ upgradeAttempts: 2 }))).toEqual([]);
    expect(r.record!.attempts.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4]);
  });

  test("is never started again while it lives: it is left alone, and the next run waits for it", async () => {
    const r = new Site();
    r.sim.switches("backend-1").upgradeHangs = true;
    const first = await r.up();
    expect(textOf(first)).toMatch(
      /still runs after 7200 s; it is left alone, and the next `pulumi up` waits/,
    );
    r.clock.setTimer(100_000, () => (r.sim.switches("backend-1").upgradeHangs = false));
    expect(problems(r, await r.up())).toEqual([]);
    expect(r.commands().filter((each) => each === "backend-1 upgrade")).toHaveLength(1);
    expect(r.record!.attempts).toEqual([expect.objectContaining({ attempt: 1, ended: "well" })]);
  });

  test("is not run again after another failure", async () => {
    const r = new Site();
    r.sim.switches("backend-1").upgradeFails = { code: 1, message: "RuntimeError: a migration failed" };
    const result = await r.up();
    expect(textOf(result)).toMatch(/RuntimeError: a migration failed/);
    expect(r.commands().filter((each) => each.endsWith(" upgrade"))).toEqual(["backend-1 upgrade"]);
    r.sim.switches("backend-1").upgradeFails = null;
    expect(problems(r, await r.up())).toEqual([]);
    expect(r.record!.attempts.map(({ ended }) => ended)).toEqual(["failed", "well"]);
  });
});

describe("keepalived after the secondary's upgrade", () => {
  test.each(["both master", "both backup", "swapped"] as const)(
    "%s: the documented dance, once",
    async (fault) => {
      const r = new Site();
      r.sim.switches("backend-2").keepalivedAfterUpgrade = fault;
      expect(problems(r, await r.up())).toEqual([]);
      const after = r.commands().slice(r.commands().indexOf("backend-2 upgrade") + 1);
      expect(after.slice(0, 3)).toEqual([
        "backend-2 stop keepalived",
        "backend-1 restart keepalived",
        "backend-2 restart keepalived",
      ]);
      expect(r.commands().filter((each) => /restart keepalived/.test(each))).toHaveLength(2);
    },
  );

  test("where the dance does not mend it: a clear error, and no second dance", async () => {
    const r = new Site();
    r.sim.switches("backend-2").keepalivedAfterUpgrade = "both master for good";
    const result = await r.up();
    expect(textOf(result)).toMatch(
      /backend-2 says master in current_cluster_status, expected backup, also after keepalived was stopped on backend-2 and restarted on backend-1 and backend-2\. Mend it by hand/,
    );
    const dances = () => r.commands().filter((each) => /restart keepalived/.test(each)).length;
    expect(dances()).toBe(2);
    expect((await r.up()).failure).not.toBeNull();
    expect(dances()).toBe(2);
    r.sim.keepalived.fault = null;
    r.sim.changed();
    expect(problems(r, await r.up())).toEqual([]);
  });
});

describe("verification at the end", () => {
  test("a service that does not run is an error, opscode-chef-mover is not", async () => {
    const r = new Site();
    r.at("cluster/verify", () => void (r.sim.switches("frontend-2").serviceDown = "nginx"));
    const result = await r.up();
    expect(textOf(result)).toMatch(/cluster\/verify: after 900 s: frontend-2: nginx is not running$/m);
    r.sim.switches("frontend-2").serviceDown = null;
    expect(problems(r, await r.up())).toEqual([]);
  });
});
