import { execFile } from "node:child_process";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { linkPackages } from "../../support/pulumiStack";
import { front } from "./front";
import { type Declared, programText } from "./program";

/** A folder for programs that run without an engine. */
export async function programFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "pulumi-chef-backend-test-"));
  await linkPackages(folder);
  return folder;
}

/** What a program hands to the engine for one resource, or why it could not: under `(program)` if that came later. */
export type Registered = { readonly inputs: Record<string, unknown> } | { readonly threw: string };

/** In place of the engine: notes what is registered, with the SDK's marks of what is secret. */
const watch = `const { MockMonitor } = require("@pulumi/pulumi/runtime/mocks");
const { setMockOptions } = require("@pulumi/pulumi/runtime/settings");
const runtime = require("@pulumi/pulumi").runtime;
const registered = {};
const note = (name, what) => { registered[name] ??= what; };
const register = MockMonitor.prototype.registerResource;
MockMonitor.prototype.registerResource = function (request, callback) {
  note(request.getName(), { inputs: request.getObject().toJavaScript() });
  return register.call(this, request, callback);
};
runtime.setMocks({ newResource: ({ name, inputs }) => ({ id: name, state: inputs }), call: () => ({}) }, "rehearsal", "test", true);
process.on("unhandledRejection", (error) => note("(program)", { threw: String(error) }));
globalThis.built = (name, build) => { try { build(); } catch (error) { note(name, { threw: String(error) }); } };
process.on("exit", () => require("fs").writeFileSync("registered.json", JSON.stringify(registered)));
`;

/**
 * What the SDK makes of each resource of a program, without an engine: its constructors and serialisation, which is
 * where a wrong kind of value would first do harm.
 */
export async function registered(
  folder: string,
  resources: Readonly<Record<string, Declared>>,
): Promise<Record<string, Registered>> {
  await writeFile(join(folder, "program.json"), JSON.stringify({ resources }));
  await writeFile(join(folder, "registered.js"), watch + programText(front));
  await promisify(execFile)(process.execPath, ["registered.js"], { cwd: folder });
  return JSON.parse(await readFile(join(folder, "registered.json"), "utf8")) as Record<string, Registered>;
}
