import * as pulumi from "@pulumi/pulumi";
import { ChefBackendMigration } from "pulumi-chef-backend";
import type { MigrationTimeoutArgs, Node } from "pulumi-chef-backend";

const config = new pulumi.Config();
const version = config.require("version");

// Days before: `pulumi config set rehearse true` and `pulumi up`. The new cluster is built and filled while the old
// system serves; `durations` and `differences` say what the real one will be like. Then, in your maintenance window:
// `pulumi config set rehearse false`, `pulumi config set allowDowntime 2.3.16`, `pulumi up`, and lead DNS or the load
// balancer to `frontendAddresses`.
const migration = new ChefBackendMigration("prod", {
  version,
  packageFile: { path: config.require("packagePath") },
  // Three fresh machines; the text is for all of them, each one's own address is added.
  nodes: config.requireObject<Node[]>("nodes"),
  backendConfig: config.require("backendConfig"),
  frontends: {
    nodes: config.requireObject<Node[]>("frontends"),
    version: config.require("frontendVersion"),
    packageFile: { path: config.require("frontendPackagePath") },
    // Read it first: https://www.chef.io/end-user-license-agreement
    acceptLicense: config.requireBoolean("acceptLicense"),
    knife: config.get("knife"),
  },
  // The old pair is looked at; its frontends are closed for the final copy, and stay so once everything has moved.
  source: {
    backends: config.requireObject<Node[]>("oldBackends"),
    frontends: config.requireObject<Node[]>("oldFrontends"),
    knife: config.get("oldKnife"),
  },
  connection: {
    user: config.get("user") ?? "root",
    privateKey: config.requireSecret("privateKey"),
    knownHosts: config.get("knownHosts"),
  },
  rehearse: config.getBoolean("rehearse"),
  allowDowntime: config.get("allowDowntime"),
  timeouts: config.getObject<MigrationTimeoutArgs>("timeouts"),
});

export const phase = migration.phase;
export const frontendAddresses = migration.frontendAddresses;
export const counts = migration.counts;
export const differences = migration.differences;
export const durations = migration.durations;
export const archive = migration.archive;
export const tidyReport = migration.tidyReport;
