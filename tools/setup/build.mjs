/** The compiled program in dist/, rebuilt when a source has changed. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, readdir, rm, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { npmCommand, root } from "./paths.mjs";
import { run, say } from "./run.mjs";

const sourceFolders = ["provider", "lab"];
const settings = ["tsconfig.json", "tsconfig.build.json", "package-lock.json"];
const dist = join(root, "dist");
const stamp = join(dist, ".sources");

/** Compiles provider/ and lab/ to dist/, unless dist/ was compiled from just these sources. */
export async function ensureBuild() {
  const sources = await sourceFiles();
  const fingerprint = await fingerprintOf([...settings, ...sources]);
  const before = await readFile(stamp, "utf8").catch(() => "");
  if (before === fingerprint && sources.every((source) => existsSync(compiled(source)))) return;
  say("Compiling the program (npm run build).");
  await run("compiling the program", [...npmCommand(), "run", "build", "--silent"], { cwd: root });
  await removeLeftovers();
  await writeFile(stamp, fingerprint);
}

async function sourceFiles() {
  const lists = await Promise.all(sourceFolders.map((folder) => filesUnder(join(root, folder))));
  return lists
    .flat()
    .filter((file) => file.endsWith(".ts"))
    .map((file) => relative(root, file))
    .sort();
}

/** Contents, not times: a checkout of another branch and back changes only the times. */
async function fingerprintOf(files) {
  const hash = createHash("sha256");
  for (const file of files) {
    hash.update(`${file}\0`).update(await readFile(join(root, file)));
  }
  return hash.digest("hex");
}

function compiled(source) {
  return join(dist, source.replace(/\.ts$/, ".js"));
}

/** Removes what was compiled from sources that are gone: it could still be imported, and would be published. */
async function removeLeftovers() {
  for (const folder of sourceFolders) {
    for (const file of await filesUnder(join(dist, folder))) {
      const source = join(root, relative(dist, file)).replace(/(\.d\.ts|\.js|\.js\.map)$/, ".ts");
      if (source.endsWith(".ts") && !existsSync(source)) await rm(file, { force: true });
    }
  }
}

async function filesUnder(folder) {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const lists = entries.map((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesUnder(path) : [path];
  });
  return (await Promise.all(lists)).flat();
}
