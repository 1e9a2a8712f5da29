import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { textsBelow } from "../endToEnd/rig";
import { LabStack, type Settings } from "../support/labStack";

/** Nothing but the program itself may hold it. */
const canary = "cANARY-of-a-transform-4b2e";

/**
 * The same secret, given by each kind of transform that Pulumi has: the engine's (`transforms`) and the SDK's own
 * (`transformations`), of the resource, of its parent and of the stack. All of them come after our constructor.
 */
const program = `const pulumi = require("@pulumi/pulumi");
const { ChefBackendCluster, sealSecrets } = require("pulumi-chef-backend");
const { transform: { kind, sealed, secrets }, ignoreChanges, ...settings } = JSON.parse(require("fs").readFileSync("settings.json", "utf8"));
const isOurs = ({ type }) => type.endsWith(":ChefHA");
const add = (each) => {
  if (!isOurs(each)) return undefined;
  const connection = pulumi.output(each.props.connection).apply((given) => ({ ...given, ...secrets }));
  const props = { ...each.props, connection: kind === "plain" ? { ...settings.connection, ...secrets } : connection };
  return { props: sealed ? sealSecrets(props) : props, opts: each.opts };
};
const options = {
  plain: { own: { transforms: [add] } },
  "own transforms": { own: { transforms: [add] } },
  "own transformations": { own: { transformations: [add] } },
  "parent's transforms": { parent: { transforms: [add] } },
  "parent's transformations": { parent: { transformations: [add] } },
}[kind] ?? {};
if (kind === "stack's transformations") pulumi.runtime.registerStackTransformation(add);
const parent = new pulumi.ComponentResource("test:Parent", "parent", {}, options.parent);
const cluster = new ChefBackendCluster("prod", settings, { ...options.own, ignoreChanges, parent });
exports.healthy = cluster.healthy;
`;

/** The stack's `transforms` are the end of the engine's same chain; the host that is built here (3.68.0) does not take them. */
const kinds = [
  ...["own transforms", "parent's transforms"],
  ...["own transformations", "parent's transformations", "stack's transformations"],
];

describe("secrets that a transform adds", () => {
  let cluster: LabStack;
  beforeAll(async () => {
    cluster = await LabStack.start();
    await writeFile(join(cluster.stack.folder, "index.js"), program);
  });
  afterAll(() => cluster.stop());

  const given = (transform: Settings, more: Settings = {}) =>
    cluster.set({ transform: { secrets: { password: canary }, ...transform }, ...more });

  const refusal =
    /connection\.password: is a secret that came after the constructor, from a transform, so Pulumi would store it in clear/;

  /** Neither what was printed nor any file of Pulumi's below the project holds it. */
  const expectNone = async (...printed: string[]) => {
    for (const text of printed) expect(text).not.toContain(canary);
    const files = (await textsBelow(cluster.stack.folder)).filter(
      ({ path }) => !/node_modules|\/(index\.js|settings\.json)$/.test(path),
    );
    expect(files.length).toBeGreaterThan(1);
    expect(files.filter(({ text }) => text.includes(canary)).map(({ path }) => path)).toEqual([]);
  };

  it.each(kinds)("are refused: %s", async (kind) => {
    await given({ kind });
    const preview = await cluster.stack.run("preview", "--diff");
    expect(preview.all).toMatch(refusal);
    expect(preview.code).not.toBe(0);
    await expectNone(preview.all);
  });

  // With `--debug`, Pulumi's SDK prints whatever the program itself had in clear: here, nothing gets so far.
  it.each([
    ["refused", ["--debug"]],
    ["sealed", []],
  ])("stand in no preview, plan, log or state: %s", async (what, more) => {
    const sealed = what === "sealed";
    await given({ kind: "parent's transforms", sealed });
    const up = ["up", "--yes", "--skip-preview", "--non-interactive"];
    for (const way of [["preview"], ["preview", "--json"], ["preview", "--save-plan", "plan.json"], up]) {
      const run = await cluster.stack.run(...way, ...more);
      expect([way, run.code === 0, refusal.test(run.all)]).toEqual([way, sealed, !sealed]);
      await expectNone(run.all);
    }
    expect((await cluster.stack.state()).text.includes(":ChefHA")).toBe(sealed);
  });

  it("are refused though the state has them, sealed: it would not be any more", async () => {
    await given({ kind: "parent's transforms" });
    const preview = await cluster.stack.run("preview", "--diff");
    expect(preview.all).toMatch(refusal);
    await expectNone(preview.all);
  });

  it("are none where `ignoreChanges` keeps the old value of one that the program gives", async () => {
    const connection = cluster.settings.connection as Settings;
    await given(
      { kind: "none" },
      { connection: { ...connection, password: "another" }, ignoreChanges: ["connection"] },
    );
    const ignored = await cluster.stack.ok("preview", "--diff", "--expect-no-changes");
    await cluster.stack.ok("up", "--yes", "--skip-preview", "--non-interactive", "--expect-no-changes");
    await expectNone(ignored.all);
    await given({}, { connection, ignoreChanges: [] });
  });

  it("are refused where the transform gives the connection anew, in clear", async () => {
    await given({ kind: "plain" });
    const preview = await cluster.stack.run("preview", "--diff");
    expect(preview.all).toMatch(refusal);
    await expectNone(preview.all);
  });
});
