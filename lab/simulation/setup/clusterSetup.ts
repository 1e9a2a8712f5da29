import type { Backend } from "../cluster/backend";
import { diskOf } from "../nodeDisk";
import type { Run } from "../programs/program";
import { makeFolder, places, textOf, writeFile } from "./places";

/** Options of `create-cluster` and `join-cluster` with a value; the others of the vendor's page have none. */
const valued = ["-s", "--secrets-file-path", "-p", "--publish-address", "-i", "--vip-interface"];
const waits = ["--elasticsearch-wait-time", "--etcd-wait-time"];
const flags = ["--accept-license", "-y", "--yes", "--quiet", "--verbose"];

interface Setup {
  readonly words: readonly string[];
  readonly options: Readonly<Record<string, string>>;
}

/** @returns what is asked for; a string is the complaint */
function parse(args: readonly string[]): Setup | string {
  const words: string[] = [];
  const options: Record<string, string> = {};
  for (let at = 0; at < args.length; at++) {
    const [word, given] = args[at]!.split(/=(.*)/s, 2) as [string, string | undefined];
    if ([...valued, ...waits].includes(word)) options[word] = given ?? args[++at] ?? "";
    else if (flags.includes(word)) options[word] = "";
    else if (word.startsWith("-")) return `ERROR: invalid option: ${word}`;
    else words.push(word);
  }
  if (!("--accept-license" in options)) return "ERROR: the license must be accepted: --accept-license";
  if (!("-y" in options || "--yes" in options)) return "ERROR: no terminal to confirm on: use --yes";
  return { words, options };
}

/** `chef-backend-ctl create-cluster --accept-license --yes`: the first node of a new cluster, which leads it. */
export async function createCluster(run: Run, args: readonly string[]): Promise<number> {
  const { sim, backend } = run;
  const setup = parse(args);
  if (typeof setup === "string") return run.fail(1, setup);
  run.changes();
  await run.sleep(sim.timings.control);
  if (sim.members.length > 0) {
    sim.accidents.push(`${backend.name}: create-cluster ran where a cluster is`);
    return run.fail(1, "ERROR: a cluster has been created already");
  }
  const failed = await configure(run, setup);
  if (failed !== 0) return failed;
  const tree = sim.tree(backend.name);
  const password = sim.random.hex(60);
  writeFile(
    tree,
    places.backendSecrets,
    `${JSON.stringify({ postgresql: { db_superuser_password: password } }, null, 2)}\n`,
  );
  begin(run);
  sim.cluster.force(backend);
  run.say(
    "Chef Backend cluster created. Add further nodes with chef-backend-ctl join-cluster, one after another.",
  );
  return 0;
}

/** `chef-backend-ctl join-cluster PEER_IP -s SECRETS --accept-license --yes`. */
export async function joinCluster(run: Run, args: readonly string[]): Promise<number> {
  const { sim, backend } = run;
  const setup = parse(args);
  if (typeof setup === "string") return run.fail(1, setup);
  run.changes();
  await run.sleep(sim.timings.control);
  if (backend.joined)
    return run.fail(1, "ERROR: this node is already configured for a cluster: use --recovery");
  const { words, options } = setup;
  const path = run.path(options["-s"] ?? options["--secrets-file-path"] ?? places.backendSecrets);
  const peer = sim.members.find(({ ip, addresses }) => ip === words[0] || addresses.includes(words[0] ?? ""));
  if (!peer?.running("etcd")) return run.fail(1, `ERROR: no node of a cluster answers at ${words[0] ?? ""}`);
  const secrets = await diskOf(run).read(path);
  sim.givenSecrets.push({ node: backend.name, path });
  if (secrets === undefined || secrets.trim() === "")
    return run.fail(1, `ERROR: ${path} is no valid secrets file`);
  if (secrets !== textOf(sim.tree(peer.name), places.backendSecrets))
    return run.fail(1, `ERROR: the cluster at ${peer.ip} does not accept the secrets of ${path}`);
  const others = sim.backends.filter((each) => each !== backend && joins(each));
  if (others.length > 0) {
    sim.accidents.push(
      `${backend.name}: join-cluster ran while ${others.map(({ name }) => name).join(", ")} was joining`,
    );
    return run.fail(1, "ERROR: etcdserver: re-configuration failed due to not enough started members");
  }
  backend.joining = true;
  try {
    const failed = await configure(run, setup);
    if (failed !== 0) return failed;
    writeFile(sim.tree(backend.name), places.backendSecrets, secrets);
    begin(run);
  } finally {
    backend.joining = false;
  }
  run.say(`${backend.name} has joined the cluster.`);
  return 0;
}

/** Its `join-cluster` runs, or it is not in step with the others since. */
function joins(backend: Backend): boolean {
  return backend.joining || (backend.joined && !backend.inStep);
}

/** What both do: the node's own configuration, and the time that it takes. */
async function configure(run: Run, { options }: Setup): Promise<number> {
  const { sim, backend } = run;
  const tree = sim.tree(backend.name);
  const asked = options["-p"] ?? options["--publish-address"];
  const config = textOf(tree, places.backendConfig);
  if (asked !== undefined && config !== "")
    return run.fail(1, `ERROR: ${places.backendConfig} exists: --publish-address cannot be used`);
  const address = asked ?? /^\s*publish_address[\s=(]+["']([^"']+)["']/m.exec(config)?.[1];
  if (address === undefined)
    return run.fail(
      1,
      `ERROR: no terminal to ask for the address: set publish_address in ${places.backendConfig}`,
    );
  if (!backend.addresses.includes(address))
    return run.fail(1, `ERROR: the address ${address} does not exist on this node`);
  run.say("Configuring Chef Backend...");
  await run.sleep(sim.timings.setUp);
  const { setupFails } = backend.switches;
  if (setupFails) return run.fail(setupFails.code, setupFails.message);
  // What the page of join-cluster names; the sample has the node's own address in both.
  if (config === "")
    writeFile(tree, places.backendConfig, `publish_address '${address}'\nvip '${address}'\n`, 0o644);
  for (const name of ["elasticsearch", "etcd", "leaderl", "postgresql"])
    makeFolder(tree, `/var/opt/chef-backend/${name}/data`);
  return 0;
}

/** From here on the node belongs to the cluster. */
function begin({ sim, backend }: Run): void {
  backend.join(backend.installed);
  sim.members.push(backend);
  backend.start();
}
