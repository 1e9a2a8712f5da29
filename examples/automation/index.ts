import * as pulumi from "@pulumi/pulumi";
import { LocalWorkspace } from "@pulumi/pulumi/automation";
import { ChefBackendCluster } from "pulumi-chef-backend";
import type { Node, TimeoutArgs } from "pulumi-chef-backend";

async function program() {
  const config = new pulumi.Config();
  const cluster = new ChefBackendCluster("prod", {
    version: config.require("version"),
    nodes: config.requireObject<Node[]>("nodes"),
    connection: {
      user: config.get("user") ?? "root",
      privateKey: config.requireSecret("privateKey"),
      knownHosts: config.get("knownHosts"),
    },
    packageFile: { path: config.require("packagePath") },
    timeouts: config.getObject<TimeoutArgs>("timeouts"),
  });
  return { healthy: cluster.healthy };
}

const print = (text: string) => void process.stdout.write(text);

/** `npx tsc && node index.js prod`: upgrades, and prints what `pulumi up --diff` prints. */
async function main(stackName: string) {
  const stack = await LocalWorkspace.createOrSelectStack(
    { stackName, projectName: "chef-prod", program },
    // The folder with Pulumi.yaml and node_modules. Without it Pulumi makes an empty one, where this package is not found.
    { workDir: __dirname },
  );
  // The status and the warnings come as errors.
  const { outputs } = await stack.up({ diff: true, suppressOutputs: true, onOutput: print, onError: print });
  print(`healthy: ${outputs.healthy!.value}\n`);
}

main(process.argv[2] ?? "prod").catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
