import { execFileSync, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { FactRequest, FactResult } from "../../provider/machine/machine";

/** Runs facts for real, as the gate does: the program's own words, 127 when it is not there. */
export function runFacts(facts: readonly FactRequest[]): Record<string, FactResult> {
  return Object.fromEntries(
    facts.map(({ name, argv, discard }) => {
      const env = { ...process.env, LC_ALL: "C" };
      const { status, stdout, stderr, error } = spawnSync(argv[0]!, argv.slice(1), {
        ...{ env, encoding: "utf8" },
        stdio: ["ignore", discard ? "ignore" : "pipe", "pipe"],
      });
      const code = error ? 127 : (status ?? -1);
      return [name, { code, stdout: stdout ?? "", stderr: stderr ?? "" }];
    }),
  );
}

export interface Recipe {
  readonly name?: string;
  readonly version?: string;
  readonly arch?: string;
  /** KiB that it unpacks to. */
  readonly kib?: number;
  /** Maintainer scripts, by their name: `postinst`, or rpm's `post`. */
  readonly scripts?: Readonly<Record<string, string>>;
  /** Text of a configuration file /etc/it.conf (.deb). */
  readonly config?: string;
  /** What sets off its script: `interest /opt/chef-backend` (.deb). */
  readonly triggers?: string;
}

/** Builds a real .deb with dpkg-deb. */
export function buildDeb(folder: string, file: string, recipe: Recipe = {}): string {
  const {
    name = "chef-backend",
    version = "2.3.16-1",
    arch = "amd64",
    kib = 64,
    scripts = {},
    config,
    triggers,
  } = recipe;
  const tree = join(folder, `${file}.tree`);
  mkdirSync(join(tree, "DEBIAN"), { recursive: true });
  mkdirSync(join(tree, "opt", name), { recursive: true });
  writeFileSync(join(tree, "opt", name, "payload"), randomBytes(kib * 1024));
  writeFileSync(
    join(tree, "DEBIAN/control"),
    `Package: ${name}\nVersion: ${version}\nArchitecture: ${arch}\nMaintainer: T <t@example.com>\nInstalled-Size: ${kib}\nDescription: test\n`,
  );
  if (config !== undefined) {
    mkdirSync(join(tree, "etc"));
    writeFileSync(join(tree, "etc/it.conf"), config);
    writeFileSync(join(tree, "DEBIAN/conffiles"), "/etc/it.conf\n");
  }
  if (triggers !== undefined) writeFileSync(join(tree, "DEBIAN/triggers"), `${triggers}\n`);
  for (const [script, text] of Object.entries(scripts)) {
    writeFileSync(join(tree, "DEBIAN", script), `#!/bin/sh\n${text}\n`);
    chmodSync(join(tree, "DEBIAN", script), 0o755);
  }
  const path = join(folder, file);
  execFileSync("dpkg-deb", ["--root-owner-group", "-b", tree, path], { stdio: "pipe" });
  return path;
}

/** Builds a real .rpm with rpmbuild; returns its path. */
export function buildRpm(folder: string, recipe: Recipe = {}): string {
  const { name = "chef-backend", version = "2.3.16-1.el7", arch = "x86_64", kib = 64, scripts = {} } = recipe;
  const [upstream, ...rest] = version.split("-");
  const spec = join(folder, `${name}-${version}-${arch}.spec`);
  writeFileSync(
    spec,
    `Name: ${name}
Version: ${upstream}
Release: ${rest.join("-")}
Summary: test
License: none
AutoReqProv: no
%description
test
%install
mkdir -p %{buildroot}/opt/chef-backend
head -c ${kib * 1024} /dev/zero > %{buildroot}/opt/chef-backend/payload
${Object.entries(scripts)
  .map(([name, text]) => `%${name}\n${text}\n`)
  .join("")}%files
/opt/chef-backend/payload
`,
  );
  const args = ["-bb", "--quiet", "--target", arch, "--define", `_topdir ${folder}/rpmbuild`, spec];
  execFileSync("rpmbuild", args, { stdio: "pipe" });
  return join(folder, "rpmbuild/RPMS", arch, `${name}-${version}.${arch}.rpm`);
}
