/** The Pulumi CLI from Go modules, for machines that reach a Go module proxy but not Pulumi's downloads. */
import { chmod, copyFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { modules, root } from "./paths.mjs";
import { version } from "./pulumiFolder.mjs";
import { SetupError, run, say } from "./run.mjs";

/** One Go module each: the two need versions of the same modules that do not go together. */
const cli = join(root, "tools", "pulumi-cli", "cli");
const languageHost = join(root, "tools", "pulumi-cli", "language-nodejs");

const versionVariable = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version";

/** @param {string} folder receives `bin/` */
export async function buildFromGo(folder) {
  await checkGo();
  say(`Building the Pulumi CLI ${version} from Go modules.`);
  const bin = join(folder, "bin");
  const flags = `-s -w -X ${versionVariable}=v${version}`;
  await goBuild(
    "the Pulumi CLI",
    cli,
    "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    flags,
    bin,
    "about 5 minutes on 2 cores, once",
  );
  const host = "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs";
  await goBuild("Pulumi's host for Node programs", languageHost, host, "-s -w", bin, "about 1 minute, once");
  // The host of dynamic providers is a script; the SDK has it.
  const script = "pulumi-resource-pulumi-nodejs";
  await copyFile(join(modules, "@pulumi", "pulumi", script), join(bin, script));
  await chmod(join(bin, script), 0o755);
}

async function checkGo() {
  await run("asking for Go's version", ["go", "version"]).catch(() => {
    throw new SetupError("there is no go on the PATH");
  });
  const pinned = await readFile(join(cli, "go.mod"), "utf8");
  if (!pinned.includes(`github.com/pulumi/pulumi/pkg/v3 v${version}\n`)) {
    throw new SetupError(`tools/pulumi-cli/cli/go.mod names another version than package.json (${version})`);
  }
}

function goBuild(name, module, source, ldflags, bin, usual) {
  // A plain build, whatever the machine's own settings: no C compiler, no workspace, no version control.
  const env = { ...process.env, CGO_ENABLED: "0", GOWORK: "off" };
  const command = [
    "go",
    "build",
    "-trimpath",
    "-buildvcs=false",
    "-ldflags",
    ldflags,
    "-o",
    `${bin}/`,
    source,
  ];
  return run(`building ${name} from Go modules`, command, { cwd: module, env, usual });
}
