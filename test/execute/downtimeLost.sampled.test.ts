import { UnreachableError } from "../../provider/machine/machine";
import type { UpgradeResult } from "../../provider/execute/upgradeCluster";
import { frontendNames, names, type Rehearsal } from "../support/rehearsal";
import * as check from "./checks";
import { goOn, killed, machinesOf, oldCluster, problems, repeated, up } from "./downtimeRig";
import { blame } from "../support/labLog";
import { stride } from "../support/sample";

/** The same after a run that ended by itself: backups are made anew then. A lock that could not be released stays. */
async function afterFailure(r: Rehearsal, result: UpgradeResult): Promise<string[]> {
  const found = result.failure ? await goOn(r) : [...problems(r, result), ...repeated(r)];
  return found.filter((each) => !/ backup was started again|^the lock is still held/.test(each));
}

describe("connections are lost", () => {
  const machines = [...names, ...frontendNames];
  const answers = ["onCall", "onDone"] as const;
  test.each(answers)("once, at each call (%s): at most one more run is needed", async (hook) => {
    const found: Record<string, string[]> = {};
    for (let nth = answers.indexOf(hook); ; nth += stride(4)) {
      const r = oldCluster();
      const client = r.client();
      let seen = 0;
      client.state[hook] = (node, operation) => {
        if (operation !== "beat" && operation !== "read" && seen++ === nth)
          throw new UnreachableError(`${node}: the connection was lost`, false);
      };
      const result = await up(r, {}, client);
      if (seen <= nth) break;
      const bad = await afterFailure(r, result);
      if (blame(r, bad)) found[nth] = bad;
    }
    expect(found).toEqual({});
  });

  test.each(machines)("to %s for a minute, at each step", async (name) => {
    const found: Record<string, string[]> = {};
    for (let index = machines.indexOf(name) % 2; index < 16; index += stride(2)) {
      const r = oldCluster();
      const client = r.client();
      check.atStep(r, index, () => {
        client.state.unreachable.add(name);
        r.clock.setTimer(60_000, () => client.state.unreachable.delete(name));
      });
      const result = await up(r, {}, client);
      const bad = await afterFailure(r, result);
      if (blame(r, bad)) found[index] = [check.textOf(result), ...bad];
    }
    expect(found).toEqual({});
  });
});

test("a frontend that goes away for a minute as the next run begins is waited for, not refused", async () => {
  const r = oldCluster();
  const client = r.client();
  r.sim.when("frontend-1", ["chef-server-ctl", "reconfigure"], () => client.kill(), 3);
  expect(await killed(r, client)).toBe(true);
  const next = r.client();
  let locked = false;
  next.state.onDone = (node, operation) => {
    if (node !== "frontend-2") return;
    // The first look after that is whether a job of ours still runs there.
    if (locked && operation === "read") {
      next.state.onDone = undefined;
      r.sim.reboot(node, 60);
    }
    locked ||= operation === "takeLock";
  };
  const result = await up(r, {}, next);
  expect([...problems(r, result), ...repeated(r)]).toEqual([]);
});

describe("a backend reboots", () => {
  const moments = names.map((name, at) => [name, [0.5, 6, 20][at]!] as const);
  test.each(moments)("%s, %s s into every step: at most two more runs are needed", async (name, seconds) => {
    const found: Record<string, string[]> = {};
    for (let index = names.indexOf(name); index < 16; index += stride()) {
      const r = oldCluster();
      check.atStep(r, index, () => void r.clock.setTimer(seconds * 1000, () => r.sim.reboot(name)));
      let result = await up(r);
      for (let more = 0; more < 2 && result.failure; more++) {
        await r.clock.advance(200_000);
        result = await up(r);
      }
      const bad = problems(r, result);
      if (blame(r, bad)) found[index] = bad;
    }
    expect(found).toEqual({});
  });

  test("between two runs, after it went down: it goes down again", async () => {
    const r = oldCluster();
    const client = r.client();
    r.sim.when("backend-1", ["chef-backend-ctl", "down-for-upgrade"], () => client.kill(), 5.9);
    expect(await killed(r, client)).toBe(true);
    await r.clock.advance(1000);
    r.sim.reboot("backend-1", 20);
    await r.clock.advance(30_000);
    expect(await goOn(r)).toEqual([]);
    expect(machinesOf(r, "down-for-upgrade")).toEqual(["backend-1", "backend-1", "backend-3", "backend-2"]);
  });
});
