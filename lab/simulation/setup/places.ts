import type { NodeTree } from "../nodeTree";

/** Where a new cluster and its frontends keep their files (vendor's page on the installation). */
export const places = {
  backendConfig: "/etc/chef-backend/chef-backend.rb",
  backendSecrets: "/etc/chef-backend/chef-backend-secrets.json",
  serverConfig: "/etc/opscode/chef-server.rb",
  serverSecrets: "/etc/opscode/private-chef-secrets.json",
  bootstrapped: "/var/opt/opscode/bootstrapped",
} as const;

export function writeFile(tree: NodeTree, path: string, content: string, mode = 0o600): void {
  makeFolder(tree, path.replace(/\/[^/]*$/, ""));
  tree.write(path, { kind: "file", content, mode, owner: "root:root" });
}

/** A folder, with those above it. */
export function makeFolder(tree: NodeTree, path: string): void {
  if (path === "" || tree.read(path)) return;
  makeFolder(tree, path.replace(/\/[^/]*$/, ""));
  tree.write(path, { kind: "directory", content: "", mode: 0o755, owner: "root:root" });
}

/** The text of a file in a tree; empty when there is none. */
export const textOf = (tree: NodeTree, path: string): string => tree.read(path)?.content ?? "";
