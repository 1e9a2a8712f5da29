import { names } from "../support/rehearsal";
import * as check from "./checks";
import { machinesOf, oldCluster, problems, up } from "./downtimeRig";

const failure = (message: string) => ({ code: 3, message });
const quick = {
  install: 900,
  upgrade: 300,
  rejoin: 120,
  resync: 7200,
  failover: 120,
  stage: 60,
  packageLock: 300,
};
const timeouts = { ...quick, healthy: 60, backup: 200, services: 120, reindex: 600, statusInterval: 15 };

describe("before anything goes down", () => {
  it("installs nothing without a backup that ended well", async () => {
    const r = oldCluster();
    r.sim.switches("backend-2").backupFails = failure("no space left");
    const result = await up(r);
    expect(check.textOf(result)).toMatch(
      /cluster\/backup: `chef-backend-ctl backup` on backend-2 ended with 3/,
    );
    expect(check.textOf(result)).toMatch(/no space left/);
    expect(r.commands()).toEqual(["backend-2 backup"]);
    r.sim.switches("backend-2").backupFails = null;
    expect(problems(r, await up(r))).toEqual([]);
  });

  it("installs nothing without a frontend's backup, and makes both anew next time", async () => {
    const r = oldCluster();
    r.sim.switches("frontend-1").backupFails = failure("no space left");
    expect(check.textOf(await up(r))).toMatch(/frontends\/backup: .* on frontend-1 ended with 3/);
    r.sim.switches("frontend-1").backupFails = null;
    await r.clock.advance(7 * 86_400_000);
    const result = await up(r);
    expect(problems(r, result)).toEqual([]);
    expect(result.backups.map(({ node, bytes }) => [node, bytes > 0])).toEqual([
      ["backend-2", true],
      ["frontend-1", true],
    ]);
  });

  it("leaves a backup alone that does not end, and waits for it next time", async () => {
    const r = oldCluster();
    r.sim.switches("backend-2").backupHangs = true;
    const first = await up(r, { timeouts });
    expect(check.textOf(first)).toMatch(/backup` on backend-2 still runs after 200 s; it is left alone/);
    r.clock.setTimer(60_000, () => (r.sim.switches("backend-2").backupHangs = false));
    const result = await up(r, { timeouts });
    expect(problems(r, result)).toEqual([]);
    expect(machinesOf(r, "backup")).toEqual(["backend-2"]);
    expect(result.backups.map((each) => each.node)).toEqual(["backend-2", "frontend-1"]);
  });

  it("believes no backup that leaves no file", async () => {
    const r = oldCluster();
    r.sim.when(
      "backend-2",
      ["chef-backend-ctl", "backup"],
      () => (r.sim.backend("backend-2").backups.length = 0),
      91.001,
    );
    expect(check.textOf(await up(r))).toMatch(/ended with 0, but left no new file/);
    expect(machinesOf(r, "install")).toEqual([]);
  });

  it("puts back up what installations have stopped when one of them fails", async () => {
    const r = oldCluster({}, { postinst: "stop" });
    r.sim.switches("backend-1").maintainerScript = "fail";
    const text = check.textOf(await up(r));
    expect(text).toMatch(/backend-1\/install: .* ended with 1/);
    expect(text).toMatch(/backend-2, backend-3 started again: the cluster is up as it was\./);
    expect(text).not.toMatch(/POINT OF NO RETURN/);
    expect(r.sim.healthy).toBe(true);
    r.sim.switches("backend-1").maintainerScript = null;
    expect(problems(r, await up(r))).toEqual([]);
    expect(machinesOf(r, "configure")).toEqual(["backend-1"]);
  });

  test.each(names)(
    "down-for-upgrade fails on %s: the cluster is put back up, and the next run goes on",
    async (name) => {
      const r = oldCluster();
      r.sim.switches(name).downFails = failure("runsv does not answer");
      const result = await up(r);
      const text = check.textOf(result);
      expect(text).toMatch(new RegExp(`${name}/down: .*ended with 3`));
      expect(text).toMatch(
        name === "backend-1" ? /^backend-1\/down/ : /started again: the cluster is up as it was/,
      );
      expect(text).not.toMatch(/POINT OF NO RETURN/);
      expect(r.sim.healthy).toBe(true);
      expect(machinesOf(r, "start")).toEqual(
        { "backend-1": [], "backend-3": ["backend-1"], "backend-2": ["backend-1", "backend-3"] }[name],
      );
      r.sim.switches(name).downFails = null;
      expect(problems(r, await up(r))).toEqual([]);
      expect(machinesOf(r, "install")).toHaveLength(3);
    },
  );

  it("forgets that anything was down once it was put back up, and nothing else", async () => {
    const r = oldCluster();
    r.sim.switches("backend-2").downFails = failure("no");
    await up(r);
    const { begun, done } = check.recordOf(r)!;
    expect([...begun, ...done].filter((id) => id.endsWith("/down"))).toEqual([]);
    expect(done).toEqual(expect.arrayContaining(["cluster/backup", "frontends/backup"]));
  });

  it("asks for consent again once it was put back up", async () => {
    const r = oldCluster();
    r.sim.switches("backend-2").downFails = failure("no");
    await up(r);
    const done = r.commands().length;
    expect(check.textOf(await up(r, { allowDowntime: null }))).toMatch(/Downtime not approved/);
    expect(r.commands()).toHaveLength(done);
  });

  it("starts the others where one does not start, and says so", async () => {
    const r = oldCluster();
    r.sim.switches("backend-2").downFails = failure("no");
    r.sim.switches("backend-1").startFails = failure("no runit");
    const text = check.textOf(await up(r));
    expect(text).toMatch(
      /Starting the backends again failed: .*chef-backend-ctl start` on backend-1 ended with 3/,
    );
    expect(text).toMatch(/Services are down on: backend-1/);
    expect(machinesOf(r, "start")).toEqual(["backend-1", "backend-3"]);
    Object.assign(r.sim.switches("backend-2"), { downFails: null });
    Object.assign(r.sim.switches("backend-1"), { startFails: null });
    expect(problems(r, await up(r))).toEqual([]);
  });
});

describe("asked to stop", () => {
  const stopAt = async (step: string) => {
    const r = oldCluster({}, { postinst: "stop" });
    const stop = new AbortController();
    r.onEvent = (event) => {
      if (event.type === "step-started" && event.step === step) stop.abort();
    };
    return { r, result: await up(r, {}, r.client(stop.signal)) };
  };

  test.each(["cluster/backup", "backend-2/install", "backend-1/install"])(
    "during %s: it ends after that, with the cluster up",
    async (step) => {
      const { r, result } = await stopAt(step);
      expect(check.textOf(result)).toMatch(/^Stopped on request, between two steps/);
      expect(machinesOf(r, "down-for-upgrade")).toEqual([]);
      expect(r.sim.healthy).toBe(true);
      expect(problems(r, await up(r))).toEqual([]);
    },
  );

  test.each(["backend-1/down", "backend-2/start-upgrade", "frontend-1/reconfigure"])(
    "during %s: it goes on, since nobody serves",
    async (step) => {
      const { r, result } = await stopAt(step);
      expect(problems(r, result)).toEqual([]);
    },
  );
});
