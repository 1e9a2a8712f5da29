import { format, inspect } from "node:util";
import { REDACTED, Secret } from "../../provider/secrets/secret";

const canary = "hunter2";
const secret = new Secret(canary);

test.each<[string, string]>([
  ["a template string", `${secret}`],
  ["concatenation", "" + String(secret)],
  ["JSON", JSON.stringify({ deep: [{ secret }] })],
  ["inspect", inspect({ deep: { secret } }, { showHidden: true, depth: 9 })],
  ["console's format", format("%s %o %j", secret, secret, secret)],
  ["an error", new Error(`wrong: ${secret}`).message],
  ["its own keys", JSON.stringify([Object.entries(secret), Object.getOwnPropertyNames(secret)])],
])("printed by %s it is not seen", (_how, text) => {
  expect(text).not.toContain(canary);
});

test("only reveal gives it", () => {
  expect(secret.reveal()).toBe(canary);
  expect(String(secret)).toBe(REDACTED);
});
