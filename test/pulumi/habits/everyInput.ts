import type { z } from "zod";
import { enterpriseInputs } from "../../../provider/enterprise/inputs";
import { clusterInputs } from "../../../provider/inputs/schema";
import { migrationInputs } from "../../../provider/migration/inputs";
import type { ResourceName } from "./front";

type Values = Record<string, unknown>;

export const schemas: Readonly<Record<ResourceName, z.ZodType>> = {
  ChefBackendCluster: clusterInputs,
  EnterpriseChefCluster: enterpriseInputs,
  ChefBackendMigration: migrationInputs,
};

/** Secrets in every place that takes one begin with this. */
export const canary = "cANARY";
let canaries = 0;
const aSecret = () => `${canary}-${(canaries += 1)}`;

/** Inputs of each resource in which nothing is left out. All machines are at one port, of addresses of this machine. */
export function everyInput(port: number): Record<ResourceName, Values> {
  let hosts = 1;
  const login = () => ({
    ...{ port, user: "root", password: aSecret(), privateKey: aSecret(), privateKeyPassword: aSecret() },
    ...{ agentSocketPath: "/run/agent", hostKey: "ssh-ed25519 AAAA", dialErrorLimit: 1, perDialTimeout: 1 },
  });
  const connection = () => ({
    ...login(),
    ...{ knownHosts: "", insecureIgnoreHostKey: false, sudo: true, sudoPassword: aSecret() },
    proxy: { host: `127.0.0.${(hosts += 1)}`, ...login() },
  });
  const machines = (count: number, of: string) =>
    Array.from({ length: count }, (_, at) => ({
      ...{ host: `127.0.0.${(hosts += 1)}`, name: `${of}-${at + 1}`, ...connection() },
    }));
  const url = (name: string) => ({ url: `https://packages.example/${name}.deb`, sha256: "0".repeat(64) });
  const common = () => ({ connection: connection(), breakLock: "abc", goneMachines: ["abc"] });
  const timeouts = (...names: string[]) => Object.fromEntries(names.map((name) => [name, 5]));
  return {
    ChefBackendCluster: {
      ...common(),
      ...{
        version: "2.3.16",
        nodes: machines(3, "backend"),
        packageFile: url("chef-backend_2.3.16-1_amd64"),
      },
      packageFiles: { "2.1.0": url("chef-backend_2.1.0-1_amd64") },
      ...{
        takeOverFailover: false,
        failoverGuard: 60,
        allowDowntime: "2.3.16",
        backup: true,
        backupTimeout: 5,
      },
      ...{ acceptFailedScripts: "2.3.16-1", rebuildIndex: "2.3.16", reindexTestOrg: "acme" },
      acceptPartialIndex: ["acme@2.3.16"],
      frontends: {
        ...{
          nodes: machines(2, "frontend"),
          version: "15.9.38",
          packageFile: url("chef-server-core_15.9.38-1_amd64"),
        },
        ...{ acceptLicense: true, acceptFailedScripts: "15.9.38-1", cleanup: "15.9.38" },
        ...{ loadBalancer: { host: "chef.example.com", port: 8443 }, smokeTest: false },
        skipReindex: "15.9.38",
        ...{ drain: { command: "true", undo: "true", wait: 1 }, addons: "report" },
      },
      timeouts: timeouts(
        ...[
          "install",
          "upgrade",
          "rejoin",
          "resync",
          "failover",
          "stage",
          "packageLock",
          "healthy",
          "services",
        ],
        ...["reindex", "statusInterval"],
      ),
    },
    EnterpriseChefCluster: {
      ...common(),
      ...{ version: "11.3.2", nodes: machines(2, "backend"), frontends: { nodes: machines(2, "frontend") } },
      ...{
        packageFile: url("private-chef_11.3.2-1_amd64"),
        backupReference: "tape 17",
        allowDowntime: "11.3.2",
      },
      ...{ acceptFailedScripts: "11.3.2-1", upgradeAttempts: 2, cleanup: false },
      timeouts: timeouts("stage", "packageLock", "install", "upgrade", "services", "keepalived", "copy"),
    },
    ChefBackendMigration: {
      ...common(),
      ...{
        version: "2.3.16",
        nodes: machines(3, "backend"),
        packageFile: url("chef-backend_2.3.16-1_amd64"),
      },
      frontends: {
        ...{
          nodes: machines(2, "frontend"),
          version: "15.9.38",
          packageFile: url("chef-server-core_15.9.38-1_amd64"),
        },
        ...{ acceptLicense: true, acceptFailedScripts: "15.9.38-1", knife: "/opt/opscode/bin/knife" },
      },
      source: {
        ...{ backends: machines(2, "old-backend"), frontends: machines(2, "old-frontend") },
        knife: "/opt/opscode/bin/knife",
      },
      ...{ backendConfig: "vip '10.0.0.1'", allowDowntime: "2.3.16", acceptFailedScripts: "2.3.16-1" },
      ...{ rehearse: true, tidy: true },
      timeouts: timeouts(
        ...[
          "install",
          "stage",
          "packageLock",
          "services",
          "cluster",
          "report",
          "backup",
          "transfer",
          "restore",
        ],
        "statusInterval",
      ),
    },
  };
}

export type Kind = "object" | "array" | "record" | "string" | "number" | "boolean";

/** An input, wherever it stands; of lists the first element stands for all. */
export interface Field {
  readonly path: readonly (string | number)[];
  /** As errors write it. */
  readonly text: string;
  readonly kind: Kind;
  readonly optional: boolean;
}

interface Definition {
  readonly type: string;
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly element?: z.ZodType;
  readonly valueType?: z.ZodType;
  readonly innerType?: z.ZodType;
}

/** Every input that a schema has. */
export function fieldsOf(
  schema: z.ZodType,
  values: unknown,
  path: readonly (string | number)[] = [],
  inRecord = false,
): Field[] {
  const outer = schema.def as unknown as Definition;
  const optional = outer.type === "optional";
  const { type, shape, element, valueType } = optional
    ? (outer.innerType!.def as unknown as Definition)
    : outer;
  const inner: [string | number, z.ZodType][] = [
    ...Object.entries(shape ?? {}),
    ...(element ? [[0, element] as [number, z.ZodType]] : []),
    ...(valueType ? Object.keys(values as object).map((key): [string, z.ZodType] => [key, valueType]) : []),
  ];
  const own: Field = {
    path,
    text: textOf(path),
    kind: type as Kind,
    optional: optional || inRecord,
  };
  return [
    ...(path.length > 0 ? [own] : []),
    ...inner.flatMap(([key, each]) =>
      fieldsOf(each, (values as Values)[key], [...path, key], valueType !== undefined),
    ),
  ];
}

const textOf = (path: readonly (string | number)[]) =>
  path
    .map((key, at) =>
      typeof key === "number" ? `[${key}]` : /^\d/.test(key) ? `["${key}"]` : at ? `.${key}` : key,
    )
    .join("");

export const valueAt = (values: unknown, path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>((at, key) => (at as Values | undefined)?.[key], values);

/** The same values with another one in that place. */
export function withValue(
  values: unknown,
  [key, ...rest]: readonly (string | number)[],
  value: unknown,
): unknown {
  if (key === undefined) return value;
  if (Array.isArray(values))
    return values.map((each, at) => (at === key ? withValue(each, rest, value) : (each as unknown)));
  return { ...(values as Values), [key]: withValue((values as Values)[key], rest, value) };
}
