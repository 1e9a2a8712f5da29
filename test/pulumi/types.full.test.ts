/** The public types under compilers that are not here: of their registry. */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { given, inRegistry } from "../support/needs";
import { type Compiler, everything, mistakes, typeCheck } from "../support/typeCheck";

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
      expect(typeCheck(compiler, everything).ours).toEqual([]);
      const { ours } = typeCheck(compiler, everything + mistakes.map(([line]) => line).join("\n"));
      expect(ours).toHaveLength(mistakes.length);
    });
  });
