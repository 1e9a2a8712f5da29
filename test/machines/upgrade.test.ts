import type { RunEvent } from "../../provider/report/events";
import { healthy, inputsFor, logins, upgrade } from "./lab/asClient";
import { waitFor } from "./lab/host";
import { describeMachines } from "./lab/requirements";
import { type Machines, startMachines } from "./lab/startMachines";
import { Writer } from "./lab/writer";

describeMachines("the rolling upgrade on machines", () => {
  test.each([
    ["deb", "root"],
    ["rpm", "sudoThroughBastion"],
  ] as const)(
    "of %s as %s, from 2.1.0 to 2.3.16: no acknowledged row is lost",
    async (family, login) => {
      const machines = await startMachines({ family });
      const inputs = inputsFor(machines, { connection: logins[login](machines) });
      let writer: Writer | undefined;
      try {
        writer = await Writer.start(machines.vip);
        const bare = await bareSwitchover(machines, writer);
        const from = await machines.leader();
        const events: RunEvent[] = [];
        writer.lap();
        const begun = Date.now();
        const result = await upgrade(inputs, (event) => events.push(event));
        const seconds = (Date.now() - begun) / 1000;
        const gap = writer.lap();
        expect(result.failure?.error).toBeUndefined();
        expect(result).toMatchObject({ from: "2.1.0", to: "2.3.16", touched: true });
        const state = await healthy(inputs);
        const { acknowledged, lost, unknown } = await writer.stop();
        console.log(
          `${family}: upgraded in ${seconds.toFixed(1)} s; ${acknowledged} rows acknowledged, ${lost} lost, ${unknown} unknown; ` +
            `longest gap ${gap} ms, of a bare switchover ${bare} ms (median of three), ratio ${(gap / bare).toFixed(2)}`,
        );
        expect(lost).toBe(0);
        expect((await machines.leader()).name).not.toBe(from.name);
        for (const { package: pkg, running, lock } of state.nodes) {
          expect(pkg).toMatchObject({
            state: "installed",
            version: family === "deb" ? "2.3.16-1" : "2.3.16-1.el7",
          });
          expect(running.kind).toBe("installed");
          expect(lock).toBeNull();
        }
        const [first, second, last, ...more] = stepsOf(events).filter((step) => step.includes("/upgrade"));
        expect([first, second].sort()).toEqual(
          followersOf(machines, from.name).map((name) => `${name}/upgrade`),
        );
        expect([last, ...more]).toEqual([`${from.name}/upgrade-with-failover`]);
        expect(await upgrade(inputs)).toMatchObject({ touched: false, failure: null });
      } finally {
        writer?.abandon();
        await machines.close();
      }
    },
    900_000,
  );
});

/** How long nobody can write when the leader hands over and nothing else happens: median of three, in milliseconds. */
async function bareSwitchover(machines: Machines, writer: Writer): Promise<number> {
  const gaps = [];
  for (let round = 0; round < 3; round++) {
    const leader = await machines.leader();
    writer.lap();
    await leader.run("chef-backend-ctl demote");
    const written = writer.acknowledged;
    await waitFor("rows are written again", 120, () => writer.acknowledged > written + 10);
    gaps.push(writer.lap());
    await healthy(inputsFor(machines));
  }
  return gaps.sort((a, b) => a - b)[1]!;
}

function stepsOf(events: readonly RunEvent[]): string[] {
  return events.flatMap((event) => (event.type === "step-finished" ? [event.step] : []));
}

function followersOf({ backends }: Machines, leader: string): string[] {
  return backends.map(({ name }) => name).filter((name) => name !== leader);
}
