/** The public types under Pulumi's own compiler, which compiles a program without another: the oldest of all. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Compiler, everything, mistakes, typeCheck } from "../support/typeCheck";
import { repository } from "../support/pulumiStack";

const compiler = jest.requireActual<Compiler>(
  join(repository, "node_modules/@pulumi/pulumi/vendor/typescript@3.8.3/typescript.js"),
);

test("takes a program that uses everything, and finds each mistake in one", () => {
  const lines = mistakes.map(([line]) => line).join("\n");
  const { ours } = typeCheck(compiler, everything + lines);
  for (const [, error] of mistakes) expect(ours.filter((text) => error.test(text))).toHaveLength(1);
  expect(ours).toHaveLength(mistakes.length);
});

const examples = readdirSync(join(repository, "examples")).filter((name) => name !== "github-actions");

test.each(examples)("knows every word of the example %s", (example) => {
  const text = readFileSync(join(repository, "examples", example, "index.ts"), "utf8");
  expect(compiler.transpileModule(text, { reportDiagnostics: true }).diagnostics).toEqual([]);
});

test("it is the version that the documentation names", () => {
  expect(compiler.version).toBe("3.8.3");
});
