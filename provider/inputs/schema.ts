import { z } from "zod";
import { conflicts } from "./acrossFields";
import {
  build,
  connectionFields,
  goneMachines,
  host,
  line,
  machine,
  organization,
  partialIndex,
  port,
  seconds,
  secondsOrNone,
  secondsOrOff,
  trueOrFalse,
  version,
} from "./fields";
import { packageFile, packageFiles } from "./packageFile";
import { shown } from "./shown";
import { drain } from "./drain";

const whatOfAddons = 'expected "report" or "reconfigure"';

const frontends = z.strictObject({
  nodes: z.array(machine, "expected a list of frontends").min(1, "expected at least one frontend"),
  version: version("a release of Chef Infra Server such as 15.9.38").optional(),
  packageFile: packageFile.optional(),
  acceptLicense: trueOrFalse.optional(),
  acceptFailedScripts: build("15.9.38-1").optional(),
  loadBalancer: z.strictObject({ host, port: port.optional() }).optional(),
  smokeTest: trueOrFalse.optional(),
  skipReindex: version(
    "the release whose upgrade leaves the search index as it is, such as 15.9.38",
  ).optional(),
  cleanup: version("the release whose old data is to be destroyed, such as 15.9.38").optional(),
  drain: drain.optional(),
  addons: z
    .string(whatOfAddons)
    .refine((text) => ["report", "reconfigure"].includes(text), {
      error: ({ input }) => `got ${shown(input)}, ${whatOfAddons}`,
    })
    .optional(),
});

/** Inputs of `ChefBackendCluster`, as the program gives them. Strict: a misspelt field is an error. */
export const clusterInputs = z
  .strictObject({
    version: version("a release such as 2.3.16"),
    nodes: z.array(machine, "expected a list of three backends").length(3, {
      error: ({ input }) =>
        `got ${(input as unknown[]).length}, expected exactly 3 backends: other counts are not supported by the vendor${(input as unknown[]).length === 2 ? "; if they are a pair with DRBD, ChefBackendMigration moves its data to three new ones" : ""}`,
    }),
    connection: z.strictObject(connectionFields).optional(),
    packageFile: packageFile.optional(),
    packageFiles: packageFiles.optional(),
    takeOverFailover: trueOrFalse.optional(),
    failoverGuard: secondsOrOff.optional(),
    breakLock: line("the id of a run, as the refusal prints it").optional(),
    goneMachines,
    allowDowntime: version("the version for which downtime is allowed, such as 2.3.16").optional(),
    acceptFailedScripts: build("2.3.16-1").optional(),
    backup: trueOrFalse.optional(),
    backupTimeout: seconds.optional(),
    rebuildIndex: version("the version for which the search index is rebuilt, such as 3.1.1").optional(),
    reindexTestOrg: organization.optional(),
    acceptPartialIndex: z
      .array(partialIndex, "expected a list of organizations, each with a version")
      .optional(),
    frontends: frontends.optional(),
    timeouts: z
      .strictObject({
        install: seconds.optional(),
        upgrade: seconds.optional(),
        rejoin: seconds.optional(),
        resync: seconds.optional(),
        failover: seconds.optional(),
        stage: seconds.optional(),
        packageLock: seconds.optional(),
        healthy: seconds.optional(),
        services: seconds.optional(),
        reindex: seconds.optional(),
        statusInterval: secondsOrNone.optional(),
      })
      .optional(),
  })
  .superRefine((inputs, context) => {
    for (const conflict of conflicts(inputs)) context.addIssue({ code: "custom", ...conflict });
  });

export type ClusterInputs = z.infer<typeof clusterInputs>;
export type ConnectionInputs = z.infer<z.ZodObject<typeof connectionFields>>;
export type PackageFileInputs = z.infer<typeof packageFile>;
