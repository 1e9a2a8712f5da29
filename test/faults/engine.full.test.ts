/** What happens around the real Pulumi engine: a second Ctrl-C, and a second stack with the same cluster. */
import { LabStack, settingsFor } from "../support/labStack";
import { labProgram, PulumiStack } from "../support/pulumiStack";
import { commandsOf } from "../support/rehearsal";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { until } from "../support/until";

const quietUp = ["up", "--yes", "--skip-preview", "--non-interactive"];

describe("the engine", () => {
  let cluster: LabStack;
  beforeEach(async () => {
    cluster = await LabStack.aboutToUpgrade();
  });
  afterEach(() => cluster.stop());

  const commands = () => commandsOf(cluster.lab.sim.history);
  const expectEachOnce = () => {
    for (const node of ["backend-1", "backend-2", "backend-3"]) {
      expect(commands().filter((each) => each === `${node} install`)).toHaveLength(1);
      expect(commands().filter((each) => each.startsWith(`${node} upgrade`))).toHaveLength(1);
    }
    expect(cluster.lab.sim).toMatchObject({ maxOut: 1, failover: true, healthy: true });
  };

  it("is told twice to stop (Ctrl-C, Ctrl-C) inside a node's upgrade: the next `up` finishes, each thing once", async () => {
    const running = cluster.stack.start(quietUp);
    await until(() => commands().includes("backend-2 upgrade"));
    running.child.kill("SIGINT");
    await new Promise((resolve) => setTimeout(resolve, 500));
    running.child.kill("SIGINT");
    await running.done;
    await cluster.stack.run("cancel", "--yes");
    const up = await cluster.stack.up();
    expect(up.code).toBe(0);
    expectEachOnce();
  });

  it("of a second stack is refused while the first one works, names it, and has nothing to do afterwards", async () => {
    const second = await PulumiStack.create(labProgram);
    try {
      await writeFile(join(second.folder, "settings.json"), JSON.stringify(settingsFor(cluster.lab)));
      expect((await second.up()).code).toBe(0);
      await writeFile(
        join(second.folder, "settings.json"),
        JSON.stringify({ ...settingsFor(cluster.lab), version: "2.3.16" }),
      );
      const first = cluster.stack.start(quietUp);
      await until(() => commands().includes("backend-2 install"));
      const refused = await second.up();
      expect(refused.code).not.toBe(0);
      expect(refused.all).toMatch(/Another run holds the lock [^]*, stack rehearsal\/test, run /);
      expect((await first.done).code).toBe(0);
      expectEachOnce();
      const before = commands().length;
      expect((await second.up()).code).toBe(0);
      expect(commands()).toHaveLength(before);
    } finally {
      await second.remove();
    }
  });
});
