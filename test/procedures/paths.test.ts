import { rollingRefusal } from "../../provider/procedures/paths";

/** domain.md section 5, row by row; the index version where it matters. */
test.each<[string, string, string | null, boolean]>([
  ["1.4.40-1", "1.4.41", null, true],
  ["1.2.4-1", "1.4.40", null, true],
  ["1.4.40-1", "2.3.16", "5.6.16", false],
  ["1.4.40-1", "2.0.1", "2.3.1", false],
  ["2.0.1-1", "2.0.30", null, true],
  ["2.0.1-1", "2.2.0", "2.3.1", true],
  ["2.0.30-1", "2.3.16", "5.4.1", true],
  ["2.0.30-1", "2.3.16", "2.3.1", false],
  ["2.0.30-1", "2.3.16", null, false],
  ["2.1.0-1", "2.3.16", null, true],
  ["2.1.0-1", "2.3.16", "2.3.1", true],
  ["2.2.0-1", "2.3.16-2", "5.6.16", true],
  ["2.3.16-1", "3.0.0", "5.6.16", false],
  ["2.1.0-1", "3.1.1", "5.6.16", false],
  ["2.0.30-1", "3.0.0", "5.4.1", false],
  ["1.4.40-1", "3.0.0", null, false],
  ["3.0.0-1", "3.1.1", null, true],
])("%s => %s with an index of %s rolls: %s", (from, to, index, rolls) => {
  const refusal = rollingRefusal(from, to, index);
  expect(refusal === null).toBe(rolls);
  if (!refusal) return;
  expect(refusal).toMatchObject({ code: "path", waitable: 0 });
  expect(refusal.message).toContain(`chef-backend ${from.split("-")[0]} => ${to.split("-")[0]}`);
  expect(refusal.wayOut).toMatch(/procedure/);
});

test("an index that could not be read is not taken for a good one, and the refusal says so", () => {
  expect(rollingRefusal("2.0.30", "2.3.16", null)!.message).toContain("could not be read");
  expect(rollingRefusal("2.0.30", "2.3.16", "2.3.1")!.message).toContain("2.3.1 made it");
});
