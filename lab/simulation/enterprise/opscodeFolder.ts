import type { NodeTree, TreeEntry } from "../nodeTree";
import type { Random } from "../random";
import { upstreamOf } from "../version";

export const opscodeFolder = "/etc/opscode";
/** Each machine writes its own at every `reconfigure` and `upgrade`. */
const running = `${opscodeFolder}/private-chef-running.json`;

const ROOT = "root:root";
/** Whom the product's package makes. */
const OPSCODE = "opscode:opscode";

const file = (content: string, mode = 0o644, owner = ROOT): TreeEntry => ({
  kind: "file",
  content,
  mode,
  owner,
});
const folder = (mode = 0o755): TreeEntry => ({ kind: "directory", content: "", mode, owner: ROOT });
const json = (value: object) => `${JSON.stringify(value, null, 2)}\n`;
const pem = (kind: string, random: Random) =>
  `-----BEGIN ${kind}-----\n${random.hex(64)}\n-----END ${kind}-----\n`;

/** What lies in `/etc/opscode` below `private-chef.rb`, the same on all machines of a system. */
export function firstFiles(random: Random): Record<string, TreeEntry> {
  return {
    "private-chef-secrets.json": file(
      json({
        postgresql: { sql_password: random.hex(60), sql_ro_password: random.hex(60) },
        rabbitmq: { password: random.hex(50), jobs_password: random.hex(50) },
        keepalived: { vrrp_instance_password: random.hex(50) },
        drbd: { shared_secret: random.hex(60) },
      }),
      0o600,
    ),
    "webui_priv.pem": file(pem("RSA PRIVATE KEY", random), 0o600, OPSCODE),
    "webui_pub.pem": file(pem("PUBLIC KEY", random)),
    "worker-private.pem": file(pem("RSA PRIVATE KEY", random), 0o600, OPSCODE),
    "worker-public.pem": file(pem("PUBLIC KEY", random)),
    "dark_launch_features.json": file(json({ couchdb_users: true, sql_users: false }), 0o644, OPSCODE),
    "logrotate.d": folder(),
    "logrotate.d/opscode-erchef": file("/var/log/opscode/opscode-erchef/*.log {\n  daily\n}\n"),
    ssl: folder(0o700),
    "ssl/chef.lab.example.com.key": file(pem("RSA PRIVATE KEY", random), 0o400),
    "ssl/current.key": { ...file("chef.lab.example.com.key", 0o777), kind: "symbolic link" },
    "what we changed.txt": file("An administrator's own note: it is copied as well.\n", 0o640),
  };
}

/** Lays the folder down on a machine. */
export function layFolder(
  tree: NodeTree,
  files: Readonly<Record<string, TreeEntry>>,
  privateChefRb: string,
): void {
  tree.write(opscodeFolder, folder());
  for (const [name, entry] of Object.entries({ "private-chef.rb": file(privateChefRb), ...files }))
    tree.write(`${opscodeFolder}/${name}`, entry);
}

/** What each run of the product's cookbooks leaves: the machine's own attributes. */
export function writeRunning(tree: NodeTree, name: string, version: string): void {
  tree.write(running, file(json({ private_chef: { node: name, version: upstreamOf(version) } }), 0o600));
}

/** What the first `upgrade` of the primary backend does to the folder: new secrets, new keys, changed features. */
export function upgradeFolder(tree: NodeTree, random: Random): void {
  const at = (name: string) => `${opscodeFolder}/${name}`;
  if (tree.read(at("pivotal.pem"))) return;
  const old = tree.read(at("private-chef-secrets.json"))?.content ?? "{}";
  const secrets = { ...(JSON.parse(old) as object), oc_bifrost: { superuser_id: random.hex(32) } };
  const added: Record<string, TreeEntry> = {
    "private-chef-secrets.json": file(json(secrets), 0o600),
    "dark_launch_features.json": file(json({ couchdb_users: false, sql_users: true }), 0o644, OPSCODE),
    "pivotal.pem": file(pem("RSA PRIVATE KEY", random), 0o600, OPSCODE),
    "pivotal.cert": file(pem("CERTIFICATE", random), 0o644, OPSCODE),
    "logrotate.d/oc_bifrost": file("/var/log/opscode/oc_bifrost/*.log {\n  daily\n}\n"),
    migrations: folder(0o750),
    "migrations/11": file(json({ phase_1: "done", phase_2: "done" }), 0o640, OPSCODE),
  };
  for (const [name, entry] of Object.entries(added)) tree.write(at(name), entry);
}

/** In what two machines' folders differ, by path; their own attributes left out. */
export function differences(one: NodeTree, other: NodeTree): string[] {
  const [a, b] = [one, other].map((tree) => new Map(tree.list(opscodeFolder))) as [Listing, Listing];
  const paths = [...new Set([...a.keys(), ...b.keys()])].filter((path) => path !== running);
  return paths.filter((path) => !same(a.get(path), b.get(path))).sort();
}
type Listing = Map<string, TreeEntry>;

function same(a: TreeEntry | undefined, b: TreeEntry | undefined): boolean {
  if (!a || !b) return false;
  // A link's own mode means nothing.
  const mode = a.kind === "symbolic link" || a.mode === b.mode;
  return mode && a.kind === b.kind && a.content === b.content && a.owner === b.owner;
}
