import { chmod, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "./host";

/** What goes into a package. */
export interface Contents {
  /** A folder to work in. */
  readonly scratch: string;
  readonly name: string;
  /** The package's files, below their root. */
  readonly tree: string;
  /** Paths on the machine, each with everything below. */
  readonly files: readonly string[];
  readonly version: string;
  /** Shell text that runs after the installation … */
  readonly afterwards: string;
  /** … and before the removal. */
  readonly before: string;
}

const summary = "What the lab has in place of the product";

/** A real .deb; its path. */
export async function buildDeb({
  scratch,
  name,
  tree,
  version,
  afterwards,
  before,
}: Contents): Promise<string> {
  const control = join(tree, "DEBIAN");
  await mkdir(control);
  const installed = Number((await run(["du", "-sk", tree])).split("\t")[0]);
  await writeFile(
    join(control, "control"),
    `Package: ${name}
Version: ${version}-1
Architecture: amd64
Maintainer: The lab <lab@example.com>
Installed-Size: ${installed}
Description: ${summary}
`,
  );
  const scripts = { postinst: `set -e\n[ "$1" = configure ] || exit 0\n${afterwards}`, prerm: before };
  for (const [script, text] of Object.entries(scripts)) {
    await writeFile(join(control, script), `#!/bin/sh\n${text}`);
    await chmod(join(control, script), 0o755);
  }
  const path = join(scratch, "package.deb");
  await run(["dpkg-deb", "--root-owner-group", "-Zgzip", "-b", tree, path]);
  return path;
}

/** A real .rpm; its path. */
export function buildRpm({
  scratch,
  name,
  tree,
  version,
  files,
  afterwards,
  before,
}: Contents): Promise<string> {
  return rpmbuild(
    scratch,
    "x86_64",
    `Name: ${name}
Version: ${version}
Release: 1.el7
Summary: ${summary}
License: none
AutoReqProv: no
%global __os_install_post %{nil}
%description
${summary}
%install
cp -a ${tree}/. %{buildroot}/
%post
${afterwards}
%preun
${before}
%posttrans
[ ! -x /etc/lab/posttrans ] || /etc/lab/posttrans
%files
${files.join("\n")}
`,
  );
}

/** Provides what scripts of other packages need; has no files. */
export function buildBaseRpm(scratch: string): Promise<string> {
  return rpmbuild(
    scratch,
    "noarch",
    `Name: lab-base
Version: 1
Release: 1
Summary: The base system of a machine of the lab
License: none
BuildArch: noarch
Provides: /bin/sh
%description
The base system of a machine of the lab
%files
`,
  );
}

async function rpmbuild(scratch: string, target: string, text: string): Promise<string> {
  const spec = join(scratch, "package.spec");
  await writeFile(spec, text);
  const top = ["--define", `_topdir ${scratch}/rpmbuild`];
  await run(["rpmbuild", "-bb", "--quiet", "--target", target, ...top, spec]);
  const folder = join(scratch, "rpmbuild/RPMS", target);
  return join(folder, (await readdir(folder))[0]!);
}
