import * as pulumi from "@pulumi/pulumi";
import { ChefBackendCluster } from "pulumi-chef-backend";
import type { Drain, Node, TimeoutArgs } from "pulumi-chef-backend";

const config = new pulumi.Config();

// The backends first, one after another; then the frontends: the first alone, then the others one after another.
const cluster = new ChefBackendCluster("prod", {
  version: config.require("version"),
  nodes: config.requireObject<Node[]>("nodes"),
  connection: {
    user: config.get("user") ?? "root",
    privateKey: config.requireSecret("privateKey"),
    knownHosts: config.get("knownHosts"),
  },
  packageFile: { path: config.require("packagePath") },
  // `15.9.38` in a maintenance window: the first 15 rebuilds the search index, and no frontend serves meanwhile.
  allowDowntime: config.get("allowDowntime"),
  frontends: {
    nodes: config.requireObject<Node[]>("frontends"),
    version: config.require("frontendVersion"),
    packageFile: { path: config.require("frontendPackagePath") },
    // Read the license first; 13 and later ask for it.
    acceptLicense: config.getBoolean("acceptLicense"),
    // `15.9.38` leaves the search index as it is, instead of closing all frontends while it is rebuilt.
    skipReindex: config.get("skipReindex"),
    // Days later, when all is well: `pulumi config set cleanup 15.9.38` destroys what the upgrade has left.
    cleanup: config.get("cleanup"),
    // Out of the load balancer before it is stopped: `pulumi config set --path drain.command "./balancer.sh out"`, `drain.undo`.
    drain: config.getObject<Drain>("drain"),
    // "reconfigure" does so with Chef Manage and other add-ons; without it the preview names what is left to do.
    addons: config.get("addons"),
  },
  timeouts: config.getObject<TimeoutArgs>("timeouts"),
});

export const installedVersions = cluster.installedVersions;
export const frontendVersions = cluster.frontendVersions;
export const frontendHealth = cluster.frontendHealth;
