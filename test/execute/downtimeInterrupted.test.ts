import { names } from "../support/rehearsal";
import * as check from "./checks";
import { goOn, killed, oldCluster, problems, repeated, up } from "./downtimeRig";

describe("the client is killed, and another one goes on", () => {
  test("while a follower's `upgrade` waits for the others: the next one does not wait for it in vain", async () => {
    const r = oldCluster();
    const client = r.client();
    // Its services have just been started.
    r.sim.when("backend-2", ["chef-backend-ctl", "upgrade"], () => client.kill(), 24.1);
    expect(await killed(r, client)).toBe(true);
    expect(r.jobs.at(-1)).toMatchObject({ node: "backend-2", kind: "start-upgrade", end: null });
    const begun = r.clock.now();
    expect(await goOn(r)).toEqual([]);
    expect(r.jobs.filter((job) => job.kind === "start-upgrade" && job.end!.code !== 0)).toEqual([]);
    expect((r.clock.now() - begun) / 1000).toBeLessThan(300);
  });

  test("the one who slept wakes up after another has taken over: it changes nothing more", async () => {
    for (const step of [3, 6, 8, 9]) {
      const r = oldCluster();
      const sleeper = r.client();
      let wakeUp: (() => void) | undefined;
      check.atStep(r, step, () => void r.clock.setTimer(3000, () => (wakeUp = sleeper.fallAsleep())));
      const first = sleeper.up(r.spec({ allowDowntime: "2.3.16" }));
      while (!wakeUp) await r.clock.advance(1000);
      await r.clock.advance(100_000);
      const other = r.client();
      other.knows = () => null;
      const result = await up(r, {}, other);
      const done = r.commands().length;
      wakeUp();
      const late = await r.clock.run(first);
      expect(check.textOf(late)).toMatch(/^$|another run has taken over/);
      expect(problems(r, result)).toEqual([]);
      expect(repeated(r)).toEqual([]);
      expect(r.commands()).toHaveLength(done);
    }
  });

  test("again and again: eight runs are killed, the ninth finishes", async () => {
    for (const every of [23, 31, 47]) {
      const r = oldCluster();
      for (let run = 0; run < 8; run++) {
        const client = r.client();
        r.clock.setTimer(every * 1000, () => client.kill());
        await killed(r, client);
      }
      expect(await goOn(r)).toEqual([]);
    }
  });
});

describe("the client is killed, and another version is asked for", () => {
  const lower = { version: "2.1.0", allowDowntime: "2.1.0", packages: {} };

  test("a lower one before the point of no return: the cluster is put back up, and nothing else is done", async () => {
    const r = oldCluster();
    const client = r.client();
    check.atStep(r, 6, () => void r.clock.setTimer(6500, () => client.kill()));
    expect(await killed(r, client)).toBe(true);
    const text = check.textOf(await up(r, lower));
    expect(text).toMatch(
      /^Unfinished upgrade to a newer version .*\n.*\n.*take the backends down for chef-backend 2\.3\.16/,
    );
    expect(text).toMatch(/started again: the cluster is up as it was/);
    expect(r.sim.healthy).toBe(true);
    expect(await goOn(r)).toEqual([]);
  });

  test("a lower one after it: refused with what to set; a higher one without its package: this hop is finished", async () => {
    const r = oldCluster();
    const client = r.client();
    r.sim.when("backend-3", ["chef-backend-ctl", "upgrade"], () => client.kill(), 3);
    expect(await killed(r, client)).toBe(true);
    const text = check.textOf(await up(r, lower));
    expect(text).toMatch(/^THE CLUSTER IS PAST THE POINT OF NO RETURN/);
    expect(text).toMatch(/set `version` to 2\.3\.16 or later/);
    const higher = await up(r, { version: "3.1.1", allowDowntime: null });
    expect(check.textOf(higher)).toMatch(/packageFiles\["3\.1\.1"\]/);
    expect(r.sim.healthy).toBe(true);
    expect(r.sim.runningVersions()).toEqual(Object.fromEntries(names.map((name) => [name, "2.3.16-1"])));
    expect(await goOn(r)).toEqual([]);
  });
});
