/** A test file's name says its tier (CONTRIBUTING.md): held to what the file uses. */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const folder = resolve(__dirname, "..");
const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
  // Beside this one lie tests of the runner, and for a moment the failing ones that they write.
  .filter((name) => name.endsWith(".test.ts") && !name.startsWith("tiers/"))
  .map((name) => ({ name, text: readFileSync(join(folder, name), "utf8") }));
const using = (what: RegExp) => files.filter(({ text }) => what.test(text)).map(({ name }) => name);
const slow = (name: string) => /\.(full|soak)\.test\.ts$/.test(name);

test("real machines and OpenSSH are in the full tier", () => {
  const found = using(/\b(?:describeMachines|describeKills|withOpenSsh|startSshd)\(/);
  expect(found.length).toBeGreaterThan(10);
  expect(found.filter((name) => !slow(name))).toEqual([]);
});

test("of the real engine the quick tier has the main job, a failure, and each system's example", () => {
  const found = using(
    /\b(?:LabStack\.\w+|PulumiStack\.create|exampleStack|new Examples|MachinesStack\.create)\(/,
  );
  // By these paths `npm test -- NAME` knows whether it needs a Pulumi CLI (tools/test.mjs).
  expect(found.filter((name) => !/^(pulumi|machines)\/|\/engine\.full\./.test(name))).toEqual([]);
  expect(found.filter((name) => !slow(name)).sort()).toEqual([
    "pulumi/examples.test.ts",
    "pulumi/goesWrong.test.ts",
    "pulumi/mainJob.test.ts",
  ]);
});

test("what draws at random, or looks at some of many moments, tries more in the full tier", () => {
  const found = using(/\b(?:randomRuns|stride|sampled|everyCommandLies|strikeEveryStep)\(/);
  expect(found.length).toBeGreaterThan(10);
  expect(found.filter((name) => !slow(name) && !name.endsWith(".sampled.test.ts"))).toEqual([]);
  const named = files.map(({ name }) => name).filter((name) => name.endsWith(".sampled.test.ts"));
  expect(named.filter((name) => !found.includes(name))).toEqual([]);
});
