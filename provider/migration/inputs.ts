import { z } from "zod";
import {
  build,
  connectionFields,
  goneMachines,
  line,
  machine,
  seconds,
  secondsOrNone,
  trueOrFalse,
  version,
} from "../inputs/fields";
import { type Hosts, machineNames } from "../inputs/names";
import { packageFile } from "../inputs/packageFile";
import { shown } from "../inputs/shown";
import { compareVersions, parseVersion } from "../versions/version";

/** What comes before 2.0 has no documented way in from DRBD (vendor's upgrade page: "to Chef Backend 2.x"). */
const firstTarget = "2.0.0";

const someFrontends = z
  .array(machine, "expected a list of frontends")
  .min(1, "expected one frontend or more");

const knife = (where: string) =>
  line(`the absolute path of knife on the first ${where} frontend`)
    .refine(
      (text) => text.startsWith("/"),
      `expected the absolute path of knife on the first ${where} frontend`,
    )
    .optional();

const source = z.strictObject({
  backends: z.array(machine, "expected a list of two backends").length(2, {
    error: ({ input }) =>
      `got ${(input as unknown[]).length}, expected exactly 2 backends: the pair that DRBD keeps in step`,
  }),
  frontends: someFrontends,
  knife: knife("old"),
});

/** Inputs of `ChefBackendMigration`, as the program gives them. Strict: a misspelt field is an error. */
export const migrationInputs = z
  .strictObject({
    version: version("a release such as 2.3.16").refine(
      (text) => parseVersion(text) === null || compareVersions(text, firstTarget) >= 0,
      `expected ${firstTarget} or later: the way out of DRBD leads to Chef Backend 2.x`,
    ),
    nodes: z.array(machine, "expected a list of three fresh machines").length(3, {
      error: ({ input }) =>
        `got ${(input as unknown[]).length}, expected exactly 3 backends: other counts are not supported by the vendor`,
    }),
    frontends: z.strictObject({
      nodes: someFrontends,
      version: version("a release such as 15.9.38"),
      packageFile,
      acceptLicense: trueOrFalse.optional(),
      acceptFailedScripts: build("15.9.38-1").optional(),
      knife: knife("new"),
    }),
    source,
    connection: z.strictObject(connectionFields).optional(),
    packageFile,
    backendConfig: z.string("expected the text of chef-backend.rb").min(1, "expected a text").optional(),
    allowDowntime: version("the version for which downtime is allowed, such as 2.3.16").optional(),
    acceptFailedScripts: build("2.3.16-1").optional(),
    rehearse: trueOrFalse.optional(),
    tidy: trueOrFalse.optional(),
    breakLock: line("the id of a run, as the refusal prints it").optional(),
    goneMachines,
    timeouts: z
      .strictObject({
        install: seconds.optional(),
        stage: seconds.optional(),
        packageLock: seconds.optional(),
        services: seconds.optional(),
        cluster: seconds.optional(),
        report: seconds.optional(),
        backup: seconds.optional(),
        transfer: seconds.optional(),
        restore: seconds.optional(),
        statusInterval: secondsOrNone.optional(),
      })
      .optional(),
  })
  .superRefine((inputs, context) => {
    for (const conflict of conflicts(inputs)) context.addIssue({ code: "custom", ...conflict });
  });

export type MigrationInputs = z.infer<typeof migrationInputs>;

/** All machines as one system's, for what only asks where they are: the new ones of each kind first, then the old ones. */
export function allMachines({
  nodes,
  frontends,
  source,
  connection,
}: Pick<MigrationInputs, "nodes" | "connection" | "frontends" | "source">) {
  return {
    nodes: [...nodes, ...source.backends],
    frontends: { nodes: [...frontends.nodes, ...source.frontends] },
    connection,
  };
}

/** How many machines there are of each place. */
interface Places {
  readonly nodes: readonly unknown[];
  readonly frontends: { readonly nodes: readonly unknown[] };
  readonly source: { readonly backends: readonly unknown[] };
}

/** A list of machines, cut into those of each place: new backends, old backends, new frontends, old frontends. */
export function byPlace<T>({ nodes, frontends, source }: Places, all: readonly T[]) {
  const ends = [nodes, source.backends, frontends.nodes].reduce<number[]>(
    (sums, { length }) => [...sums, (sums.at(-1) ?? 0) + length],
    [],
  );
  const [a, b, c] = ends;
  return {
    ...{ nodes: all.slice(0, a), oldBackends: all.slice(a, b) },
    ...{ frontends: all.slice(b, c), oldFrontends: all.slice(c) },
  };
}

interface Conflict {
  readonly path: PropertyKey[];
  readonly message: string;
}

/** Each machine is one machine, and has a name of its own. */
function conflicts(inputs: Parameters<typeof allMachines>[0]): Conflict[] {
  const paths = [
    ...inputs.nodes.map((_node, at) => ["nodes", at]),
    ...inputs.source.backends.map((_node, at) => ["source", "backends", at]),
    ...inputs.frontends.nodes.map((_node, at) => ["frontends", "nodes", at]),
    ...inputs.source.frontends.map((_node, at) => ["source", "frontends", at]),
  ];
  const all: Hosts = allMachines(inputs);
  const machines = [...all.nodes, ...all.frontends!.nodes];
  const names = machineNames(all);
  const address = (at: number) =>
    `${machines[at]!.host} ${machines[at]!.port ?? inputs.connection?.port ?? 22}`;
  const place = (at: number) =>
    paths[at]!.map((key) => (typeof key === "number" ? `[${key}]` : key))
      .join(".")
      .replaceAll(".[", "[");
  return machines.flatMap(({ host }, at): Conflict[] => {
    const twin = machines.findIndex((_other, index) => address(index) === address(at));
    if (twin !== at)
      return [
        {
          path: [...paths[at]!, "host"],
          message: `got ${shown(host)} again (${place(twin)}), expected a different machine for each`,
        },
      ];
    const first = names.indexOf(names[at]!);
    if (first === at || machines[first]!.host === host) return [];
    return [
      {
        path: [...paths[at]!, "name"],
        message: `got ${shown(names[at])} again (${place(first)}), expected a different name for each`,
      },
    ];
  });
}
