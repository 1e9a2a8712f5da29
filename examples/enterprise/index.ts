import * as pulumi from "@pulumi/pulumi";
import { EnterpriseChefCluster } from "pulumi-chef-backend";
import type { EnterpriseTimeoutArgs, Node } from "pulumi-chef-backend";

const config = new pulumi.Config();

// Adopt the system at its version first. Then `pulumi config set version 11.3.2`, `pulumi config set allowDowntime
// 11.3.2`, look at `pulumi preview --diff`, and `pulumi up` in your maintenance window. Test what you have got; then,
// on another day, `pulumi config set cleanup true` destroys the old data.
const chef = new EnterpriseChefCluster("chef", {
  version: config.require("version"),
  // In any order: which one is the bootstrap backend is read from them.
  nodes: config.requireObject<Node[]>("nodes"),
  frontends: { nodes: config.requireObject<Node[]>("frontends") },
  connection: {
    user: config.get("user") ?? "root",
    privateKey: config.requireSecret("privateKey"),
    knownHosts: config.get("knownHosts"),
  },
  packageFile: { path: config.require("packagePath") },
  // The only way back: where it is, in your words.
  backupReference: config.require("backupReference"),
  // Consent for this one target: it does not stay for the next.
  allowDowntime: config.get("allowDowntime"),
  cleanup: config.getBoolean("cleanup"),
  timeouts: config.getObject<EnterpriseTimeoutArgs>("timeouts"),
});

export const versions = chef.versions;
export const master = chef.master;
export const drbd = chef.drbd;
export const attempts = chef.attempts;
export const installLogs = chef.installLogs;
export const frontendHealth = chef.frontendHealth;
export const backupReference = chef.backupReference;
export const cleanedUp = chef.cleanedUp;
