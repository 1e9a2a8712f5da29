import { blame } from "../support/labLog";
import type { EnterpriseSpec } from "../../provider/enterprise/spec";
import { problems, Site, textOf } from "./rig";

// What a run has begun goes by the machines, whatever the program calls them by the time of the next one.

type Called = (name: string) => string | null;

const swapped: Called = (name) => name.replace(/\d$/, (digit) => (digit === "1" ? "2" : "1"));
const byAddress =
  (r: Site): Called =>
  (name) =>
    r.sim.machine(name).ip;

function called(r: Site, by: Called): Pick<EnterpriseSpec, "nodes" | "frontends"> {
  const { nodes, frontends } = r.spec();
  const named = (hosts: EnterpriseSpec["nodes"]) =>
    hosts.flatMap(({ host }) => {
      const name = by(host);
      return name === null ? [] : [{ name, host }];
    });
  return { nodes: named(nodes), frontends: named(frontends) };
}

test.each([
  ["names of each other", () => swapped],
  ["addresses", byAddress],
])("killed in every step: the next run goes on under %s", async (_what, by) => {
  const whole = new Site();
  expect(problems(whole, await whole.up())).toEqual([]);
  const found: Record<string, string[]> = {};
  for (const step of whole.steps()) {
    const r = new Site();
    const client = r.client();
    r.at(step, () => void r.clock.setTimer(3000, () => client.kill()));
    if (!(await r.killed(client))) continue;
    const wrong = problems(r, await r.up(called(r, by(r))));
    if (blame(r, wrong)) found[step] = wrong;
  }
  expect(found).toEqual({});
});

test("a frontend that was stopped and is not listed any more: refused, until it is said to be gone", async () => {
  const r = new Site();
  const client = r.client();
  r.at("frontends/install", () => client.kill());
  expect(await r.killed(client)).toBe(true);
  const before = r.commands().length;
  const without = called(r, (name) => (name === "frontend-2" ? null : name));
  const id = r.sim.machine("frontend-2").machineId;
  const refused = textOf(await r.up(without));
  expect(refused).toMatch(/Machine with unfinished work is not listed \[unlisted\]\n {2}where: frontend-2/);
  expect(refused).toContain(`goneMachines: ["${id}"]`);
  expect(r.commands()).toHaveLength(before);
  expect(textOf(await r.up({ ...without, goneMachines: [id] }))).toBe("");
  expect(r.record).toMatchObject({ finished: true });
});
