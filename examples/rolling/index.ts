import * as pulumi from "@pulumi/pulumi";
import { ChefBackendCluster } from "pulumi-chef-backend";
import type { Node, TimeoutArgs } from "pulumi-chef-backend";

const config = new pulumi.Config();

// Bump the version (`pulumi config set version 2.3.16`), look at `pulumi preview --diff`, then `pulumi up`.
const cluster = new ChefBackendCluster("prod", {
  version: config.require("version"),
  nodes: config.requireObject<Node[]>("nodes"),
  connection: {
    user: config.get("user") ?? "root",
    privateKey: config.requireSecret("privateKey"),
    knownHosts: config.get("knownHosts"),
  },
  // The package lies on every node already; see README.md for uploads and downloads.
  packageFile: { path: config.require("packagePath") },
  timeouts: config.getObject<TimeoutArgs>("timeouts"),
});

export const leader = cluster.leader;
export const installedVersions = cluster.installedVersions;
export const failover = cluster.failover;
export const healthy = cluster.healthy;
