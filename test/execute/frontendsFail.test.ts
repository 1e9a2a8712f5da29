import type { SimulationOptions } from "../../lab/simulation/types";
import * as check from "./checks";
import { allProblems, problems, Site, unanswered } from "./frontendsRig";

type Switches = ReturnType<Site["sim"]["switches"]>;

interface Fault {
  readonly name: string;
  /** The step in which it happens, and on which frontend. */
  readonly step: string;
  readonly arrange: (r: Site, node: string) => void;
  readonly says: readonly RegExp[];
  /** Whether the frontend serves again once the run has ended. */
  readonly serves: boolean | "rpm";
  readonly only?: SimulationOptions["platform"];
  /** Its `upgrade` ended with 0, and nothing shows that it did its work: it is run once more. */
  readonly upgradedAgain?: boolean;
}

const nodes = ["frontend-1", "frontend-2"] as const;
const no = { code: 7, message: "it does not work" };
const quiet: Partial<Switches> = {
  ...{ reconfigureFails: null, installFails: null, frontendUpgradeFails: null, startFails: null },
  ...{ maintainerScript: null, controlFails: null },
};
const broken =
  (change: Partial<Switches>): Fault["arrange"] =>
  (r, node) =>
    void Object.assign(r.sim.switches(node), change);
const killed =
  (seconds: number): Fault["arrange"] =>
  (r, node) =>
    void r.clock.setTimer(seconds * 1000, () => r.node(node).jobs.at(-1)!.kill.abort());
const reboot =
  (seconds: number): Fault["arrange"] =>
  (r, node) =>
    void r.clock.setTimer(seconds * 1000, () => r.sim.reboot(node, 30));
const works = [/ended with [17]/, /it does not work/];
const again = /serves again, at its old version/;
const out = /frontend frontend-\d is out of service/;

const faults: Fault[] = [
  {
    ...{ name: "reconfigure fails", step: "reconfigure", arrange: broken({ reconfigureFails: no }) },
    ...{ says: works, serves: true },
  },
  {
    ...{ name: "nothing can be stopped", step: "stop", arrange: broken({ controlFails: "no runit" }) },
    ...{ says: [/ended with 1/, /no runit/], serves: true },
  },
  {
    ...{ name: "the package manager fails", step: "install", arrange: broken({ installFails: no }) },
    ...{ says: [...works, /has 14\.0\.65-1/, again], serves: true },
  },
  {
    ...{
      name: "the maintainer script fails",
      step: "install",
      arrange: broken({ maintainerScript: "fail" }),
    },
    ...{ says: [/half-configured/, out], serves: false, only: "deb" },
  },
  {
    ...{ name: "killed while unpacking", step: "install", arrange: killed(5) },
    ...{ says: [/was killed/, out], serves: false, only: "deb" },
  },
  {
    ...{ name: "killed before anything is unpacked", step: "install", arrange: killed(0.2) },
    ...{ says: [/was killed/], serves: true, only: "rpm" },
  },
  {
    ...{ name: "the upgrade fails", step: "upgrade", arrange: broken({ frontendUpgradeFails: no }) },
    ...{ says: [...works, out, /its package is 15\.10\.12/], serves: false },
  },
  {
    ...{ name: "the upgrade is killed", step: "upgrade", arrange: killed(30) },
    ...{ says: [/was killed/, out], serves: false },
  },
  {
    ...{ name: "nothing starts", step: "start", arrange: broken({ startFails: no }) },
    ...{ says: [...works, out], serves: false, upgradedAgain: true },
  },
  {
    ...{ name: "it stops again while it is waited for", step: "verify" },
    ...{ arrange: (r, node) => r.sim.frontend(node).serve(false), serves: false },
    says: [/does not answer its clients after 900 s/, out],
  },
  ...(["stop", "install", "upgrade"] as const).map((step): Fault => ({
    ...{
      name: `it is booted during ${step}`,
      step,
      arrange: reboot(3),
      serves: step === "stop" || (step === "install" && "rpm"),
    },
    says: [/was killed or lost with the node/],
  })),
];

describe.each(["deb", "rpm"] as const)("%s", (platform) => {
  for (const node of nodes)
    test.each(faults.filter(({ only }) => !only || only === platform))(
      `$name on ${node}: told, the other one answers throughout, and the next run finishes it first`,
      async ({ name, step, arrange, says, serves, upgradedAgain = false }) => {
        const r = new Site({ platform });
        r.at(`${node}/${step}`, () => arrange(r, node));
        const first = await r.run();
        const text = check.textOf(first);
        for (const each of [new RegExp(`${node}/`), ...says]) expect(text).toMatch(each);
        expect(text).toMatch(/[Tt]he next `pulumi up`/);
        const booted = name.startsWith("it is booted");
        expect(r.sim.unansweredSeconds).toBe(0);
        expect(r.mostOut).toBeLessThanOrEqual(1);
        Object.assign(r.sim.switches(node), quiet);
        if (booted) await r.clock.advance(60_000);
        expect(r.sim.frontend(node).serving).toBe(serves === true || serves === platform);
        const begun = r.jobs.length;
        const upgrade = `${node} upgrade-frontend was started again`;
        const found = allProblems(r, await r.run());
        expect(found.filter((each) => !each.startsWith(upgrade))).toEqual([]);
        const good = check.count(r, node, /^upgrade-frontend$/, ({ end }) => end?.code === 0);
        expect(good).toBe(upgradedAgain ? 2 : 1);
        expect(r.jobs[begun]!.node).toBe(node);
      },
    );

  test("killed in the middle of rpm's transaction, or while dpkg unpacks: only people mend rpm's", async () => {
    const r = new Site({ platform });
    r.at("frontend-1/install", () => killed(platform === "rpm" ? 14 : 3)(r, "frontend-1"));
    expect(check.textOf(await r.run())).toMatch(out);
    const second = await r.run();
    if (platform === "deb") return expect(allProblems(r, second)).toEqual([]);
    expect(check.textOf(second)).toMatch(/Installation was interrupted[^]*rpm -e --justdb/);
    const { packages } = r.sim.frontend("frontend-1");
    packages.replace(packages.all("chef-server-core").at(-1)!);
    expect(r.sim.unansweredSeconds).toBe(0);
    expect(allProblems(r, await r.run())).toEqual([]);
  });
});

test("one that serves again at its old version is forgotten by the record, what was done on the other one is not", async () => {
  const r = new Site();
  r.at("frontend-2/install", () => broken({ installFails: no })(r, "frontend-2"));
  expect(check.textOf(await r.run())).toMatch(again);
  const { begun, done } = check.recordOf(r)!;
  expect([...begun, ...done].filter((id) => id.startsWith("frontend-2/"))).toEqual([]);
  expect(done).toEqual(expect.arrayContaining(["frontend-1/start", "frontend-1/verify"]));
});

describe("another one fails while one is stopped", () => {
  test("it does not answer: the stopped one is finished, then nobody else is touched", async () => {
    const r = new Site({ count: 3 });
    r.at("frontend-1/install", () => r.sim.frontend("frontend-3").serve(false));
    const result = await r.run();
    expect(check.textOf(result)).toMatch(/Frontend does not answer .*\n.*where: frontend-3\n/);
    expect(r.sim.frontend("frontend-1").open).toBe(true);
    expect(r.jobs.filter((job) => job.node !== "frontend-1")).toEqual([]);
    r.sim.frontend("frontend-3").serve(true);
    expect(problems(r, await r.run())).toEqual([]);
    expect(unanswered(r)).toBe(0);
  });

  test.each(["during the run", "before the next one"])("it is gone %s: the same", async (when) => {
    const r = new Site({ count: 3 });
    const gone = () => r.sim.nodeDown("frontend-3");
    if (when === "during the run") r.at("frontend-1/install", gone);
    else {
      const client = r.client();
      r.at("frontend-1/install", () => client.kill());
      expect(await r.killed(client)).toBe(true);
      gone();
    }
    const result = await r.run();
    expect(check.textOf(result)).toMatch(/where: frontend-3\n.*is down/);
    expect(r.sim.frontend("frontend-1").open).toBe(true);
    expect(r.jobs.filter((job) => job.node === "frontend-2")).toEqual([]);
    r.sim.nodeUp("frontend-3");
    expect(problems(r, await r.run())).toEqual([]);
  });

  test("the one with the migration level is gone: an upgrade does not run without it", async () => {
    const r = new Site();
    const client = r.client();
    r.at("frontend-2/reconfigure", () => client.kill());
    expect(await r.killed(client)).toBe(true);
    // Somebody has stopped it, and it counts as ours.
    for (const node of r.nodes)
      node.record = node.record.replace(
        '"frontend-2/reconfigure"',
        '"frontend-2/reconfigure","frontend-2/stop"',
      );
    r.sim.nodeDown("frontend-1");
    const result = await r.run();
    expect(check.textOf(result)).toMatch(/Migration level is unknown .*\n.*where: frontend-1\n/);
    expect(r.sim.accidents).toEqual([]);
    expect(r.sim.frontend("frontend-2").open).toBe(true);
    r.sim.nodeUp("frontend-1");
    expect(problems(r, await r.run())).toEqual([]);
  });

  test("the one with the migration level is gone while another one is stopped: that one has it already", async () => {
    const r = new Site();
    r.at("frontend-2/install", () => r.sim.nodeDown("frontend-1"));
    await r.run();
    expect(r.sim.frontend("frontend-2").open).toBe(true);
    expect([r.sim.frontend("frontend-2").upgradeOwed, r.sim.accidents]).toEqual([false, []]);
  });

  test("it comes back only after the run has locked the others: the next run goes on with it", async () => {
    const r = new Site({ count: 2 });
    const client = r.client();
    r.at("frontend-1/install", () => client.kill());
    expect(await r.killed(client)).toBe(true);
    r.sim.nodeDown("frontend-2");
    r.at("frontend-1/start", () => r.sim.nodeUp("frontend-2"));
    expect(check.textOf(await r.run())).toMatch(/frontend-2 could not be reached when this run began/);
    expect(problems(r, await r.run())).toEqual([]);
    expect(r.sim.accidents).toEqual([]);
  });
});

test("a backend is lost while a frontend is stopped: it serves again at its old version", async () => {
  const r = new Site();
  r.at("frontend-1/stop", () => r.sim.nodeDown("backend-2"));
  const text = check.textOf(await r.run());
  expect(text).toMatch(/backend-2 is not reachable/);
  expect(text).toMatch(again);
  expect(r.sim.frontends.every((each) => each.open)).toBe(true);
});

test("a command hangs: it is left alone, nothing is started over it, the next run waits for it", async () => {
  const r = new Site({ timings: { unpack: 1100 } });
  const text = check.textOf(await r.run());
  expect(text).toMatch(/frontend-1\/install: .*still runs after 900 s[^]*a command of ours still runs on it/);
  expect(r.commands().filter((each) => each.endsWith("start"))).toEqual([]);
  r.sim.timings.unpack = 12;
  expect(allProblems(r, await r.run())).toEqual([]);
  expect(r.commands().filter((each) => each === "frontend-1 install")).toHaveLength(1);
});

test("a license that was taken back: what is stopped serves again, or is told", async () => {
  const r = new Site();
  r.sim.switches("frontend-1").frontendUpgradeFails = no;
  await r.run();
  const result = await r.up(r.asked({ acceptLicense: false }));
  expect(check.textOf(result)).toMatch(/License is not accepted[^]*frontend-1 is out of service/);
  r.sim.switches("frontend-1").frontendUpgradeFails = null;
  expect(allProblems(r, await r.run())).toEqual([]);
});
