import { join } from "node:path";
import { exampleBackends } from "../../../lab/exampleNodes";
import type { EnterpriseLab } from "../../../lab/enterpriseLab";
import type { Lab } from "../../../lab/lab";
import { front } from "./front";
import { HabitStack } from "./habitStack";
import { later } from "./program";
import { aCluster, anEnterprise } from "./subjects";

/** Several clusters in one program: one run upgrades them in parallel, and one of them stops half-way. */
describe("after an upgrade that failed", () => {
  let broken: Lab;
  let other: Lab;
  let away: Lab;
  let pair: EnterpriseLab;
  let stack: HabitStack;

  beforeAll(async () => {
    const [first, second, third, fourth] = await Promise.all([
      aCluster(),
      aCluster(),
      // With GUIDs of its own.
      aCluster({ backends: exampleBackends.map(({ name, ip }) => ({ name, ip })) }),
      anEnterprise(),
    ]);
    [broken, other, away, pair] = [first.lab, second.lab, third.lab, fourth.lab];
    stack = await HabitStack.start({
      broken: first.declared,
      other: second.declared,
      away: third.declared,
      pair: fourth.declared,
    });
    await stack.ok(stack.up());
  });
  afterAll(async () => {
    await Promise.all([broken, other, away, pair].map((lab) => lab.stop()));
    await stack.stop();
  });

  const urn = (name: string) =>
    `urn:pulumi:test::rehearsal::${front.type(stack.resources[name]!.type)}::${name}`;
  const upgrades = (lab: { sim: { history: readonly { node: string; argv: readonly string[] }[] } }) =>
    lab.sim.history.flatMap(({ node, argv }) => (argv.includes("upgrade") ? [node] : []));
  const words = (lines: readonly string[] | undefined) => (lines ?? []).join("\n");

  it("keeps every machine in the preview while an input is not known, and names that input", async () => {
    const { version } = stack.resources.other!.inputs;
    stack.set("other", { version: later("2.3.16") });
    stack.set("pair", { version: later("11.3.2"), allowDowntime: "11.3.2" });
    const preview = await stack.ok(stack.preview("--diff"));
    expect(preview.all).toMatch(/once .*version.* is known/);
    expect(preview.all).not.toMatch(/^ *- (backends|machines|backend-1|role)\b/m);
    stack.set("other", { version });
    stack.set("pair", { version: "1.4.6", allowDowntime: undefined });
  });

  it("fails the preview of an upgrade that cannot reach a machine, and not that of the others", async () => {
    away.sim.nodeDown("backend-3");
    stack.set("away", { version: "2.3.16" });
    const preview = await stack.preview();
    expect(preview.code).not.toBe(0);
    expect(words(preview.said.away)).toMatch(/error: .*backend-3/s);
    const others = await stack.preview("--exclude", urn("away"), "--expect-no-changes");
    expect(others.code).toBe(0);
    away.sim.nodeUp("backend-3");
    stack.set("away", { version: "2.1.0" });
  });

  it("upgrades by a saved plan what the plan has", async () => {
    stack.set("other", { version: "2.3.16" });
    const plan = join(stack.pulumi.folder, "plan.json");
    await stack.ok(stack.preview("--save-plan", plan));
    const up = await stack.ok(stack.up("--plan", plan));
    expect(up.ops).toMatchObject({ other: "update", broken: "same", pair: "same" });
    expect(upgrades(other).sort()).toEqual(["backend-1", "backend-2", "backend-3"]);
  });

  it("stops one and finishes the other of two that run in parallel", async () => {
    broken.sim.switches("backend-3").upgradeFails = { code: 1, message: "no space left" };
    stack.set("broken", { version: "2.3.16" });
    stack.set("pair", { version: "11.3.2", allowDowntime: "11.3.2" });
    const up = await stack.up("--continue-on-error");
    expect(up.code).not.toBe(0);
    expect(words(up.said.broken)).toContain("FAILOVER IS OFF");
    expect(up.ops.pair).toBe("update");
    expect((await stack.state("broken")).outputs).toMatchObject({
      failover: "off",
      installedVersions: { "backend-1": "2.1.0", "backend-2": "2.3.16", "backend-3": "2.3.16" },
    });
  });

  it("says what is unfinished in preview and refresh, and leaves it alone where others are the target", async () => {
    const before = broken.sim.history.length;
    const preview = await stack.ok(stack.preview());
    expect(preview.ops).toMatchObject({ broken: "update", other: "same", pair: "same" });
    expect(words(preview.said.broken)).toContain("failover is off");
    const refresh = await stack.ok(stack.refresh());
    expect(words(refresh.said.broken)).toContain("failover is off");
    await stack.ok(stack.up("--target", urn("other"), "--target", urn("pair")));
    await stack.ok(stack.up("--exclude", urn("broken")));
    expect(broken.sim.history).toHaveLength(before);
  });

  it("says how it stands when it is destroyed, touches nothing, and is adopted again as it is", async () => {
    const before = broken.sim.history.length;
    const preview = await stack.ok(stack.run("destroy", "--preview-only", "--target", urn("broken")));
    expect(words(preview.said.broken)).not.toContain("error");
    const destroy = await stack.ok(stack.destroy("--target", urn("broken")));
    expect(words(destroy.said.broken)).toMatch(/failover is off/i);
    expect(words(destroy.said.broken)).toContain("backend-3");
    expect(broken.sim.history).toHaveLength(before);
    // The run record on the machines outlives the state.
    broken.sim.switches("backend-3").upgradeFails = null;
    const again = await stack.preview();
    expect(words(again.said.broken)).toContain("backend-3 is between installation and verified rejoin");
  });

  it("is finished by the next run, which does nothing twice", async () => {
    await stack.ok(stack.up());
    expect(upgrades(broken).sort()).toEqual(["backend-1", "backend-2", "backend-3", "backend-3"]);
    expect(broken.sim.failover).toBe(true);
    const done = await stack.preview("--refresh", "--expect-no-changes");
    expect(done.code).toBe(0);
  });

  it("knows the cluster that it adopted, whatever was run in between", async () => {
    // The addresses of one cluster are given to the resource of another one: first with nothing to do there.
    stack.set("broken", { ...stack.resources.away!.inputs });
    const nothing = await stack.preview();
    expect(words(nothing.said.broken)).toContain("This is another cluster");
    await stack.up("--target", urn("broken"));
    await stack.refresh("--target", urn("broken"));
    stack.set("broken", { version: "2.3.16" });
    for (const run of [await stack.preview(), await stack.up("--target", urn("broken"))]) {
      expect(run.code).not.toBe(0);
      expect(words(run.said.broken)).toMatch(/error: .*This is another cluster/s);
    }
    expect(away.sim.history).toEqual([]);
  });
});
