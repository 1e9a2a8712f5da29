import { excerpt } from "../../provider/values/excerpt";

test.each([
  ["a table as it is", "\n\nName  IP\n a    b  \n\n", "Name  IP\n a    b"],
  ["nothing", "\n", ""],
  ["a long line", "x".repeat(500), `${"x".repeat(160)}…`],
  ["one line too many", "y\n".repeat(15), `${"y\n".repeat(14)}… and 1 more line`],
  ["binary", "\ufffd\ufffda".repeat(100), "(300 characters, most of them not text)"],
  ["many lines", "y\n".repeat(500), `${"y\n".repeat(14)}… and 486 more lines`],
])("%s", (_what, text, shown) => expect(excerpt(text)).toBe(shown));
