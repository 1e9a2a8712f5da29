import { names, Rehearsal } from "../support/rehearsal";
import * as check from "./checks";

/** `upgrade` of a build has ended with 0 on a machine, some days before. */
async function markedBefore(r: Rehearsal, build: string, marked: readonly string[] = names): Promise<void> {
  for (const name of marked) Object.assign(r.node(name), { upgradedTo: build, upgradedAt: r.clock.now() });
  await r.clock.advance(3 * 24 * 3600 * 1000);
}

describe("that `upgrade` ended with 0 counts for the installation that it was for", () => {
  test.each([[[...names]], [["backend-2"]]])(
    "%j set up anew, or set back, since: upgraded as any other",
    async (marked) => {
      const r = new Rehearsal();
      await markedBefore(r, "2.3.16-1", marked);
      expect(check.allProblems(r, await r.up())).toEqual([]);
    },
  );

  test("it hides no script that fails in a new installation of the same build", async () => {
    const r = new Rehearsal({ platform: "rpm" });
    r.sim.switches("backend-2").maintainerScript = "fail";
    await markedBefore(r, "2.3.16-1.el7");
    expect(check.textOf(await r.up())).toContain("Script of the package failed [script]");
  });
});

describe("a second `upgrade` counts by itself: the first one's end with 0 says nothing of it", () => {
  const liesOnce = () => {
    const r = new Rehearsal();
    r.sim.switches("backend-1").upgradeRestartsNothing = 1;
    return r;
  };

  test.each([5, 15, 30])("its backend reboots %d s into it", async (seconds) => {
    const r = liesOnce();
    r.onEvent = (event) => {
      if (event.type === "step-started" && event.step === "backend-1/upgrade-again")
        r.clock.setTimer(seconds * 1000, () => r.sim.reboot("backend-1"));
    };
    expect((await r.up()).failure).not.toBeNull();
    r.onEvent = undefined;
    await r.clock.advance(300_000);
    expect(check.problemsAtTheEnd(r, await r.up())).toEqual([]);
  });

  test.each([true, false])("it ends with 1, after a restart: %s", async (afterRestart) => {
    const r = liesOnce();
    r.onEvent = (event) => {
      if (event.type === "step-started" && event.step === "backend-1/upgrade-again")
        r.sim.switches("backend-1").upgradeFails = { code: 1, message: "FATAL: no", afterRestart };
    };
    expect((await r.up()).failure).not.toBeNull();
    r.onEvent = undefined;
    r.sim.switches("backend-1").upgradeFails = null;
    await r.clock.advance(300_000);
    expect(check.problemsAtTheEnd(r, await r.up())).toEqual([]);
  });
});

test.each([
  ["postgresql", 120],
  ["elasticsearch", 45],
] as const)(
  "%s that is down for %d s after `upgrade` is waited for, not upgraded again",
  async (service, seconds) => {
    const r = new Rehearsal();
    const node = r.node("backend-2");
    const honest = node.carryOut.bind(node);
    node.carryOut = async (argv, io, kind) => {
      const result = await honest(argv, io, kind);
      if (kind !== "upgrade") return result;
      r.sim.backend("backend-2").stop([service]);
      r.clock.setTimer(seconds * 1000, () => r.sim.backend("backend-2").start([service]));
      return result;
    };
    expect(check.problemsAtTheEnd(r, await r.up())).toEqual([]);
    expect(check.count(r, "backend-2", /^upgrade/)).toBe(1);
  },
);

test("a backend that is owed its `upgrade` once more is still owed it where the client slept while the step was announced", async () => {
  const r = new Rehearsal();
  const node = r.node("backend-2");
  const honest = node.carryOut.bind(node);
  node.carryOut = async (argv, io, kind) => {
    const result = await honest(argv, io, kind);
    if (kind === "upgrade") r.sim.backend("backend-2").stop(["postgresql"]);
    return result;
  };
  const timeouts = { ...r.spec().timeouts, rejoin: 60 };
  expect((await r.up({ timeouts })).failure).not.toBeNull();
  expect(check.recordOf(r)!.begun).toContain("backend-2/upgrade-again");
  node.carryOut = honest;
  const client = r.client();
  r.onEvent = (event) => {
    if (event.type !== "step-started" || !event.step.startsWith("backend-2/upgrade")) return;
    r.onEvent = undefined;
    r.clock.setTimer(60_000, client.fallAsleep());
  };
  expect(check.problemsAtTheEnd(r, await r.up({}, client))).toEqual([]);
  expect(check.count(r, "backend-2", /^upgrade/)).toBe(2);
});
