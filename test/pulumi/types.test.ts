/** The public types under the compilers that are here: Pulumi's own, which compiles a program without another, and ours. */
import { join } from "node:path";
import ts from "typescript";
import { type Compiler, everything, mistakes, typeCheck } from "../support/typeCheck";
import { repository } from "../support/pulumiStack";

const pulumis = jest.requireActual<Compiler>(
  join(repository, "node_modules/@pulumi/pulumi/vendor/typescript@3.8.3/typescript.js"),
);

describe.each([
  ["Pulumi's own TypeScript", pulumis],
  ["the newest TypeScript", ts],
])("%s", (_name, compiler) => {
  it("takes a program that uses everything", () => {
    expect(typeCheck(compiler, everything).ours).toEqual([]);
  });

  it("finds each mistake in one", () => {
    const lines = mistakes.map(([line]) => line).join("\n");
    const { ours } = typeCheck(compiler, everything + lines);
    for (const [, error] of mistakes) expect(ours.filter((text) => error.test(text))).toHaveLength(1);
    expect(ours).toHaveLength(mistakes.length);
  });
});

test("Pulumi's own is the version that the documentation names", () => {
  expect(pulumis.version).toBe("3.8.3");
});

test("the types reach no package that the program does without", () => {
  const without = typeCheck(
    ts,
    'import * as pulumi from "@pulumi/pulumi"; export const a = pulumi.output(1);',
  );
  expect(typeCheck(ts, everything).packages.sort()).toEqual(without.packages.sort());
});

test.each(["commonjs", "esm"] as const)("nothing else is wrong in a strict program: %s", (kind) => {
  expect(typeCheck(ts, everything, kind).all()).toEqual([]);
});
