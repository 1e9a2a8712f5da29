/** The leader's machine is switched off while failover is off by us: another one leads, long before the run is over. Minutes each. */
import { healthProblems } from "../../provider/cluster/health";
import type { RunEvent } from "../../provider/report/events";
import { Client } from "./faults/client";
import { healthy, inputsFor, observe } from "./lab/asClient";
import { waitFor } from "./lab/host";
import { describeMachines } from "./lab/requirements";
import { type Machines, startMachines } from "./lab/startMachines";
import { failoverIsOn, startsOn } from "./lab/truth";

describeMachines("the leader is lost while failover is off", () => {
  let machines: Machines;
  afterEach(() => machines?.close());

  const moments = [
    ["right after the first follower's `upgrade`", "step-finished"],
    ["while the first follower's `upgrade` runs", "step-started"],
  ] as const;
  test.each(moments)(
    "%s: failover goes on, another one leads, and the next run finishes",
    async (_what, type) => {
      machines = await startMachines({});
      const { backends } = machines;
      const leader = await machines.leader();
      const left = backends.filter((each) => each !== leader);
      const timeouts = { statusInterval: 2, rejoin: 120 };
      const inputs = inputsFor(machines, { timeouts });
      inputs.connection = { ...inputs.connection, perDialTimeout: 3, dialErrorLimit: 3 };
      const warnings: string[] = [];
      let off: Promise<void> | undefined;
      const client = Client.start(inputs, (event: RunEvent) => {
        if (event.type === "warning") warnings.push(event.text);
        if (event.type === type && event.step.endsWith("/upgrade")) off ??= leader.kill();
      });
      const leads = async () => (await machines.leader().catch(() => leader)) !== leader;
      await waitFor("another one leads", 300, leads);
      expect(await failoverIsOn(left)).toBe(true);
      expect(warnings.join("\n")).toMatch(/No backend has led for \d+ s while failover was off/);
      const end = await client.end;
      expect(end!.error).toContain("Failover is on.");
      await off;

      await leader.boot();
      await healthy(inputs, 240);
      const last = await Client.start(inputs).end;
      expect(last).toMatchObject({ error: null });
      const state = await observe(inputs);
      expect(healthProblems(state)).toEqual([]);
      expect(state.nodes.map(({ running }) => running.kind)).toEqual(["installed", "installed", "installed"]);
      for (const each of backends) expect((await startsOn(each, "2.3.16")).install).toBe(1);
    },
  );
});
