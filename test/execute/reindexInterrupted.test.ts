import { UnreachableError } from "../../provider/machine/machine";
import type { Client, Rehearsal } from "../support/rehearsal";
import * as rig from "./reindexRig";

const { aRehearsal, asked, check, endProblems, harm } = rig;
const kinds: string[] = [rig.withMaintenance, rig.without];
/** `STRIDE=1 npx jest test/execute/reindexInterrupted` looks at every moment. */
const stride = Number(process.env.STRIDE ?? 7);

/** One `up` that may be killed; whether it was. */
async function killed(r: Rehearsal, way: rig.Way, client: Client): Promise<boolean> {
  try {
    await r.up(asked(r, way, { reindexTestOrg: "acme" }), client);
    return false;
  } catch (error) {
    expect((error as Error).message).toBe("killed");
    return true;
  } finally {
    r.onEvent = undefined;
  }
}

/** What counts as a moment of its own: machines are read side by side, and a reading has no effect. */
const counts = (hook: "onCall" | "onDone", node: string, operation: string) =>
  operation === "read" ? hook === "onCall" && node === "backend-1" : operation !== "beat";

/** Interrupts a run at each n-th moment, beginning with each of the first ones; tells what is wrong afterwards. */
async function atEachMoment(
  first: number,
  frontend: string,
  interrupt: (r: Rehearsal, client: Client, nth: number) => void,
) {
  const found: Record<string, string[]> = {};
  let interrupted = 0;
  for (let nth = first; ; nth += stride) {
    const r = aRehearsal(rig.oneHop, frontend);
    const client = r.client();
    interrupt(r, client, nth);
    if (!(await killed(r, rig.oneHop, client))) break;
    interrupted += 1;
    const step = r.events.findLast((event) => event.type === "step-started")?.step;
    const last = await r.up(asked(r, rig.oneHop, { reindexTestOrg: "acme" }));
    const problems = [...endProblems(r, last), ...harm(r)];
    if (problems.length > 0) found[`${nth}, in ${step}`] = problems;
  }
  return { found, interrupted };
}

describe.each(kinds)("frontends of %s: the client is killed, and another one goes on", (frontend) => {
  test.each(["onCall", "onDone"] as const)("at each call (%s)", async (hook) => {
    const { found, interrupted } = await atEachMoment(
      kinds.indexOf(frontend),
      frontend,
      (_r, client, nth) => {
        let seen = 0;
        client.state[hook] = (node, operation) => {
          if (counts(hook, node, operation) && seen++ === nth) client.kill();
        };
      },
    );
    expect(found).toEqual({});
    expect(interrupted).toBeGreaterThan(150 / stride);
  });

  test("at each event", async () => {
    const { found, interrupted } = await atEachMoment(kinds.indexOf(frontend), frontend, (r, client, nth) => {
      let seen = 0;
      r.onEvent = () => void (seen++ === nth && client.kill());
    });
    expect(found).toEqual({});
    expect(interrupted).toBeGreaterThan(60 / stride);
  });
});

test("the answer to each call that changes something is lost once", async () => {
  const found: Record<string, string[]> = {};
  for (let nth = 0; ; nth += stride) {
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
    if (problems.length > 0) found[`${nth}`] = problems;
  }
  expect(found).toEqual({});
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
