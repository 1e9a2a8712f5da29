/** What a refresh writes, by which the next preview goes: the machines themselves are not looked at. */
import { migrationHandlers } from "../../provider/migration/handlers";
import type { MigrationProperties } from "../../provider/migration/handlers/types";

const outputs = (change: object) =>
  ({ version: "2.3.16", phase: "migrated", ...change }) as unknown as MigrationProperties;

test("a migration that is over stays so: its old machines may be gone", async () => {
  const { properties, inputs } = await migrationHandlers.read(outputs({}));
  expect(inputs).toMatchObject({ __over: true });
  expect(inputs).not.toHaveProperty("__left");
  expect(migrationHandlers.diff(properties, { version: "2.3.16" } as never)).toEqual({ changes: false });
});

test.each([["unfinished"], ["migrated"], ["rehearsed"]])(
  "%s, with steps left, it has something to do",
  async (phase) => {
    const { inputs } = await migrationHandlers.read(outputs({ phase, planned: ["frontend-1: restoring"] }));
    expect(inputs).toMatchObject({ __left: true });
    expect(inputs).not.toHaveProperty("__over");
  },
);
