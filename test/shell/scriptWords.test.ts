import { spawnSync } from "node:child_process";
import { scriptWords } from "../../provider/shell/scriptWords";
import { cannotBeSent, hostileStrings } from "../security/hostileStrings";

const all = hostileStrings("touch /hostile-canary").filter((text) => !cannotBeSent(text));
/** What one of the tried shells reads inside single quotes: csh, tcsh (line end, !), fish (\\, \'), all (the quote). */
const unsafe = /[\n!]|\\\\|\\'/;

test("any text is one line of quoted words, without anything that some shell reads in them", () => {
  for (const text of all) {
    const words = scriptWords(text);
    expect(words).toMatch(/^('[^']{1,5000}'( |$))*$/);
    expect(words).not.toMatch(unsafe);
  }
});

test("printf makes the same text of it again, byte for byte", () => {
  const long = `${all.join("\n")}${"it's! \\ 漢😀\n".repeat(2000)}.`;
  for (const text of [...all.slice(0, 40), long]) {
    const run = spawnSync("/bin/sh", ["-c", `printf %b ${scriptWords(text)}`], { encoding: "utf8" });
    expect(run.stdout).toBe(text);
  }
});

test("the text of a script can be read in it", () => {
  expect(scriptWords("set -u\necho 'it is!'")).toBe(String.raw`'set -u\necho \0047it is\0041\0047'`);
  expect(scriptWords("")).toBe("");
});

test("what cannot be sent is refused", () => {
  expect(() => scriptWords("a\0b")).toThrow(TypeError);
  expect(() => scriptWords("\ud800")).toThrow(TypeError);
});
