/** From where the text in the state finds the package, in folders as the package managers lay them out. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { repository } from "../support/pulumiStack";

let root: string;
beforeEach(() => (root = realpathSync(mkdtempSync(join(tmpdir(), "pulumi-chef-backend-found-")))));
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(path: string, content: string | object): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), typeof content === "string" ? content : JSON.stringify(content));
}

/** A package without a way to its package.json, as many are. */
const packageAt = (folder: string, dependencies: object) =>
  write(`${folder}/package.json`, { exports: { ".": "./index.mjs" }, dependencies });

/** Ours, whose handlers say where they are and what was asked. */
function oursAt(folder: string, text?: string): void {
  write(`${folder}/package.json`, { exports: { "./handlers": "./handlers.js" } });
  const methods = ["check", "create", "read", "diff", "update"].map(
    (name) => `${name}: (...given) => "${name} in ${folder}: " + JSON.stringify(given.slice(0, 3))`,
  );
  write(`${folder}/handlers.js`, text ?? `exports.chefBackendCluster = { ${methods.join(", ")} };`);
}

function link(from: string, to: string): void {
  mkdirSync(dirname(join(root, from)), { recursive: true });
  symlinkSync(join(root, to), join(root, from));
}

/** What the provider answers, or its error, in a process whose folder is the program's. */
function said(call = "check({}, {})", folder = "program"): string {
  const script = `const { dynamicProvider } = require(${JSON.stringify(join(repository, "dist/provider/pulumi/dynamicProvider.js"))});
try { console.log(dynamicProvider("chefBackendCluster").${call}) } catch (error) { console.log(error.message) }`;
  const { stdout, stderr } = spawnSync(process.execPath, ["-e", script], {
    cwd: join(root, folder),
    encoding: "utf8",
  });
  return (stdout + stderr).trim();
}

/** A program that depends on a component package, which alone has ours: pnpm's way. */
function component(): void {
  write("program/package.json", { dependencies: { events: "*", "@acme/chef": "*" } });
  link("program/node_modules/@acme/chef", "store/chef/node_modules/@acme/chef");
  packageAt("store/chef/node_modules/@acme/chef", { "pulumi-chef-backend": "*" });
}

test("the program's own comes first", () => {
  component();
  oursAt("store/chef/node_modules/pulumi-chef-backend");
  oursAt("program/node_modules/pulumi-chef-backend");
  expect(said()).toContain("in program/node_modules/pulumi-chef-backend");
});

test("each of the five gets what it was given", () => {
  write("program/package.json", {});
  oursAt("program/node_modules/pulumi-chef-backend");
  for (const call of [
    ...["check({}, {})", "create({})", 'read("id", {})'],
    ...['diff("id", {}, {})', 'update("id", {}, {})'],
  ]) {
    const [, name, given] = /^(\w+)\((.*)\)$/.exec(call)!;
    expect(said(call)).toBe(
      `${name} in program/node_modules/pulumi-chef-backend: ${JSON.stringify(JSON.parse(`[${given}]`))}`,
    );
  }
});

test("a component package's, behind pnpm's links", () => {
  component();
  oursAt("store/chef/node_modules/pulumi-chef-backend");
  expect(said()).toContain("in store/chef/node_modules/pulumi-chef-backend");
});

test("of a component that the program's component uses, also where packages depend on each other", () => {
  component();
  packageAt("store/chef/node_modules/@acme/chef", { inner: "*" });
  link("store/chef/node_modules/inner", "store/inner/node_modules/inner");
  packageAt("store/inner/node_modules/inner", { "@acme/chef": "*", "pulumi-chef-backend": "*" });
  link("store/inner/node_modules/@acme/chef", "store/chef/node_modules/@acme/chef");
  expect(said()).toContain("Add pulumi-chef-backend to the dependencies of");
  oursAt("store/inner/node_modules/pulumi-chef-backend");
  expect(said()).toContain("in store/inner/node_modules/pulumi-chef-backend");
});

test("for a program in a folder below its package.json", () => {
  component();
  oursAt("store/chef/node_modules/pulumi-chef-backend");
  mkdirSync(join(root, "program/src/main"), { recursive: true });
  expect(said("check({}, {})", "program/src/main")).toContain("in store/chef");
});

test("where it is nowhere, or there is no package.json at all, the error says what to add, and where", () => {
  mkdirSync(join(root, "program"));
  const message = `Add pulumi-chef-backend to the dependencies of ${join(root, "program")}`;
  expect(said()).toBe(message);
  component();
  expect(said()).toBe(message);
});

test("one that is broken says so itself", () => {
  write("program/package.json", {});
  oursAt("program/node_modules/pulumi-chef-backend", 'require("missing-of-ours");');
  expect(said()).toContain("Cannot find module 'missing-of-ours'");
});
