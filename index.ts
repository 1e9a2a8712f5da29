/**
 * A program that upgrades any Chef Backend cluster and its frontends: point it at yours with `pulumi config set`,
 * see README.md.
 */
import * as pulumi from "@pulumi/pulumi";
import { ChefBackendCluster, type ChefBackendClusterArgs } from "pulumi-chef-backend";

const config = new pulumi.Config();

/** Structured configuration; a secret anywhere in it makes the whole value secret. */
function structured<T>(key: string): pulumi.Output<T> | undefined {
  return config.getSecretObject<T>(key);
}

/** `pulumi config set --path` stores a decimal such as 0.5 as text. */
function numbers(values: Record<string, number | string> | undefined): Record<string, number> | undefined {
  return values && Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value)]));
}

const cluster = new ChefBackendCluster("chef-backend", {
  version: config.require("version"),
  nodes: config.requireObject<ChefBackendClusterArgs["nodes"]>("nodes"),
  connection: structured("connection"),
  packageFile: config.getObject("packageFile"),
  packageFiles: config.getObject("packageFiles"),
  takeOverFailover: config.getBoolean("takeOverFailover"),
  failoverGuard: config.getNumber("failoverGuard"),
  breakLock: config.get("breakLock"),
  goneMachines: config.getObject("goneMachines"),
  allowDowntime: config.get("allowDowntime"),
  acceptFailedScripts: config.get("acceptFailedScripts"),
  backup: config.getBoolean("backup"),
  backupTimeout: config.getNumber("backupTimeout"),
  rebuildIndex: config.get("rebuildIndex"),
  reindexTestOrg: config.get("reindexTestOrg"),
  acceptPartialIndex: config.getObject("acceptPartialIndex"),
  frontends: config.getObject("frontends"),
  timeouts: numbers(config.getObject("timeouts")),
});

export const leader = cluster.leader;
export const installedVersions = cluster.installedVersions;
export const runningVersions = cluster.runningVersions;
export const failover = cluster.failover;
export const healthy = cluster.healthy;
export const lastUpgrade = cluster.lastUpgrade;
export const frontendVersions = cluster.frontendVersions;
export const frontendHealth = cluster.frontendHealth;
export const backups = cluster.backups;
export const recommendations = cluster.recommendations;
