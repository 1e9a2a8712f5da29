/** What sudo was recorded to say, or was found to say in public, becomes the reason that stands beside it. */
import type { ExecResult } from "../../provider/ssh/execResult";
import { targetOf } from "../../provider/ssh/settings";
import { sudoFailure } from "../../provider/ssh/sudo";
import { found } from "./corpus";

const settings = { host: "backend-1", user: "chef", sudo: true };
const reasons: Readonly<Record<string, RegExp>> = {
  "wrong-password": /sudoPassword is wrong/,
  "password-required": /sudo asks for a password/,
  "not-allowed": /is not allowed to become root/,
  requiretty: /wants a terminal/,
  "sudo-broken": /sudo ended with status 1 .*It said: sudo: /,
};

test.each(found("sudo").filter(({ facts }) => facts.root === false))("$name, $source", ({ text, facts }) => {
  const result = { stdout: "", stderr: text, code: 1, signal: null } as ExecResult;
  const { message, transient } = sudoFailure(targetOf(settings, "node"), settings, result);
  expect(message).toMatch(reasons[facts.reason as string]!);
  // Only known reasons are final.
  expect(transient).toBe(facts.reason === "sudo-broken");
});

test.each([
  "sh: 1: exec: sudo: not found", // dash
  "sh: line 1: exec: sudo: not found", // bash
])("no sudo: %s", (stderr) => {
  const result = { stdout: "", stderr: `${stderr}\n`, code: 127, signal: null } as ExecResult;
  expect(sudoFailure(targetOf(settings, "node"), settings, result).message).toContain(
    "sudo is not installed there",
  );
});
