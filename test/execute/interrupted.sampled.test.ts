import { UnreachableError } from "../../provider/machine/machine";
import type { UpgradeResult } from "../../provider/execute/upgradeCluster";
import type { StartedJob } from "../support/memoryNode";
import { type Client, names, Rehearsal } from "../support/rehearsal";
import * as check from "./checks";
import { blame } from "../support/labLog";
import { sampled, stride } from "../support/sample";

async function killed(r: Rehearsal, client: Client): Promise<boolean> {
  return (await check.upOrKilled(r, {}, client)) === null;
}

describe("the client is killed, and another one goes on", () => {
  test("during each step, after some seconds of it: running jobs are waited for", async () => {
    const found: Record<string, string[]> = {};
    let waited = 0;
    const steps = await check.planOf(new Rehearsal());
    const moments = [...steps.entries()].flatMap((each) => [3, 14, 30].map((seconds) => ({ each, seconds })));
    for (const {
      each: [index, step],
      seconds,
    } of sampled(moments, 0, 2)) {
      const r = new Rehearsal();
      const client = r.client();
      check.atStep(r, index, () => void r.clock.setTimer(seconds * 1000, () => client.kill()));
      if (!(await killed(r, client))) continue;
      const running = r.nodes.flatMap((node) => node.jobs.filter((job) => job.state === "running"));
      const at = r.clock.now();
      const over = check.recordOf(r)?.finished ?? false;
      const result = await r.up();
      const problems = over ? check.repeatedWork(r) : check.allProblems(r, result);
      for (const job of running) {
        // It ended before the second run had looked.
        if (job.endedAt! < at + 2500) continue;
        waited += 1;
        const notes = r.texts("note").filter((text) => text.includes(job.id));
        if (!/waiting for its end/.test(notes[0]!)) problems.push(`${job.id} was not waited for`);
        if (job.code !== 0) problems.push(`${job.id} ended with ${job.code}`);
      }
      if (blame(r, problems)) found[`${index} ${step.id} after ${seconds} s`] = problems;
    }
    expect(found).toEqual({});
    expect(waited).toBeGreaterThan(0);
  });

  test("again and again: five runs are killed, the sixth finishes", async () => {
    for (const every of [31, 47, 73]) {
      const r = new Rehearsal();
      for (let run = 0; run < 5; run++) {
        const client = r.client();
        r.clock.setTimer(every * 1000, () => client.kill());
        await r.up({}, client).catch(() => undefined);
      }
      expect(check.allProblems(r, await r.up())).toEqual([]);
    }
  });

  test("on another machine: the silent lock is taken over after its time, not before", async () => {
    const r = new Rehearsal();
    const client = r.client();
    r.onEvent = (event) =>
      void (event.type === "step-started" && event.step === "backend-2/rejoin" && client.kill());
    expect(await killed(r, client)).toBe(true);
    const at = r.clock.now();
    const elsewhere = r.client();
    elsewhere.knows = () => null;
    let taken = 0;
    elsewhere.state.onDone = (_node, operation) => {
      if (operation === "beat" || taken > 0 || r.nodes[0]!.lock?.owner !== "run2@laptop") return;
      taken = r.clock.now();
    };
    const result = await r.up({}, elsewhere);
    expect(check.allProblems(r, result)).toEqual([]);
    expect(taken - at).toBeGreaterThan(20_000);
    expect(taken - at).toBeLessThan(60_000);
    expect(r.texts("note").join("\n")).toMatch(
      /checking whether it is still alive[^]*no sign of life for 3\d s/,
    );
  });
});

describe("the job is killed", () => {
  const work = (r: Rehearsal, node: string) =>
    r.jobs.filter((job: StartedJob) => job.node === node && check.isWork(job)).map((job) => job.kind);

  test.each(["backend-2", "backend-1"])(
    "deb, while configuring on %s: the installation is finished",
    async (node) => {
      const r = await check.lostWithJob(`${node}/install`, 14);
      expect(r.sim.backend(node).packages.find("chef-backend")!.state).toBe("half-configured");
      expect(check.allProblems(r, await r.up())).toEqual([]);
      expect(work(r, node).slice(0, 2)).toEqual(["install", "finish-install"]);
      expect(r.commands()).toContain(`${node} configure`);
    },
  );

  test.each(["backend-2", "backend-1"])("deb, while unpacking on %s: it is installed again", async (node) => {
    const r = await check.lostWithJob(`${node}/install`, 5);
    expect(r.sim.backend(node).packages.find("chef-backend")!.state).toBe("half-installed");
    expect(check.allProblems(r, await r.up())).toEqual([]);
    expect(work(r, node).slice(0, 2)).toEqual(["install", "install"]);
  });

  test("rpm, with both versions in the database: refused with the way out, nothing else touched", async () => {
    const r = await check.lostWithJob("backend-2/install", 9, { platform: "rpm" });
    const { packages } = r.sim.backend("backend-2");
    expect(packages.all("chef-backend")).toHaveLength(2);
    const done = r.commands();
    const result = await r.up();
    expect(check.textOf(result)).toMatch(/^FAILOVER IS OFF \(backend-2 is between/);
    expect(check.textOf(result)).toMatch(/rpm: 2\.1\.0-1\.el7 and 2\.3\.16-1\.el7\n.*rpm -e --justdb/s);
    expect(r.commands()).toEqual(done);
    packages.replace(packages.all("chef-backend")[1]!);
    expect(check.allProblems(r, await r.up())).toEqual([]);
    expect(work(r, "backend-2")).toEqual(["install", "upgrade"]);
  });

  test.each([2, 14, 20, 35])("during upgrade, after %s s: it is run again, once", async (seconds) => {
    for (const step of ["backend-2/upgrade", "backend-1/upgrade-with-failover"]) {
      const r = await check.lostWithJob(step, seconds);
      expect([step, ...check.allProblems(r, await r.up())]).toEqual([step]);
      expect(check.count(r, step.split("/")[0]!, /^upgrade/)).toBe(2);
    }
  });
});

describe("a node is lost for a while", () => {
  /** A node that could not be reached at the very end keeps a lock that the next change takes over. */
  const withoutLock = (problems: string[]) => problems.filter((each) => each !== "the lock is still held");

  /** Does something at each step, some seconds after its beginning, and then finishes. */
  async function atEachStep(
    from: number,
    moments: readonly number[],
    act: (r: Rehearsal, client: Client, own: string, moment: number) => void,
    options: (r: Rehearsal) => check.OrderOptions,
  ) {
    const found: Record<string, string[]> = {};
    let failed = 0;
    const steps = await check.planOf(new Rehearsal());
    const all = [...steps.entries()].flatMap((each) => moments.map((moment) => ({ each, moment })));
    for (const {
      each: [index, step],
      moment,
    } of sampled(all, from, 2)) {
      const r = new Rehearsal();
      const client = r.client();
      const rules = options(r);
      check.atStep(r, index, () => act(r, client, step.node ?? "backend-1", moment));
      const first = await r.up({}, client);
      r.onEvent = undefined;
      const problems = first.failure ? check.failoverProblems(r, first, false) : [];
      failed += first.failure ? 1 : 0;
      client.state.unreachable.clear();
      await r.clock.advance(200_000);
      const second: UpgradeResult = await r.up();
      problems.push(...withoutLock(check.allProblems(r, second, rules)));
      if (blame(r, problems)) found[`${index} ${step.id} after ${moment} s`] = problems;
    }
    return { found, failed };
  }

  const rebooted = (which: (own: string) => string) => {
    let fault = { node: "", at: 0 };
    return {
      act: (r: Rehearsal, _client: Client, own: string, moment: number) => {
        r.clock.setTimer(moment * 1000, () => {
          fault = { node: which(own), at: r.clock.now() };
          r.sim.reboot(fault.node);
        });
      },
      // Nobody can know of it as long as what leaderl posted before is shown.
      rules: (): check.OrderOptions => {
        fault = { node: "", at: 0 };
        return {
          ignore: (job) => (job.at >= fault.at && job.at < fault.at + check.staleFor ? [fault.node] : []),
        };
      },
    };
  };

  test("the step's node reboots: inspected, not started blindly again", async () => {
    const { act, rules } = rebooted((own) => own);
    const { found, failed } = await atEachStep(1, [0.5, 10, 25], act, rules);
    expect(found).toEqual({});
    expect(failed).toBeGreaterThan(0);
  });

  test("another node reboots: nothing is begun while it is away", async () => {
    const { act, rules } = rebooted((own) => names[(names.indexOf(own as "backend-1") + 1) % 3]!);
    const { found } = await atEachStep(2, [0.5, 15], act, rules);
    expect(found).toEqual({});
  });

  test.each([5, 40, 400])("the connection to each node is lost for %s s", async (seconds) => {
    for (const [at, node] of names.entries()) {
      const { found } = await atEachStep(
        3 * at + seconds,
        [0, 1.2],
        (r, client, _own, moment) => {
          r.clock.setTimer(moment * 1000, () => client.state.unreachable.add(node));
          r.clock.setTimer((moment + seconds) * 1000, () => client.state.unreachable.clear());
        },
        () => ({}),
      );
      expect({ node, found }).toEqual({ node, found: {} });
    }
  });

  test("the answer to each call that changes something is lost once", async () => {
    const found: Record<string, string[]> = {};
    for (let nth = 0; ; nth += stride()) {
      const r = new Rehearsal();
      const client = r.client();
      let seen = 0;
      client.state.onDone = (node, operation) => {
        if (["read", "beat", "followJob"].includes(operation) || seen++ !== nth) return;
        throw new UnreachableError(`${node}: the connection was lost`, false);
      };
      const first = await r.up({}, client);
      if (seen <= nth) break;
      const problems = first.failure ? check.failoverProblems(r, first, false) : [];
      const second = await r.up();
      problems.push(...withoutLock(check.allProblems(r, second)));
      if (blame(r, problems)) found[`${nth}`] = problems;
    }
    expect(found).toEqual({});
  });
});
