import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

/** A Pulumi project of its own in a temporary folder: local state, no account, no prompt. */
export interface DemoProject {
  readonly folder: string;
  /** Variables that make `pulumi` work on it. */
  readonly env: Readonly<Record<string, string>>;
  /** Aborted: the demo ends; what runs is asked to. */
  readonly signal: AbortSignal;
  remove(): Promise<void>;
}

/** Makes the project of a program. Its packages are links to the ones that this program itself runs with. */
export async function demoProject(program: string, signal: AbortSignal): Promise<DemoProject> {
  const folder = await mkdtemp(join(tmpdir(), "pulumi-chef-backend-demo-"));
  const state = join(folder, ".state");
  const modules = join(folder, "node_modules");
  const ourRoot = resolve(__dirname, "../../..");
  const pulumiScope = dirname(dirname(require.resolve("@pulumi/pulumi/package.json")));
  await mkdir(state);
  await mkdir(modules);
  await symlink(ourRoot, join(modules, "pulumi-chef-backend"));
  await symlink(pulumiScope, join(modules, "@pulumi"));
  await symlink(join(dirname(pulumiScope), ".bin"), join(modules, ".bin")).catch(() => undefined);
  await writeFile(join(folder, "Pulumi.yaml"), "name: rehearsal\nruntime: nodejs\nmain: index.js\n");
  await writeFile(
    join(folder, "package.json"),
    '{ "name": "rehearsal", "private": true, "main": "index.js" }\n',
  );
  await writeFile(join(folder, "index.js"), program);
  return {
    folder,
    signal,
    env: {
      PULUMI_BACKEND_URL: `file://${state}`,
      PULUMI_CONFIG_PASSPHRASE: randomBytes(9).toString("hex"),
      PULUMI_SKIP_UPDATE_CHECK: "true",
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
