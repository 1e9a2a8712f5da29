import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type typescript from "typescript";
import { repository } from "./pulumiStack";

/** A program that uses all of the public types. As old as the oldest compiler. */
export const everything = `import * as pulumi from "@pulumi/pulumi";
import {
  ChefBackendCluster, ChefBackendMigration, EnterpriseChefCluster, sealSecrets,
  Archive, Attempt, Backup, ChefBackendClusterArgs, ChefBackendMigrationArgs, ClusterRow, Connection, CountRow, Drain,
  EnterpriseChefClusterArgs, EnterpriseFrontends, EnterpriseTimeoutArgs, Failover, FrontendAddress, Frontends,
  LastMigration, LastUpgrade, Login, MigrationFrontends, MigrationSource, MigrationTimeoutArgs, Node, PackageFile,
  Phase, Proxy, TidyReport, TimeoutArgs,
} from "pulumi-chef-backend";

const login: Login = { user: "root", password: pulumi.secret("a") };
const proxy: Proxy = { host: "bastion", ...login };
const connection: Connection = { ...login, proxy, sudo: true };
const nodes: Node[] = [{ host: "a" }, { host: pulumi.output("b"), name: "second" }, { host: Promise.resolve("c") }];
const packageFile: PackageFile = { path: "/var/a.deb" };
const drain: Drain = { command: pulumi.secret("a"), undo: "b", wait: 30 };
const frontends: Frontends = { nodes, version: "15.9.38", packageFile, drain, addons: "reconfigure" };
const timeouts: TimeoutArgs = { upgrade: 1800 };
const args: ChefBackendClusterArgs = {
  version: "2.3.16", nodes, connection, frontends, timeouts, packageFiles: { "2.1.0": packageFile },
};
const cluster = new ChefBackendCluster("prod", args, {
  transforms: [({ props, opts }) => ({ props: sealSecrets({ ...props, connection }), opts })],
});

export const failover: pulumi.Output<"on" | "off" | "unknown"> = cluster.failover;
export const same: pulumi.Output<Failover> = failover;
export const rows: pulumi.Output<ClusterRow[]> = cluster.clusterStatus;
export const backups: pulumi.Output<Backup[]> = cluster.backups;
export const last: pulumi.Output<LastUpgrade | null> = cluster.lastUpgrade;
export const version: pulumi.Output<string> = cluster.version;
export const hosts: pulumi.Output<string[]> = cluster.nodes.apply((all) => all.map(({ host }) => host));
export const user: pulumi.Output<string | undefined> = cluster.connection.apply((given) => given && given.user);
export const limit: pulumi.Output<number | undefined> = cluster.timeouts.apply((given) => given && given.upgrade);
export const guard: pulumi.Output<number | undefined> = cluster.failoverGuard;

const enterpriseFrontends: EnterpriseFrontends = { nodes };
const enterpriseTimeouts: EnterpriseTimeoutArgs = { keepalived: 60 };
const enterpriseArgs: EnterpriseChefClusterArgs = {
  version: "11.3.2", nodes, frontends: enterpriseFrontends, timeouts: enterpriseTimeouts, backupReference: "s3://a",
};
const enterprise = new EnterpriseChefCluster("old", enterpriseArgs);
export const attempts: pulumi.Output<Attempt[]> = enterprise.attempts;
export const reference: pulumi.Output<string> = enterprise.backupReference;
export const cleanup: pulumi.Output<boolean | undefined> = enterprise.cleanup;

const source: MigrationSource = { backends: nodes, frontends: nodes };
const migrationFrontends: MigrationFrontends = { nodes, version: "15.9.38", packageFile };
const migrationTimeouts: MigrationTimeoutArgs = { backup: 60 };
const migrationArgs: ChefBackendMigrationArgs = {
  version: "2.3.16", nodes, frontends: migrationFrontends, source, packageFile, timeouts: migrationTimeouts,
};
const migration = new ChefBackendMigration("move", migrationArgs, { dependsOn: [enterprise] });
export const phase: pulumi.Output<Phase> = migration.phase;
export const counts: pulumi.Output<CountRow[]> = migration.counts;
export const archive: pulumi.Output<Archive | null> = migration.archive;
export const tidy: pulumi.Output<TidyReport | null> = migration.tidyReport;
export const moved: pulumi.Output<LastMigration | null> = migration.lastMigration;
export const addresses: pulumi.Output<Record<string, FrontendAddress>> = migration.frontendAddresses;
export const old: pulumi.Output<string> = migration.source.apply(({ backends }) => backends[0].host);
`;

/** A line that is wrong, and what every compiler says of it. */
export const mistakes: readonly (readonly [line: string, error: RegExp])[] = [
  ["export const a: pulumi.Output<number> = cluster.version;", /'string' is not assignable to type 'number'/],
  ['export const b: pulumi.Output<"on"> = cluster.failover;', /is not assignable to type '"on"'/],
  ["export const c = cluster.leaders;", /Property 'leaders' does not exist/],
  ["cluster.nodes = cluster.nodes;", /read-only property/],
  ['new ChefBackendCluster("x", { version: "1", nodes, packagefile: packageFile });', /'packagefile'/],
];

/** The compiler's module, of whichever version. */
export type Compiler = typeof typescript;

interface Checked {
  /** In the program, and in our own declarations wherever they are reached: `file: message`. */
  readonly ours: string[];
  /** In any file, Node's and Pulumi's among them: takes its time. */
  readonly all: () => string[];
  /** Packages whose declarations the program reaches. */
  readonly packages: string[];
}

/**
 * Type-checks a program against the build, as a user's strict one without `esModuleInterop` and `skipLibCheck`.
 * @param kind of the modules
 */
export function typeCheck(ts: Compiler, program: string, kind: "commonjs" | "esm" = "commonjs"): Checked {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "pulumi-chef-backend-types-")));
  try {
    mkdirSync(join(folder, "node_modules"));
    symlinkSync(repository, join(folder, "node_modules", "pulumi-chef-backend"));
    symlinkSync(join(repository, "node_modules", "@pulumi"), join(folder, "node_modules", "@pulumi"));
    writeFileSync(join(folder, "package.json"), kind === "esm" ? '{ "type": "module" }' : "{}");
    const file = join(folder, "index.ts");
    writeFileSync(file, program);
    const { ModuleKind, ModuleResolutionKind, ScriptTarget } = ts;
    const modules =
      kind === "esm"
        ? { module: ModuleKind.NodeNext, moduleResolution: ModuleResolutionKind.NodeNext }
        : { module: ModuleKind.CommonJS, moduleResolution: 2 /* as of old: node_modules */ };
    const options = { ...modules, strict: true, noEmit: true, target: ScriptTarget.ES2018, types: [] };
    const built = ts.createProgram([file], options);
    const isOurs = (path: string) => path === file || path.startsWith(join(repository, "dist"));
    const problemsOf = (files: readonly typescript.SourceFile[]) =>
      files
        .flatMap((source) => [
          ...built.getSyntacticDiagnostics(source),
          ...built.getSemanticDiagnostics(source),
        ])
        .map((each) => `${each.file?.fileName}: ${ts.flattenDiagnosticMessageText(each.messageText, "\n")}`);
    const packages = built
      .getSourceFiles()
      .flatMap(
        ({ fileName }) => /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules)/.exec(fileName)?.[1] ?? [],
      );
    return {
      ours: problemsOf(built.getSourceFiles().filter(({ fileName }) => isOurs(fileName))),
      all: () => problemsOf(built.getSourceFiles()),
      packages: [...new Set(packages)],
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
