import { healthy, inputsFor, observe, upgrade } from "./lab/asClient";
import { describeMachines } from "./lab/requirements";
import { startMachines } from "./lab/startMachines";

describeMachines("frontends on machines", () => {
  test("answer through the leader, wherever it is", async () => {
    const machines = await startMachines({ frontendVersion: "15.1.7", frontendPackages: ["15.9.38"] });
    try {
      const inputs = inputsFor(machines, {
        frontends: { nodes: machines.frontends.map(({ name, ip }) => ({ name, host: ip })) },
      });
      const answers = async () =>
        (await observe(inputs)).frontends.map(({ answer, down }) => ({ answer, down }));
      const well = { answer: "pong", down: [] };
      expect(await answers()).toEqual([well, well]);
      await (await machines.leader()).run("chef-backend-ctl demote");
      await healthy(inputs);
      expect(await answers()).toEqual([well, well]);
      const result = await upgrade({
        ...{ ...inputs, version: "2.1.0", packageFile: undefined },
        frontends: {
          ...inputs.frontends!,
          ...{ version: "15.9.38", acceptLicense: true },
          packageFile: { path: machines.packagePath("15.9.38", "chef-server-core") },
        },
      });
      expect(result.failure?.error).toBeUndefined();
      const { frontends } = await observe(inputs);
      expect(frontends.map((each) => [each.package.version, each.answer, each.migrationLevel])).toEqual([
        ["15.9.38-1", "pong", "2"],
        ["15.9.38-1", "pong", "2"],
      ]);
    } finally {
      await machines.close();
    }
  }, 600_000);
});
