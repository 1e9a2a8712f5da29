/**
 * 1.x to 2.x, whatever `upgrade` does on a backend where nobody leads, which the vendor does not document: all are initiated,
 * one after another, and then awaited together.
 */
import type { RunEvent } from "../../provider/report/events";
import { Client } from "./faults/client";
import { healthy, inputsFor } from "./lab/asClient";
import { describeMachines } from "./lab/requirements";
import { type Machines, startMachines } from "./lab/startMachines";
import { byTier } from "../support/tier";
import { changesOn } from "./lab/truth";

/**
 * Of each backend, and how often its `upgrade` is started; null: it waits until the node has rejoined. Minutes each: the full
 * tier has the first two.
 */
const ways: [string, readonly (string | null)[], readonly number[]][] = [
  ["waits for a leader on all of them", ["waits 600", "waits 600", "waits 600"], [1, 1, 1]],
  ["waits for the rejoin on one follower, and gives up on the other", [null, null, "waits 0"], [1, 1, 2]],
  ["returns at once on all of them", ["returns", "returns", "returns"], [1, 1, 1]],
  ["returns on one follower, and waits for a leader on the other", [null, "returns", "waits 600"], [1, 1, 1]],
];

describeMachines("with downtime, and an `upgrade` alone", () => {
  let machines: Machines | undefined;
  afterEach(() => machines?.close());

  test.each(ways.slice(0, byTier({ quick: 2, full: 2, soak: 4 })))(
    "that %s",
    async (_what, alone, starts) => {
      machines = await startMachines({ version: "1.4.40", frontendVersion: "15.1.7" });
      const { backends, frontends } = machines;
      // In the order of the upgrade, but for the leader, which comes last.
      expect((await machines.leader()).name).toBe("backend-1");
      for (const [at, way] of alone.entries())
        if (way !== null)
          await backends[at]!.run(`mkdir -p /etc/lab && echo '${way}' > /etc/lab/upgrade-alone`);
      const nodes = frontends.map(({ name, ip }) => ({ name, host: ip }));
      const inputs = inputsFor(machines, { allowDowntime: "2.3.16", backup: false, frontends: { nodes } });
      const events: RunEvent[] = [];
      const end = await Client.start(inputs, (event) => events.push(event)).end;
      expect(end).toMatchObject({ touched: true, error: null });
      const state = await healthy(inputs);
      expect(state.nodes.map(({ running }) => running.kind)).toEqual(["installed", "installed", "installed"]);
      const changes = await Promise.all(backends.map(changesOn));
      const upgrades = changes.map((each) => each.filter((line) => line === "2.3.16 upgrade").length);
      expect(upgrades).toEqual(starts);
      const begun = events.flatMap((event) =>
        event.type === "step-started" && event.step.endsWith("/start-upgrade") ? [event.step] : [],
      );
      expect(begun).toEqual(["backend-2", "backend-3", "backend-1"].map((name) => `${name}/start-upgrade`));
    },
  );
});
