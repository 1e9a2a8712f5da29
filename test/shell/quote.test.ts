import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import fc from "fast-check";
import { quote, quoteAll } from "../../provider/shell/quote";

const HOSTILE = [
  "",
  "plain",
  "with space",
  " leading and trailing ",
  "-n",
  "--help",
  "$(touch /tmp/quote-was-here)",
  "`id`",
  "${HOME}",
  "$'\\n'",
  "it's",
  "''",
  "'\\''",
  '"double"',
  "back\\slash\\",
  "new\nline\n",
  "\ttab\r\n",
  "a;b&c|d>e<f",
  "*?[a-z]",
  "~root",
  "a=b",
  "#comment",
  "!history!!",
  "{a,b}",
  "ünïcödé ✓ 日本語 🎉",
  "\u0001\u001b[31m",
];

const shells = ["/bin/sh", "/bin/bash"].filter((shell) => existsSync(shell));

describe.each(shells)("quote, read back by %s", (shell) => {
  /** Everything at once: each value in brackets and ended by a NUL, which no value can hold. */
  const readBack = (values: string[]) => {
    const script = values.map((value) => `printf '%s\\0' ${quote(value)}`).join("\n");
    return spawnSync(shell, ["-c", script], { encoding: "utf8" }).stdout.split("\0").slice(0, -1);
  };

  test("hostile values arrive byte-exact", () => {
    expect(readBack(HOSTILE)).toEqual(HOSTILE);
  });

  test("any text arrives byte-exact", () => {
    const text = fc.string({ unit: "grapheme", maxLength: 40 }).filter((value) => !value.includes("\0"));
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 20 }), (values) => {
        expect(readBack(values)).toEqual(values);
      }),
      { numRuns: 30 },
    );
  });

  test("a quoted script can be quoted again", () => {
    const inner = `printf %s ${quote("it's $(nested)")}`;
    const outer = `sh -c ${quote(inner)}`;
    expect(spawnSync(shell, ["-c", outer], { encoding: "utf8" }).stdout).toBe("it's $(nested)");
  });
});

test("words that need no quotes stay readable", () => {
  expect(quoteAll(["chef-backend-ctl", "upgrade", "--failover", "/a/b_c.rpm"])).toBe(
    "chef-backend-ctl upgrade --failover /a/b_c.rpm",
  );
});

test("a NUL byte is refused", () => {
  expect(() => quote("a\0b")).toThrow(/NUL/);
});
