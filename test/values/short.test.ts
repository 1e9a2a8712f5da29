import { short } from "../../provider/values/short";

test("an error shows the beginning of what came, on one line", () => {
  expect(short("a\n\t b ")).toBe("a b");
  expect(short("x".repeat(500))).toBe(`${"x".repeat(160)}…`);
  expect(short("\n")).toBe("(nothing)");
});
