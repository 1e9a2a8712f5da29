/** kill -9 of the Pulumi engine: with all that it has started, as when a runner dies, and alone. */
import { killAll, processTree } from "../../support/processTree";
import { waitFor } from "../lab/host";
import { changesOn, failoverIsOn, startsOn } from "../lab/truth";
import { addFigures } from "./figures";
import { describeKills } from "./killed";
import { servePackage } from "./packageServer";
import { watchedUp } from "./watchedUp";

describeKills(["engine"], 1, (stack) => {
  test("of the engine alone: the provider finishes, `up` is refused meanwhile and has nothing to do then", async () => {
    const { machines, pulumi } = stack();
    const version = "2.3.99";
    const source = await servePackage(machines, version);
    let tree: Awaited<ReturnType<typeof processTree>> = [];
    let killed = Promise.resolve();
    try {
      await stack().set({ version, packageFile: source.file });
      const { child, done } = watchedUp(pulumi, ({ text, status }) => {
        if (!status || !text.endsWith("upgrading") || tree.length > 0) return;
        killed = killed.then(async () => {
          tree = await processTree(child.pid!);
          killAll(tree.filter(({ command }) => / up --yes /.test(command)));
        });
      });
      await done;
      await killed;
      expect(tree.length).toBeGreaterThan(0);
      await pulumi.run("cancel", "--yes");
      const refused = await pulumi.up();
      expect(refused.code).not.toBe(0);
      expect(refused.all).toMatch(/Another run holds the lock [^]*, stack rehearsal\/test, run /);
      await waitFor("the provider that is left gives the lock back", 600, async () => {
        const held = machines.backends.map((each) => each.attempt("ls /var/lib/pulumi-chef-backend/lock"));
        return (await Promise.all(held)).every(({ stdout }) => stdout === "");
      });
      const changes = await Promise.all(machines.backends.map(changesOn));
      await stack().up();
      expect(await Promise.all(machines.backends.map(changesOn))).toEqual(changes);
      for (const each of machines.backends)
        expect(await startsOn(each, version)).toEqual({ install: 1, upgrade: 1 });
      expect(await failoverIsOn(machines.backends)).toBe(true);
      addFigures({ kills: 1 });
    } finally {
      // It does not notice that its engine is gone, and would wait for it for ever.
      killAll(tree);
      source.close();
    }
  }, 1_800_000);
});
