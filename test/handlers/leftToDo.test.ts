/** An upgrade that stopped half-way, a refresh, and then a backend that cannot be reached: what is left is not forgotten. */
import { check } from "../../provider/handlers/check";
import type { PartialFailureError } from "../../provider/handlers/partialFailure";
import { read } from "../../provider/handlers/read";
import type { CheckedInputs, ClusterProperties } from "../../provider/handlers/types";
import { upgrade } from "../../provider/handlers/upgrade";
import { diff, FakeFront, inputsFor } from "./aContext";

const checked = (front: FakeFront, olds: object, raw: Record<string, unknown>) =>
  front.run((context) => check(olds, raw, () => false, context));

/** The state after `up` to 2.3.16 has failed on the second backend, and a refresh. */
async function refreshedAfterFailure(front: FakeFront) {
  const first = await checked(front, {}, inputsFor({ version: "2.1.0" }));
  const created = await front.run((context) =>
    upgrade(null, {}, first.inputs as unknown as CheckedInputs, context),
  );
  front.lab.sim.switches("backend-3").upgradeFails = { code: 1, message: "no space left" };
  const { inputs } = await checked(front, first.inputs, inputsFor());
  const failed = await front
    .run((context) => upgrade(created.id, created.properties, inputs as unknown as CheckedInputs, context))
    .catch((error: PartialFailureError) => error);
  return front.run((context) => read(failed.properties as ClusterProperties, context));
}

test.each(["at once", "in a refresh, too"])(
  "a backend that is lost, %s, is a warning in the preview, and a run: it mends what it can",
  async (when) => {
    const front = new FakeFront();
    let state = await refreshedAfterFailure(front);
    front.client.unreachable.add("backend-3");
    if (when !== "at once") state = await front.run((context) => read(state.properties, context));
    const { inputs, failures } = await checked(front, state.inputs, inputsFor());
    expect(failures).toEqual([]);
    expect(front.warnings.join("\n")).toContain("backend-3 cannot be reached");
    expect(diff(state.properties, inputs as unknown as CheckedInputs)).toEqual({ changes: true });
  },
);

test("once it has been finished, a lost backend is a warning", async () => {
  const front = new FakeFront();
  const { properties, inputs: olds } = await refreshedAfterFailure(front);
  front.lab.sim.switches("backend-3").upgradeFails = null;
  const { inputs } = await checked(front, olds, inputsFor());
  const done = await front.run((context) =>
    upgrade("id", properties, inputs as unknown as CheckedInputs, context),
  );
  const state = await front.run((context) => read(done.properties, context));
  front.client.unreachable.add("backend-3");
  for (const known of [inputs, state.inputs])
    expect(await checked(front, known, inputsFor())).toMatchObject({ failures: [] });
});
