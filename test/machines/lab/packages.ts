import { createHash } from "node:crypto";
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, join } from "node:path";
import { elasticsearchOf } from "../../../lab/simulation/cluster/elasticsearch";
import { buildBaseRpm, buildDeb, buildRpm } from "./buildPackage";
import { run } from "./host";

/** What each package is made of, and where on a machine it goes. */
const products = {
  "chef-backend": {
    sources: join(__dirname, "../chef-backend"),
    library: "chefbackend",
    root: "opt/chef-backend",
  },
  "chef-server-core": {
    sources: join(__dirname, "../chef-server"),
    library: "chefserver",
    root: "opt/opscode",
  },
} as const;
export type Product = keyof typeof products;

const cache = join(homedir(), ".cache/pulumi-chef-backend/machines");

export interface Recipe {
  readonly product?: Product;
  readonly version: string;
  readonly family: "deb" | "rpm";
  /** What the package's script does at the end of its installation, beyond what it always does: for faults. */
  readonly afterInstall?: string;
}

/** The real package of a release, built once and kept under ~/.cache; its path. */
export function packageFile(recipe: Recipe): Promise<string> {
  const { product = "chef-backend", version, family, afterInstall = "" } = recipe;
  const { sources } = products[product];
  const name =
    family === "deb" ? `${product}_${version}-1_amd64.deb` : `${product}-${version}-1.el7.x86_64.rpm`;
  const manifest = { build_version: version, elasticsearch: elasticsearchOf(version) };
  return kept({ ...recipe, manifest }, name, async (scratch) => {
    const tree = join(scratch, "tree");
    const files = await layOut(tree, product, manifest);
    const script = (file: string) => readFile(join(sources, "scripts", file), "utf8");
    const scripts = {
      afterwards: `${await script("after-install.sh")}${afterInstall}\n`,
      before: await script("before-remove.sh"),
    };
    const contents = { scratch, name: product, tree, version, files, ...scripts };
    return family === "deb" ? buildDeb(contents) : buildRpm(contents);
  });
}

/** What an rpm machine has installed from the beginning: the shell that other packages' scripts need. */
export function basePackage(): Promise<string> {
  return kept({ base: 1 }, "lab-base-1-1.noarch.rpm", (scratch) => buildBaseRpm(scratch));
}

async function kept(
  recipe: object,
  name: string,
  build: (scratch: string) => Promise<string>,
): Promise<string> {
  const folder = join(cache, await fingerprint(recipe));
  const path = join(folder, name);
  if (await stat(path).catch(() => null)) return path;
  await mkdir(folder, { recursive: true });
  const scratch = await mkdtemp(join(folder, ".building-"));
  try {
    await rename(await build(scratch), path);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return path;
}

async function fingerprint(recipe: object): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify(recipe));
  const folders = Object.values(products).map(({ sources }) => sources);
  const entries = await Promise.all(
    folders.map((folder) => readdir(folder, { recursive: true, withFileTypes: true })),
  );
  const files = entries.flat().filter((each) => each.isFile() && !each.parentPath.includes("__pycache__"));
  const paths = files.map((each) => join(each.parentPath, each.name));
  for (const path of [...paths, __filename, join(__dirname, "buildPackage.ts")].sort())
    hash.update(basename(path)).update(await readFile(path));
  return hash.digest("hex").slice(0, 16);
}

/** The files of the package as they will lie on the machine; gives the paths that are the package's. */
async function layOut(tree: string, product: Product, manifest: object): Promise<string[]> {
  const { sources, library, root } = products[product];
  const ctl = `${product === "chef-backend" ? "chef-backend" : "chef-server"}-ctl`;
  const to = join(tree, root);
  const filter = (path: string) => !path.includes("__pycache__");
  await cp(join(sources, library), join(to, "embedded/lib", library), { recursive: true, filter });
  // Compiled here, once: control commands start so often that this counts.
  const compile = ["-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash"];
  await run(["/usr/bin/python3", ...compile, join(to, "embedded/lib", library)]);
  await cp(join(sources, "services"), join(to, "embedded/services"), { recursive: true });
  await mkdir(join(tree, "usr/bin"), { recursive: true });
  await cp(join(sources, ctl), join(tree, "usr/bin", ctl));
  await writeFile(join(to, "version-manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  await run(["chmod", "-R", "u=rwX,go=rX", tree]);
  return [`/${root}`, `/usr/bin/${ctl}`];
}
