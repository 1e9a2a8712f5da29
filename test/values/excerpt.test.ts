import { excerpt } from "../../provider/values/excerpt";

test.each([
  ["a table as it is", "\n\nName  IP\n a    b  \n\n", "Name  IP\n a    b"],
  ["nothing", "\n", ""],
  ["a long line", "x".repeat(500), `${"x".repeat(160)}…`],
  ["one line too many", "y\n".repeat(31), `${"y\n".repeat(30)}… and 1 more line`],
  ["many lines", "y\n".repeat(500), `${"y\n".repeat(30)}… and 470 more lines`],
])("%s", (_what, text, shown) => expect(excerpt(text)).toBe(shown));
