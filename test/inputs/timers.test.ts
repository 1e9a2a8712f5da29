/** Every number of seconds in the inputs becomes a timer sooner or later, and Node's fire at once beyond 24.8 days. */
import type { z } from "zod";
import { enterpriseInputs } from "../../provider/enterprise/inputs";
import { clusterInputs } from "../../provider/inputs/schema";
import { validateBy } from "../../provider/inputs/validate";
import { migrationInputs } from "../../provider/migration/inputs";

/** Paths of all numbers in a schema. */
function numbersIn(type: unknown, path: readonly string[] = []): string[] {
  const { def } = type as z.ZodType;
  const { shape, element, valueType, innerType } = def as unknown as Record<string, unknown>;
  if (def.type === "number") return [path.join(".")];
  return [
    ...Object.entries((shape ?? {}) as object).flatMap(([name, field]) => numbersIn(field, [...path, name])),
    ...[element].filter(Boolean).flatMap((inner) => numbersIn(inner, [...path, "0"])),
    ...[valueType].filter(Boolean).flatMap((inner) => numbersIn(inner, [...path, "key"])),
    ...[innerType].filter(Boolean).flatMap((inner) => numbersIn(inner, path)),
  ];
}

/** An object with one value at a path; numbers in it are places in a list. */
const at = (path: string, value: unknown): Record<string, unknown> =>
  path
    .split(".")
    .reduceRight<unknown>((inner, key) => (key === "0" ? [inner] : { [key]: inner }), value) as Record<
    string,
    unknown
  >;

const counts = /(^|\.)(port|dialErrorLimit|upgradeAttempts)$/;

describe.each([
  ["ChefBackendCluster", clusterInputs as z.ZodType],
  ["EnterpriseChefCluster", enterpriseInputs as z.ZodType],
  ["ChefBackendMigration", migrationInputs as z.ZodType],
])("%s", (_name, schema) => {
  const times = numbersIn(schema).filter((path) => !counts.test(path));
  const reasonAt = (path: string, value: number) => {
    const { failures } = validateBy(schema, at(path, value), () => false);
    const property = path.replaceAll(".0", "[0]");
    return failures.find((each) => each.property === property)?.reason;
  };

  test("has times", () => {
    expect(times).toEqual(expect.arrayContaining(["timeouts.install", "connection.perDialTimeout"]));
    expect(times.length).toBeGreaterThan(8);
  });

  test.each(times)("%s is bounded, and the error says what came and what is allowed", (path) => {
    expect(reasonAt(path, 2_000_000)).toBeUndefined();
    for (const value of [2_000_001, 3e6, 1e10])
      expect(reasonAt(path, value)).toMatch(new RegExp(`^got ${value}, expected .*2000000 seconds`));
  });
});
