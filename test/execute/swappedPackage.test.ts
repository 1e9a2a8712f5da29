/** A package file of the machines' own that somebody changes between preflight and installation: of every resource. */
import { createHash } from "node:crypto";
import { Site as EnterpriseSite } from "../enterprise/rig";
import { MigrationRig } from "../migration/rig";
import type { MemoryNode } from "../support/memoryNode";
import { debPath, Rehearsal } from "../support/rehearsal";
import { Site as FrontendSite } from "./frontendsRig";
import { procedures } from "./scenarios";

/** A file of the machine, as the program names it with its checksum. */
function checked(node: MemoryNode<never>, path: string) {
  const sha256 = node.sha256(path);
  return { path, sha256, staging: null, stagedKiB: 0 };
}

interface Case {
  readonly what: string;
  readonly rig: Pick<Rehearsal, "onEvent"> & { node(name: string): Pick<MemoryNode, "files"> };
  readonly up: () => Promise<{ readonly failure: { readonly error: Error } | null }>;
  readonly step: string;
  readonly node: string;
  readonly path: string;
  /** What was installed there, from which path. */
  readonly installed: () => (string | undefined)[];
}

const lastWords = (
  rig: { readonly sim: { readonly history: readonly { node: string; argv: readonly string[] }[] } },
  on: string,
) =>
  rig.sim.history
    .filter(({ node, argv }) => node === on && argv.some((word) => ["dpkg", "rpm", "yum"].includes(word)))
    .map(({ argv }) => argv.at(-1));

const cases: (() => Case)[] = [
  () => {
    const rig = new Rehearsal();
    const packages = { "2.3.16": checked(rig.nodes[0] as never, debPath) };
    return {
      ...{ what: "a backend", rig, step: "backend-2/install", node: "backend-2", path: debPath },
      up: () => rig.up({ packages }),
      installed: () => lastWords(rig, "backend-2"),
    };
  },
  () => {
    const rig = new FrontendSite();
    const asked = rig.asked().frontends!.packageFile!;
    const packageFile = checked(rig.node("frontend-1") as never, asked.path);
    return {
      ...{
        what: "a frontend",
        rig,
        step: "frontend-1/install",
        node: "frontend-1",
        path: asked.path,
      },
      up: () => rig.up(rig.asked({ packageFile })),
      installed: () => lastWords(rig, "frontend-1"),
    };
  },
  () => {
    const rig = new EnterpriseSite();
    const packageFile = checked(rig.node("frontend-1") as never, rig.path);
    return {
      ...{ what: "Enterprise Chef", rig, step: "cluster/install", node: "frontend-1", path: rig.path },
      up: () => rig.up({ packageFile }),
      installed: () => lastWords(rig, "frontend-1"),
    };
  },
  () => {
    const rig = new MigrationRig();
    const { cluster } = rig.spec();
    const path = rig.packagePath("chef-backend", "2.3.16");
    const packages = { "2.3.16": checked(rig.node("backend-2") as never, path) };
    return {
      ...{ what: "a migration", rig, step: "backend-2/install", node: "backend-2", path },
      up: () => rig.up({ cluster: { ...cluster, packages } }),
      installed: () => lastWords(rig, "backend-2"),
    };
  },
];

describe.each(cases.map((make) => [make().what, make] as const))("the package of %s", (_what, make) => {
  it("is installed from a copy of root's own; changed since the preflight it is not installed", async () => {
    const { rig, up, step, node, path, installed } = make();
    const { files } = rig.node(node);
    const right = files.get(path)!;
    rig.onEvent = (event) => {
      if (event.type === "step-started" && event.step.endsWith(step.replace("cluster", "")))
        files.set(path, Buffer.from("swapped"));
    };
    const { failure } = await up();
    expect(failure!.error.message).toMatch(
      /the SHA-256 of \/srv\/.* is now [0-9a-f]{64}, expected [0-9a-f]{64}/,
    );
    expect(installed()).toEqual([]);

    rig.onEvent = undefined;
    files.set(path, right);
    expect((await up()).failure).toBeNull();
    const copy = `/var/lib/pulumi-chef-backend/packages/${createHash("sha256").update(right).digest("hex").slice(0, 12)}-${path.replace(/^.*\//, "")}`;
    expect(installed()).toEqual([copy]);
  });
});

it("another file under the name of ours, in our own folder, is replaced: it keeps nobody from an upgrade", async () => {
  const { build, change, problems } = procedures.rolling!;
  const r = await build();
  const ours = "/var/lib/pulumi-chef-backend/packages/chef-backend.deb";
  r.nodes[0]!.files.set(ours, Buffer.from("another"));
  expect(problems(r, await r.up(change(r)))).toEqual([]);
  expect(r.nodes[0]!.files.get(ours)).toEqual(r.nodes[0]!.files.get(debPath));
});
