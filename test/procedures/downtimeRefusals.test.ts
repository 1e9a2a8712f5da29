import { parseBackendConfig } from "../../provider/chef/cluster/backendConfig";
import { aSpec } from "../support/aCluster";
import { all, broke, codes, down, forward, installing, names, old, plan, upgrades } from "./downtimeStates";
import { said } from "../support/said";

describe("what is refused", () => {
  it("without frontends, or with one that cannot be reached or read", () => {
    expect(codes(plan(old(), { frontends: null }))).toContain("frontends");
    const lost = plan(old().withFrontend("frontend-2", { unreachable: "no connection" }));
    expect(said(lost.refusals[0]!)).toBe("frontend-2: Frontend cannot be reached: no connection");
    expect(codes(plan(old().withFrontend("frontend-2", { root: false })))).toEqual(["root"]);
    const empty = { state: "absent" as const, version: null, detail: "", installedAt: null };
    expect(codes(plan(old().withFrontend("frontend-1", { package: empty })))).toEqual(["frontends"]);
  });

  it("lets no frontend keep the backends down past the point of no return, only itself be waited for", () => {
    const lost = { unreachable: "no connection" };
    for (const cluster of [installing(), down()])
      expect(codes(plan(cluster.withFrontend("frontend-2", lost)))).toContain("frontends");
    expect(plan(forward().withFrontend("frontend-2", lost)).refusals).toEqual([]);
    const cluster = old().record(broke([...all("install"), ...all("down"), ...upgrades]));
    for (const name of names) cluster.upgraded(name);
    expect(codes(plan(cluster.withFrontend("frontend-2", lost)))).toEqual(["frontends"]);
  });

  it("without consent, or with consent for another version, saying what it means and what to set", () => {
    for (const allowDowntime of [null, "2.3.15", "3.1.1"]) {
      const [refusal, ...more] = plan(old(), { allowDowntime }).refusals;
      expect(more).toEqual([]);
      expect(refusal!.seen).toMatch(/all backends go down together, from the first `down-for-upgrade`/);
      expect(refusal!.next).toMatch(/allowDowntime: "2\.3\.16"/);
    }
    expect(plan(old(), { allowDowntime: "2.3.16-1" }).refusals).toEqual([]);
  });

  it("estimates the downtime by the times of the last run", () => {
    const times = {
      down: 10,
      "start-upgrade": 60,
      "await-upgrades": 30,
      healthy: 20,
      "reconfigure-frontend": 40,
    };
    const cluster = old().record({ finished: true, times });
    expect(plan(cluster, { allowDowntime: null }).refusals[0]!.seen).toMatch(/about 5 min 40 s/);
  });

  it("without consent as long as nothing is down; what is down is finished", () => {
    expect(codes(plan(installing(), { allowDowntime: null }))).toEqual(["downtime"]);
    for (const cluster of [down(["backend-1/down"]), down(), forward()])
      expect(codes(plan(cluster, { allowDowntime: null }))).toEqual([]);
  });

  it("while the cluster is not healthy, before and between installations", () => {
    expect(codes(plan(old().missing("backend-3")))).toContain("unhealthy");
    expect(codes(plan(old().waiting("backend-3")))).toEqual(["unhealthy"]);
    expect(codes(plan(installing().waiting("backend-3")))).toEqual(["unhealthy"]);
    const begun = old()
      .record(broke(["backend-2/install"]))
      .installedOnly("backend-2");
    expect(
      codes(
        plan(
          begun
            .allDown("backend-3")
            .with("backend-3", { services: [{ service: "etcd", up: false, seconds: 1 }] }),
        ),
      ),
    ).toContain("unhealthy");
  });

  it("not for what our own installations have stopped", () => {
    const stopped = { services: [{ service: "etcd", up: false, seconds: 1 }] };
    const one = old()
      .record(broke(["backend-2/install"]))
      .installedOnly("backend-2")
      .allDown("backend-2")
      .with("backend-2", stopped);
    expect(plan(one).refusals).toEqual([]);
    expect(plan(one).steps[0]!.id).toBe("backend-3/install");
    expect(plan(down()).refusals).toEqual([]);
    expect(plan(forward()).refusals).toEqual([]);
  });

  test.each([
    ["before", old],
    ["installing", installing],
    ["down", down],
    ["forward", forward],
  ] as const)("with a backend out of reach (%s)", (_phase, cluster) => {
    const made = plan(cluster().unreachable("backend-2"));
    expect(codes(made)).toContain("unreachable");
  });

  it("with another installation than ours interrupted", () => {
    expect(codes(plan(old().interrupted("backend-2")))).toEqual(["interrupted"]);
    const ours = old()
      .record(broke(["backend-2/install"], []))
      .installedOnly("backend-2")
      .interrupted("backend-3");
    expect(codes(plan(ours))).toEqual(["interrupted"]);
  });

  it("without the package, with a bad one, and with the settings that 1.2.5 has done away with", () => {
    expect(codes(plan(old(), { packages: {} }))).toEqual(["packageFile"]);
    expect(codes(plan(old().packageFile("backend-3", { problem: "the file is empty" })))).toEqual([
      "packageFile",
    ]);
    const shm = old()
      .at("1.2.4")
      .with("backend-1", { config: parseBackendConfig("postgresql.shmmax = 1") });
    expect(codes(plan(shm))).toEqual(["config"]);
  });

  it("not for an index that nobody can tell the age of: it does not matter yet, and is read again", () => {
    expect(plan(old().indexMadeBy(null)).refusals).toEqual([]);
    const packages = { ...aSpec().packages, "3.1.1": { path: "/srv/3.deb", staging: null, stagedKiB: 0 } };
    const made = plan(old().indexMadeBy(null), { version: "3.1.1", allowDowntime: "3.1.1", packages });
    expect(made.hops.map((each) => each.method)).toEqual(["downtime", "reindex", "rolling"]);
    expect(made.refusals).toEqual([]);
  });

  it("on the way to 3.x where the second hop's package is missing", () => {
    const made = plan(old(), { version: "3.1.1", allowDowntime: "3.1.1" });
    expect(made.hops.map((each) => each.method)).toEqual(["downtime", "reindex", "rolling"]);
    expect(made.refusals.map((each) => each.next)).toEqual([
      expect.stringMatching(/packageFiles\["3\.1\.1"\]/),
    ]);
  });
});

describe("another version is asked for while it is half done", () => {
  const packages = { ...aSpec().packages, "3.1.1": { path: "/srv/3.deb", staging: null, stagedKiB: 0 } };

  it("a higher one: this hop first, then on", () => {
    for (const cluster of [installing(), down(), forward()]) {
      const made = plan(cluster, { version: "3.1.1", allowDowntime: "3.1.1", packages });
      expect(made.hops.map((each) => [each.method, each.to])).toEqual([
        ["downtime", "2.3.16"],
        ["reindex", "2.3.16"],
        ["rolling", "3.1.1"],
      ]);
      expect(made.refusals).toEqual([]);
    }
  });

  it("a higher one whose package or consent is missing: past the point of no return that is told later", () => {
    const lacking = { version: "3.1.1", allowDowntime: null };
    expect(plan(forward(), lacking).refusals).toEqual([]);
    expect(codes(plan(down(), lacking)).sort()).toEqual(["downtime", "packageFile"]);
  });

  it("a lower one, with something down: told to go on, and what can be put back up is", () => {
    for (const cluster of [down(["backend-1/down"]), down(), forward()]) {
      const made = plan(cluster, { version: "2.1.0", allowDowntime: "2.1.0", packages: {} });
      expect(made.refusals.map(said)).toEqual([
        expect.stringMatching(
          /began to take the backends down for chef-backend 2\.3\.16; `version` is 2\.1\.0/,
        ),
      ]);
      expect(made.owed).not.toEqual([]);
    }
  });

  it("a lower one, with packages installed: nothing is done, and the way out is named", () => {
    for (const cluster of [installing()]) {
      const made = plan(cluster, { version: "2.1.0", allowDowntime: "2.1.0", packages: {} });
      expect(codes(made)).toContain("downgrade");
      expect(made.refusals.find((each) => each.code === "downgrade")!.next).toMatch(
        /set `version` to 2\.3\.16 or later/,
      );
    }
  });
});
