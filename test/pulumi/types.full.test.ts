/** The public types under other compilers: ours, and those of the registry. */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import ts from "typescript";
import { given, inRegistry } from "../support/needs";
import { type Compiler, everything, mistakes, typeCheck } from "../support/typeCheck";

const findsTheMistakesOnly = (compiler: Compiler) => {
  const { ours } = typeCheck(compiler, everything + mistakes.map(([line]) => line).join("\n"));
  expect(ours).toHaveLength(mistakes.length);
};

const versions = ["4.1.6", "4.9.5", "5.0.4", "5.9.3"];

for (const version of versions)
  given(`types under TypeScript ${version}`, inRegistry(`typescript@${version}`)).describe(version, () => {
    let folder: string;
    let compiler: Compiler;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "pulumi-chef-backend-typescript-"));
      const install = ["install", "--prefix", folder, "--no-audit", "--no-fund", `typescript@${version}`];
      await promisify(execFile)("npm", install, { cwd: folder });
      compiler = jest.requireActual<Compiler>(join(folder, "node_modules/typescript/lib/typescript.js"));
    });
    afterAll(() => rm(folder, { recursive: true, force: true }));

    it("takes a program that uses everything, and finds each mistake in one", () => {
      expect(compiler.version).toBe(version);
      findsTheMistakesOnly(compiler);
    });
  });

describe("the newest one", () => {
  it("takes a program that uses everything, and finds each mistake in one", () => findsTheMistakesOnly(ts));

  it("reaches no package that the program does without", () => {
    const without = typeCheck(
      ts,
      'import * as pulumi from "@pulumi/pulumi"; export const a = pulumi.output(1);',
    );
    expect(typeCheck(ts, everything).packages.sort()).toEqual(without.packages.sort());
  });

  it.each(["commonjs", "esm"] as const)("finds nothing else wrong in a strict program: %s", (kind) => {
    expect(typeCheck(ts, everything, kind).all()).toEqual([]);
  });
});
