import { UnreachableError } from "../../provider/machine/machine";
import type { Client, Rehearsal } from "../support/rehearsal";
import { stride } from "../support/sample";
import * as rig from "./reindexRig";
import { blame } from "../support/labLog";

const { aRehearsal, asked, check, endProblems, harm } = rig;

/** One `up` that may be killed; whether it was. */
async function killed(r: Rehearsal, way: rig.Way, client: Client): Promise<boolean> {
  return (await check.upOrKilled(r, asked(r, way, { reindexTestOrg: "acme" }), client)) === null;
}

test("the answer to each call that changes something is lost once", async () => {
  const found: Record<string, string[]> = {};
  for (let nth = 0; ; nth += stride(7)) {
    const r = aRehearsal();
    const client = r.client();
    let seen = 0;
    client.state.onDone = (node, operation) => {
      if (["read", "beat", "followJob"].includes(operation) || seen++ !== nth) return;
      throw new UnreachableError(`${node}: the connection was lost`, false);
    };
    const first = await r.up(asked(r), client);
    if (seen <= nth) break;
    const problems = first.failure ? rig.wayOutProblems(r, first) : [];
    await r.clock.advance(200_000);
    const last = await r.up(asked(r));
    problems.push(...endProblems(r, last), ...harm(r));
    if (blame(r, problems)) found[`${nth}`] = problems;
  }
  expect(found).toEqual({});
});

test("the client is killed at each call of a way out that opens the frontends: closed again before the index goes", async () => {
  const found: Record<string, string[]> = {};
  let kills = 0;
  for (const hook of ["onCall", "onDone"] as const)
    for (let nth = 0; ; nth += 1) {
      const r = aRehearsal();
      r.sim.switches("backend-2").installFails = { code: 1, message: "no" };
      const client = r.client();
      let seen = 0;
      r.onEvent = (event) => {
        if (event.type !== "step-started" || event.step !== "backend-2/install") return;
        client.state[hook] = (node, operation) => {
          const counts = operation === "writeRecord" ? node === "backend-3" : /^frontend/.test(node);
          if (counts && /^(writeRecord|startJob|followJob)$/.test(operation) && seen++ === nth) client.kill();
        };
      };
      if (!(await killed(r, rig.oneHop, client))) break;
      kills += 1;
      r.sim.switches("backend-2").installFails = null;
      const problems = [...endProblems(r, await r.up(asked(r))), ...harm(r)];
      if (blame(r, problems)) found[`${hook} ${nth}`] = problems;
    }
  expect(found).toEqual({});
  expect(kills).toBeGreaterThan(10);
});

describe("reindex -a is not started a second time", () => {
  const slow = { reindex: 5000 };
  const all = (r: Rehearsal) => r.commands().filter((each) => each === "frontend-1 reindex -a").length;
  const atReindex = (r: Rehearsal, then: () => void) => {
    r.onEvent = (event) => void (event.type === "step-started" && event.step === "cluster/reindex" && then());
  };

  test.each([10, 3000, 8000])(
    "the client is killed while it runs for 5000 s; the next one comes %s s later",
    async (later) => {
      const r = aRehearsal(rig.oneHop, rig.withMaintenance, { timings: slow });
      const client = r.client();
      atReindex(r, () => r.clock.setTimer(60_000, () => client.kill()));
      expect(await killed(r, rig.oneHop, client)).toBe(true);
      await r.clock.advance(later * 1000);
      expect([...endProblems(r, await r.up(asked(r))), ...harm(r)]).toEqual([]);
      expect(all(r)).toBe(1);
    },
  );

  test.each([0, 8000])("its time is up, it is left alone; the next run comes %s s later", async (later) => {
    const r = aRehearsal(rig.oneHop, rig.withMaintenance, { timings: slow });
    const timeouts = { ...r.spec().timeouts, reindex: 600 };
    const first = await r.up(asked(r, rig.oneHop, { timeouts }));
    expect(check.textOf(first)).toMatch(
      /^FRONTENDS ARE CLOSED .*reindex -a[^]*still runs after 600 s; it is left alone/,
    );
    expect(rig.wayOutProblems(r, first)).toEqual([]);
    await r.clock.advance(later * 1000);
    expect([...endProblems(r, await r.up(asked(r))), ...harm(r)]).toEqual([]);
    expect(all(r)).toBe(1);
  });

  test("runs that cannot begin in between do not forget it", async () => {
    const r = aRehearsal(rig.oneHop, rig.withMaintenance, { timings: slow });
    const client = r.client();
    atReindex(r, () => r.clock.setTimer(60_000, () => client.kill()));
    await killed(r, rig.oneHop, client);
    await r.clock.advance(8_000_000);
    r.sim.nodeDown("backend-3");
    const timeouts = { ...r.spec().timeouts, healthy: 5 };
    const second = await r.up(asked(r, rig.oneHop, { timeouts }));
    expect(check.textOf(second)).toMatch(
      /backend-3 is down[^]*frontend-1, frontend-2 opened to clients again/,
    );
    r.sim.nodeUp("backend-3");
    await r.clock.advance(200_000);
    expect([...endProblems(r, await r.up(asked(r))), ...harm(r)]).toEqual([]);
    expect(all(r)).toBe(1);
  });

  test("one that died with its frontend is started again", async () => {
    const r = aRehearsal();
    const client = r.client();
    atReindex(r, () => {
      r.clock.setTimer(30_000, () => client.kill());
      r.clock.setTimer(31_000, () => r.sim.reboot("frontend-1"));
    });
    expect(await killed(r, rig.oneHop, client)).toBe(true);
    await r.clock.advance(200_000);
    expect([...endProblems(r, await r.up(asked(r))), ...harm(r)]).toEqual([]);
    expect(all(r)).toBe(2);
  });
});
