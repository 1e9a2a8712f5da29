import { check } from "../../provider/handlers/check";
import { hopText } from "../../provider/handlers/hopText";
import type { CheckedInputs } from "../../provider/handlers/types";
import type { HopPlan } from "../../provider/plan/plan";
import { diff, FakeFront, frontendNodes, frontendSpecs, inputsFor } from "./aContext";

async function checked(front: FakeFront, raw: Record<string, unknown>) {
  const outcome = await front.run((context) => check({}, raw, () => false, context));
  expect(front.lab.sim.history).toEqual([]);
  return { ...outcome, inputs: outcome.inputs as unknown as CheckedInputs };
}

describe("one part of the way in one line", () => {
  const hop: HopPlan = {
    ...{ from: "2.0.30-1", to: "2.3.16", because: "so it is" },
    ...{ method: "rolling", downtime: null },
  };
  const downtime = "all are down";
  test.each<[Partial<HopPlan>, string]>([
    [{}, "2.0.30 => 2.3.16, rolling, no downtime: so it is"],
    [{ from: "2.3.16-1", to: "2.3.16-2" }, "2.3.16-1 => 2.3.16-2, rolling, no downtime: so it is"],
    [{ from: "2.3.16-1" }, "2.3.16, rolling, no downtime: so it is"],
    [{ method: "downtime", downtime }, "2.0.30 => 2.3.16, with downtime: all are down; so it is"],
    [{ method: "reindex", downtime }, "2.0.30 => 2.3.16, with downtime: all are down; so it is"],
    [
      { method: "frontends", from: "14.0.65", to: "15.9.38" },
      "frontends 14.0.65 => 15.9.38, one after another, no downtime: so it is",
    ],
    [
      { method: "cleanup", to: "15.9.38" },
      "cleanup of what the upgrade of the frontends to 15.9.38 has left, no downtime: so it is",
    ],
  ])("%j", (change, text) => {
    expect(hopText({ ...hop, ...change })).toBe(text);
  });
});

describe("the way to the version is an input of its own, and told line by line", () => {
  const old = () => new FakeFront({ version: "1.4.40", frontends: frontendSpecs });
  const major = { frontends: { nodes: frontendNodes }, allowDowntime: "2.3.16" };
  const down = /^1\.4\.40 => 2\.3\.16, with downtime: .*backends.*; 1\.x and 2\.x \S/;

  test("one rolling update, without downtime", async () => {
    const front = new FakeFront();
    const { inputs, failures } = await checked(front, inputsFor());
    expect(failures).toEqual([]);
    expect(inputs.hops).toEqual([
      expect.stringMatching(/^2\.1\.0 => 2\.3\.16, rolling, no downtime: the vendor's matrix/),
    ]);
    expect(front.lab.texts("note")).toEqual(expect.arrayContaining([...inputs.hops!]));
  });

  test("none when nothing is to be done", async () => {
    const { inputs } = await checked(new FakeFront(), inputsFor({ version: "2.1.0" }));
    expect(inputs).not.toHaveProperty("hops");
    expect(diff(inputs, inputs)).toEqual({ changes: false });
  });

  test("downtime with consent: the preview says what is down, and why", async () => {
    const front = old();
    const { inputs, failures } = await checked(front, inputsFor(major));
    expect(failures).toEqual([]);
    expect(inputs.hops).toEqual([expect.stringMatching(down)]);
    expect(front.lab.texts("note").at(-1)).toMatch(down);
  });

  test.each([undefined, "2.3.14", "3.1.1"])("downtime without it (%s) fails, by its field", async (given) => {
    const { failures } = await checked(old(), inputsFor({ ...major, allowDowntime: given }));
    expect(failures).toEqual([
      {
        property: "allowDowntime",
        reason: expect.stringMatching(
          /^Downtime not approved[^]*backends go down[^]*set `allowDowntime: "2\.3\.16"`/,
        ),
      },
    ]);
  });

  test("downtime without frontends named fails, by their field", async () => {
    const { failures } = await checked(old(), inputsFor({ ...major, frontends: undefined }));
    expect(failures).toEqual([
      { property: "frontends", reason: expect.stringMatching(/^Frontends missing/) },
    ]);
  });

  test("two hops, each with its package; a missing one fails in preview and is named", async () => {
    const two = (front: FakeFront, packageFiles: Record<string, { path: string }>) =>
      checked(front, {
        ...inputsFor({ ...major, version: "3.1.1", allowDowntime: "3.1.1", packageFile: undefined }),
        packageFiles,
      });
    const front = old();
    const packages = {
      "2.3.16": front.lay("chef-backend", "2.3.16"),
      "3.1.1": front.lay("chef-backend", "3.1.1"),
    };
    const { inputs, failures } = await two(front, packages);
    expect(failures).toEqual([]);
    expect(inputs.hops).toEqual([
      expect.stringMatching(down),
      expect.stringMatching(
        /^search index on 2\.3\.16, with downtime: frontends .*index is deleted.*; the index was made by /,
      ),
      expect.stringMatching(/^2\.3\.16 => 3\.1\.1, rolling, no downtime/),
    ]);
    expect(front.lab.texts("note").slice(-3)).toEqual(inputs.hops);
    for (const missing of ["2.3.16", "3.1.1"] as const) {
      const { [missing]: _missing, ...rest } = packages;
      const { failures } = await two(old(), rest as Record<string, { path: string }>);
      expect(failures.map(({ reason }) => reason).join("\n")).toContain(`packageFiles["${missing}"]`);
    }
  });
});
