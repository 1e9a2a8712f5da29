import { rm } from "node:fs/promises";
import { everyInput } from "./everyInput";
import type { ResourceName } from "./front";
import type { Declared } from "./program";
import { programFolder, registered } from "./registered";

/** Several resources in one component, of which some depend on others: none waits for the other in a circle. */
it("registers all the resources of one component", async () => {
  const folder = await programFolder();
  try {
    const names = Object.keys(everyInput(22)) as ResourceName[];
    const resources = Object.fromEntries(
      names.flatMap((type) =>
        [1, 2].map((at): [string, Declared] => [
          `${type} ${at}`,
          {
            ...{ type, inputs: everyInput(22)[type], component: "site" },
            options: at === 2 ? { dependsOn: [`${type} 1`] } : {},
          },
        ]),
      ),
    );
    const all = await registered(folder, resources);
    expect(Object.keys(all).sort()).toEqual(["site", ...Object.keys(resources)].sort());
    for (const name of Object.keys(resources)) expect(all[name]).toHaveProperty("inputs.nodes");
  } finally {
    await rm(folder, { recursive: true });
  }
});
