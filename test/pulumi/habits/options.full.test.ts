import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { EnterpriseLab } from "../../../lab/enterpriseLab";
import type { Lab } from "../../../lab/lab";
import { HabitStack, type Outcome } from "./habitStack";
import type { Declared } from "./program";
import { aCluster, anEnterprise } from "./subjects";

/** The password, which the program has in clear. */
const canary = "cANARY-password-5e6f";

/** Pulumi's resource options. All resources look at one cluster or one pair: nothing here changes a machine. */
describe("resource options", () => {
  let cluster: Lab;
  let pair: EnterpriseLab;
  let stack: HabitStack;
  let ofCluster: Declared;
  let ofPair: Declared;

  /** What is ignored of a cluster, and whether an upgrade is left then. */
  const ignored: Record<string, boolean> = {
    "*": false,
    version: false,
    "nodes[0].host": true,
    connection: true,
    backends: true,
    failover: true,
  };
  const nameOf = (path: string) => `ignores ${path}`;

  beforeAll(async () => {
    const users = { root: {}, chef: { password: canary, sudo: "free" as const } };
    [{ lab: cluster, declared: ofCluster }, { lab: pair, declared: ofPair }] = await Promise.all([
      aCluster({ users }),
      anEnterprise(),
    ]);
    const connection = { user: "chef", password: canary, sudo: true, knownHosts: cluster.knownHosts };
    ofCluster = { ...ofCluster, inputs: { ...ofCluster.inputs, connection } };
    const resources: Record<string, Declared> = {
      ...Object.fromEntries(
        Object.keys(ignored).map((path) => [
          nameOf(path),
          { ...ofCluster, options: { ignoreChanges: [path] } },
        ]),
      ),
      "ignores all of a pair": { ...ofPair, options: { ignoreChanges: ["*"] } },
      "ignores the machines of a pair": { ...ofPair, options: { ignoreChanges: ["machines"] } },
      replacing: { ...ofCluster, options: { replaceOnChanges: ["version"] } },
      hurried: { ...ofCluster, options: { customTimeouts: { create: "1s", update: "1s" } } },
      kept: { ...ofCluster, options: { protect: true } },
      retained: { ...ofCluster, options: { retainOnDelete: true } },
      "old name": ofCluster,
      "moved into a site": ofPair,
      "in a site": { ...ofCluster, component: "site" },
    };
    stack = await HabitStack.start(resources);
  });
  afterAll(async () => {
    await Promise.all([cluster.stop(), pair.stop()]);
    await stack.stop();
  });

  const ops = ({ ops }: Outcome, ...names: string[]) => names.map((name) => ops[name]);
  const history = () => [...cluster.sim.history, ...pair.sim.history];
  /** Where a secret stands of what a run has left: on the screen, in the engine's events, in the state. */
  const leaks = async (run: Outcome) =>
    Object.entries({ screen: run.all, events: run.events, state: await stack.stateText() })
      .filter(([, text]) => text.includes(canary))
      .map(([where]) => where);

  it("adopts with all of them", async () => {
    const up = await stack.ok(stack.up());
    expect([...new Set(ops(up, ...Object.keys(stack.resources)))]).toEqual(["create"]);
    expect(await leaks(up)).toEqual([]);
  });

  it("shows no secret in a preview, its plan and its JSON", async () => {
    const { folder } = stack.pulumi;
    const preview = await stack.preview("--diff", "--save-plan", join(folder, "plan.json"));
    expect(await leaks(preview)).toEqual([]);
    expect(await readFile(join(folder, "plan.json"), "utf8")).not.toContain(canary);
    const json = await stack.preview("--json", "--expect-no-changes");
    expect(json.stdout).not.toContain(canary);
    expect(json.code).toBe(0);
  });

  it("ignores what it shall of a change, and only that", async () => {
    for (const [name, { type, inputs }] of Object.entries(stack.resources))
      stack.resources[name] = {
        ...stack.resources[name]!,
        inputs: {
          ...inputs,
          ...(type === "ChefBackendCluster"
            ? { version: "2.3.16" }
            : { version: "11.3.2", allowDowntime: "11.3.2" }),
        },
      };
    const preview = await stack.ok(stack.preview());
    const steps = Object.fromEntries(
      Object.keys(ignored).map((path) => [path, preview.ops[nameOf(path)] === "update"]),
    );
    expect(steps).toEqual(ignored);
    expect(ops(preview, "ignores all of a pair", "ignores the machines of a pair")).toEqual([
      "same",
      "update",
    ]);
    // Nothing is ever replaced: what that would mean is an adoption, and a cluster forgotten.
    expect(ops(preview, "replacing", "hurried", "kept", "retained")).toEqual(Array(4).fill("update"));
  });

  it("knows a resource that is called otherwise, in a stack that is called otherwise, and warns under its new name", async () => {
    for (const [name, { type, inputs }] of Object.entries(stack.resources))
      stack.resources[name] = {
        ...stack.resources[name]!,
        inputs: {
          ...inputs,
          version: type === "ChefBackendCluster" ? "2.1.0" : "1.4.6",
          allowDowntime: undefined,
        },
      };
    const { "old name": renamed, "moved into a site": moved, ...others } = stack.resources;
    stack.resources = {
      ...others,
      "new name": { ...renamed!, options: { aliases: [{ name: "old name" }] } },
      "moved into a site": { ...moved!, component: "site", options: { aliases: ["no parent"] } },
    };
    await stack.pulumi.ok("stack", "rename", "organization/rehearsal/other");
    await stack.ok(stack.up());
    cluster.sim.elasticsearchYellow(Infinity);
    pair.sim.switches("backend-2").drbd = "StandAlone";
    for (const run of [await stack.preview("--diff"), await stack.refresh()]) {
      expect(
        ops(run, "new name", "moved into a site").filter((op) => op !== "same" && op !== "update"),
      ).toEqual([]);
      expect(run.said["new name"]?.join("\n")).toMatch(/warning: .*yellow/s);
      expect(run.said["moved into a site"]?.join("\n")).toMatch(/warning: .*StandAlone/s);
      expect(run.said["old name"]).toBeUndefined();
      expect(run.said[""]).toBeUndefined();
      // Each under the stack's new name. Who ignores all changes ignores that of the name, too.
      const stale = run.events.split("\n").filter((line) => line.includes('{"urn":"urn:pulumi:test::'));
      expect(stale.filter((line) => !/::ignores (\*|all of a pair)"/.test(line))).toEqual([]);
    }
    cluster.sim.elasticsearchGreen();
    pair.sim.switches("backend-2").drbd = null;
  });

  it("goes on in a project that is called otherwise", async () => {
    const { folder } = stack.pulumi;
    await stack.pulumi.ok("stack", "rename", "organization/exercise/other");
    await writeFile(join(folder, "Pulumi.yaml"), "name: exercise\nruntime: nodejs\nmain: index.js\n");
    await stack.pulumi.ok("stack", "select", "organization/exercise/other");
    const preview = await stack.ok(stack.preview());
    expect([...new Set(ops(preview, ...Object.keys(stack.resources)))]).not.toContain("create");
    await stack.ok(stack.up());
    expect((await stack.preview("--expect-no-changes")).code).toBe(0);
  });

  it("destroys what may be destroyed, and touches no machine", async () => {
    const refused = await stack.destroy();
    expect(refused.code).not.toBe(0);
    expect(refused.all).toContain("protect");
    await stack.pulumi.ok("state", "unprotect", "--all", "--yes");
    await stack.ok(stack.destroy());
    expect(history()).toEqual([]);
  });
});
