/** Two processes want the same cluster at once, on real machines: one proceeds, the other one is told who it is. */
import { failoverIsOn, changesOn } from "../lab/truth";
import type { ClusterInputs } from "../../../provider/inputs/schema";
import { inputsFor } from "../lab/asClient";
import { describeMachines } from "../lab/requirements";
import { startMachines } from "../lab/startMachines";
import { Client } from "./client";
import { addFigures, everything } from "./figures";

const races = everything ? 100 : 6;

describeMachines("two runs at once", () => {
  test(
    `${races} races: exactly one proceeds, the other is refused and names it`,
    async () => {
      const machines = await startMachines();
      const clients: Client[] = [];
      try {
        const inputs = inputsFor(machines);
        const locks = () =>
          Promise.all(machines.backends.map((each) => each.run(`ls ${lock} 2> /dev/null || true`)));
        for (let race = 0; race < races; race++) {
          // Every other time there is the lock of a run that has died: both want to take it over.
          if (race % 2 === 1) await Promise.all(machines.backends.map((each) => each.run(deadLock)));
          const both = [runner(inputs), runner(inputs)];
          clients.push(...both.map(({ client }) => client));
          const [winner, loser] =
            (await Promise.race(both.map(({ begun }, at) => begun.then(() => at)))) === 0
              ? both
              : both.toReversed();
          const refused = await loser!.client.end;
          expect([race, refused]).toMatchObject([race, { touched: false, refused: ["locked"] }]);
          const [held] = await locks();
          expect(refused!.error).toMatch(
            new RegExp(
              `^Another run holds the lock \\[locked\\]\\n.*where: backend-\\d\\n.*\\S+@\\S+, run ${held!.trim()}, for `,
            ),
          );
          winner!.client.signal("SIGTERM");
          winner!.client.signal("SIGCONT");
          expect((await winner!.client.end)!.error).toContain("Failover is on.");
          expect(await locks()).toEqual(["", "", ""]);
        }
        expect(await failoverIsOn(machines.backends)).toBe(true);
        const changes = (await Promise.all(machines.backends.map(changesOn))).flat();
        const switched = (to: string) =>
          changes.filter((each) => each.endsWith(`set-cluster-failover ${to}`));
        expect([switched("off").length, switched("on").length]).toEqual([races, races]);
        addFigures({ races });
      } finally {
        for (const client of clients) client.signal("SIGKILL");
        await machines.close();
      }
    },
    300_000 + races * 30_000,
  );
});

/** A run that stands still once it has begun to act: it holds its lock for as long as the other one needs. */
function runner(inputs: ClusterInputs): { client: Client; begun: Promise<void> } {
  let client!: Client;
  const begun = new Promise<void>((resolve) => {
    client = Client.start(inputs, ({ type }) => {
      if (type !== "step-started") return;
      client.signal("SIGSTOP");
      resolve();
    });
  });
  return { client, begun };
}

const lock = "/var/lib/pulumi-chef-backend/lock";
const deadLock = `umask 077; mkdir -p ${lock}/dead/jobs && printf 'root@gone\\nnobody\\n' > ${lock}/dead/owner && touch -d '1 hour ago' ${lock}/dead/taken ${lock}/dead/heartbeat`;
