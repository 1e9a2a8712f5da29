import fc from "fast-check";
import { PlainTextStream, plainText } from "../../provider/values/plainText";

const esc = "\u001b";

test.each([
  ["colors", `${esc}[31m[ERROR]${esc}[0m it failed`, "[ERROR] it failed"],
  ["clearing the screen", `one${esc}[2J${esc}[Htwo`, "onetwo"],
  ["moving up over a line", `sick${esc}[1A\nwell`, "sick\nwell"],
  ["a window title", `${esc}]0;pwned\u0007leader`, "leader"],
  ["a title ended by ST", `${esc}]2;pwned${esc}\\leader`, "leader"],
  ["a link", `${esc}]8;;https://example.com/${esc}\\text${esc}]8;;${esc}\\`, "text"],
  ["a DCS string", `${esc}P1$r0m${esc}\\leader`, "leader"],
  ["an APC string", `${esc}_hidden${esc}\\leader`, "leader"],
  ["C1 forms of CSI and OSC", "\u009b31mred\u009d0;title\u009c.", "red."],
  ["a string that never ends hides nothing", `${esc}]0;leader\nfollower`, "0;leader\nfollower"],
  ["a string that ends in a later line hides nothing", `a${esc}]0;b\nc\u0007d`, "a0;b\ncd"],
  ["a CSI that never ends", `${esc}[31\nleader`, "\nleader"],
  ["a lone ESC at the end", `leader${esc}`, "leader"],
  ["character sets, reset, cursor", `${esc}(B${esc}c${esc}7leader${esc}8`, "leader"],
  ["backspaces", "leader\b\b\b\b\b\bfollow", "leaderfollow"],
  ["NUL, BEL, DEL", "le\u0000ad\u0007er\u007f", "leader"],
  ["CRLF", "one\r\ntwo\r\r\nthree", "one\ntwo\nthree"],
  ["progress lines", "10 %\r50 %\rdone", "10 %\n50 %\ndone"],
  ["other line ends", "a\vb\fc\u0085d\u2028e", "a\nb\nc\nd\ne"],
  ["marks of direction and of no width", "\u202eredael\u2066 \u200bx\ufeff\u200f", "redael x"],
  ["tab and newline stay", "a\tb\nc", "a\tb\nc"],
  ["invalid UTF-8 as it was decoded", "a\ufffdb", "a\ufffdb"],
])("%s", (_what, raw, plain) => {
  expect(plainText(raw)).toBe(plain);
});

const piece = fc.oneof(
  fc.constantFrom(esc, "\u009b", "\u009d", "\r", "\n", "\r\n", "[", "]", "0;", "m", "\\", "\u0007", "\u0090"),
  fc.string({ unit: "binary", maxLength: 4 }),
);

test("nothing that a terminal acts on is left, whatever came, and every line that came is there", () => {
  fc.assert(
    fc.property(
      fc.array(piece).map((all) => all.join("")),
      (raw) => {
        const plain = plainText(raw);
        expect(plain).not.toMatch(/(?![\t\n])[\p{Cc}\p{Cf}]/u);
        expect(plain.split("\n").length).toBeGreaterThanOrEqual(raw.split("\n").length);
        expect(plainText(plain)).toBe(plain);
      },
    ),
  );
});

test("in pieces it is the same as in one, wherever they are cut", () => {
  fc.assert(
    fc.property(fc.array(piece), fc.integer({ min: 1, max: 7 }), (parts, size) => {
      const raw = parts.join("");
      const stream = new PlainTextStream();
      let plain = "";
      for (let at = 0; at < raw.length; at += size) plain += stream.add(raw.slice(at, at + size));
      expect(plain + stream.end()).toBe(plainText(raw));
    }),
  );
});

test.each([
  ["CR", "\r"],
  ["a C1 introducer", "\u009d"],
  ["ESC ]", "\u001b]"],
  ["ESC [", "\u001b["],
  ["ESC", "\u001b"],
  ["blanks of a CSI", "\u001b[ "],
  ["format characters", "\u202e"],
])(
  "a megabyte of nothing but %s takes no longer than its length",
  (_what, unit) => {
    // A quadratic one would take minutes: the test's own limit ends it.
    const raw = unit.repeat(Math.ceil(1_000_000 / unit.length));
    expect(plainText(raw)).not.toContain("\u001b");
    expect(plainText(`${raw}\nx`).endsWith("\nx")).toBe(true);
    const stream = new PlainTextStream();
    for (let at = 0; at < raw.length; at += 32_768) stream.add(raw.slice(at, at + 32_768));
    expect(stream.end()).not.toContain("\u001b");
  },
  20_000,
);

test("a sequence that does not end is not waited for without end", () => {
  const stream = new PlainTextStream();
  expect(stream.add(`${esc}]0;${"x".repeat(5000)}`)).toBe(`0;${"x".repeat(5000)}`);
});
