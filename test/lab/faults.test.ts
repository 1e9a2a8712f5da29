import { setFaults } from "../../lab/faults";
import { Simulation } from "../../lab/simulation/simulation";
import { VirtualClock } from "../../lab/simulation/virtualClock";

const simulation = () =>
  new Simulation({
    clock: new VirtualClock(),
    version: "2.1.0",
    backends: ["backend-1", "backend-2", "backend-3"].map((name, at) => ({
      name,
      ip: `192.168.33.${215 + at}`,
    })),
  });

describe("faults from a command line", () => {
  it("sets switches, with and without a value", () => {
    const sim = simulation();
    setFaults(sim, [
      "backend-1.installBreaksLeader",
      "backend-2.rejoinSlow=120",
      'backend-3.maintainerScript="stop"',
    ]);
    expect(sim.switches("backend-1").installBreaksLeader).toBe(true);
    expect(sim.switches("backend-2").rejoinSlow).toBe(120);
    expect(sim.switches("backend-3").maintainerScript).toBe("stop");
  });

  it("sets what holds for the whole cluster", () => {
    const sim = simulation();
    setFaults(sim, ["cluster.noLeaderAfterFullStop", 'cluster.upgradeAlone="returns"']);
    expect(sim).toMatchObject({ noLeaderAfterFullStop: true, upgradeAlone: "returns" });
  });

  it.each([
    ["cluster.rejoinSlow=1", "there are upgradeAlone, noLeaderAfterFullStop"],
    ["backend-2", "expected NODE.SWITCH"],
    ["backend-2.rejoinsSlow=1", "there is no switch rejoinsSlow; there are upgradeReturnsEarly"],
    ["backend-2.rejoinSlow=", "expected JSON"],
    ["backend-9.upgradeHangs", "no machine backend-9"],
  ])("says what is wrong with %s", (fault, message) => {
    expect(() => setFaults(simulation(), [fault])).toThrow(message);
  });
});
