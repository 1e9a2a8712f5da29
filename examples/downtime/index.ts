import * as pulumi from "@pulumi/pulumi";
import { ChefBackendCluster } from "pulumi-chef-backend";
import type { Node, TimeoutArgs } from "pulumi-chef-backend";

const config = new pulumi.Config();

// From 1.4.40 to 2.3.16: `pulumi config set version 2.3.16` and `pulumi config set allowDowntime 2.3.16`, look at
// `pulumi preview --diff` (each part of the way with its downtime), then `pulumi up` in your maintenance window.
const cluster = new ChefBackendCluster("prod", {
  version: config.require("version"),
  nodes: config.requireObject<Node[]>("nodes"),
  connection: {
    user: config.get("user") ?? "root",
    privateKey: config.requireSecret("privateKey"),
    knownHosts: config.get("knownHosts"),
  },
  packageFile: { path: config.require("packagePath") },
  // Consent for this one target: it does not stay for the next.
  allowDowntime: config.get("allowDowntime"),
  // All of them: each is reconfigured when the backends are up again. Their own version stays as it is.
  frontends: { nodes: config.requireObject<Node[]>("frontends") },
  timeouts: config.getObject<TimeoutArgs>("timeouts"),
});

export const installedVersions = cluster.installedVersions;
export const healthy = cluster.healthy;
export const frontendHealth = cluster.frontendHealth;
export const backups = cluster.backups;
