import { UnreachableError } from "../../provider/machine/machine";
import { problems, Site, textOf } from "./rig";
import { blame } from "../support/labLog";
import { sampled, stride } from "../support/sample";

/** The steps of an upgrade as its own plan has them. */
async function stepsOf(options: ConstructorParameters<typeof Site>[0]): Promise<string[]> {
  const r = new Site(options);
  expect(problems(r, await r.up())).toEqual([]);
  return r.steps();
}

/** After how many seconds of a step, and how many calls apart. */
const variants: [string, ConstructorParameters<typeof Site>[0], number[], number][] = [
  ["deb", {}, [0, 3, 40], 13],
  ["rpm, three frontends", { platform: "rpm", count: 3 }, [0.1], 41],
  [
    "own configurations, the other one is master",
    { privateChefRb: "per machine", master: "secondary" },
    [8],
    37,
  ],
];

describe.each(variants)("%s", (_what, options, times, apart) => {
  test("killed in every step, at once and after some time: the next run finishes, each thing once", async () => {
    const found: Record<string, string[]> = {};
    let kills = 0;
    const all = (await stepsOf(options)).flatMap((step) => times.map((seconds) => ({ step, seconds })));
    for (const { step, seconds } of sampled(all, apart)) {
      const r = new Site(options);
      const client = r.client();
      r.at(step, () => void r.clock.setTimer(seconds * 1000, () => client.kill()));
      if (!(await r.killed(client))) continue;
      kills += 1;
      const wrong = [...(await r.refusals()), ...problems(r, await r.up())];
      if (blame(r, wrong)) found[`${step} after ${seconds} s`] = wrong;
    }
    expect(found).toEqual({});
    expect(kills).toBeGreaterThan(0);
  });

  test("killed at each call, before it has its effect and after", async () => {
    const found: Record<string, string[]> = {};
    for (const hook of ["onCall", "onDone"] as const)
      for (let nth = 0; ; nth += stride(apart)) {
        const r = new Site(options);
        const client = r.client();
        let seen = 0;
        client.state[hook] = (node, operation) => {
          const counts = operation === "read" ? node === "backend-1" : operation !== "beat";
          if (counts && seen++ === nth) client.kill();
        };
        if (!(await r.killed(client))) break;
        const over = r.record?.finished ?? false;
        const result = await r.up();
        // Where the record says that all is done nothing is left, not even a lock to be taken over.
        const wrong = over ? r.sim.accidents.concat(textOf(result) || []) : problems(r, result);
        if (blame(r, wrong)) found[`${hook} ${nth}`] = wrong;
      }
    expect(found).toEqual({});
  });
});

test("a connection that is lost at each call, for a moment and for long: a later run finishes", async () => {
  const found: Record<string, string[]> = {};
  for (const lasts of [2, 400])
    for (let nth = 0; ; nth += stride(16)) {
      const r = new Site();
      const client = r.client();
      let seen = 0;
      client.state.onDone = (node, operation) => {
        if (operation === "beat" || seen++ !== nth) return;
        client.state.unreachable.add(node);
        r.clock.setTimer(lasts * 1000, () => client.state.unreachable.delete(node));
        throw new UnreachableError(`${node}: the connection was lost`, false);
      };
      const first = await r.up({}, client);
      if (seen <= nth) break;
      await r.clock.advance(3_000_000);
      const wrong = problems(r, await r.up()).filter((each) => !/still locked/.test(each));
      if (first.failure && !/connection|reach/.test(textOf(first)))
        wrong.push(`says not why: ${textOf(first)}`);
      if (blame(r, wrong)) found[`call ${nth} for ${lasts} s`] = wrong;
    }
  expect(found).toEqual({});
});

test("a machine that is booted in any step: whoever is to be stopped is stopped again, and the next run finishes", async () => {
  const found: Record<string, string[]> = {};
  const machines = ["backend-1", "backend-2", "frontend-1"];
  const all = (await stepsOf({})).flatMap((step) => machines.map((name) => ({ step, name })));
  for (const { step, name } of sampled(all, 2)) {
    const r = new Site();
    r.at(step, () => r.sim.reboot(name, 20));
    await r.up();
    await r.clock.advance(3_000_000);
    // While the primary backend boots the other one may take over: a failover like any other.
    const fate = /still locked|was started again|master is backend-2/;
    const wrong = problems(r, await r.up()).filter((each) => !fate.test(each));
    if (blame(r, wrong)) found[`${name} in ${step}`] = wrong;
  }
  expect(found).toEqual({});
});

test("asked to stop: before the downtime at once, in it not before the end", async () => {
  const early = new Site();
  const stop = new AbortController();
  early.at("backend-2/reconfigure", () => stop.abort());
  expect(textOf(await early.up({}, early.client(stop.signal)))).toMatch(/Stopped on request/);
  expect(early.sim.serving).toHaveLength(2);
  expect(problems(early, await early.up())).toEqual([]);
  const late = new Site();
  const other = new AbortController();
  late.at("backend-2/stop-keepalived", () => other.abort());
  expect(problems(late, await late.up({}, late.client(other.signal)))).toEqual([]);
});
