import { z } from "zod";
import { conflicts } from "../inputs/acrossFields";
import {
  build,
  connectionFields,
  goneMachines,
  line,
  machine,
  seconds,
  trueOrFalse,
  version,
} from "../inputs/fields";
import { packageFile } from "../inputs/packageFile";

const example = "a release of Enterprise Chef such as 11.3.2";
const frontends = z.strictObject({
  nodes: z.array(machine, "expected a list of frontends").min(1, "expected at least one frontend"),
});

/** Inputs of `EnterpriseChefCluster`, as the program gives them. Strict: a misspelt field is an error. */
export const enterpriseInputs = z
  .strictObject({
    version: version(example),
    nodes: z.array(machine, "expected a list of two backends").length(2, {
      error: ({ input }) =>
        `got ${(input as unknown[]).length}, expected exactly 2 backends: the bootstrap one and the other, in any order`,
    }),
    frontends: frontends.optional(),
    connection: z.strictObject(connectionFields).optional(),
    packageFile: packageFile.optional(),
    backupReference: line("where the backup of this system is, such as s3://backups/chef/2026-05-01.tar.gz"),
    allowDowntime: version(example).optional(),
    acceptFailedScripts: build("11.3.2-1").optional(),
    upgradeAttempts: z
      .int("expected a whole number of attempts")
      .min(1, "expected 1 attempt or more")
      .optional(),
    cleanup: trueOrFalse.optional(),
    breakLock: line("the id of a run, as the refusal prints it").optional(),
    goneMachines,
    timeouts: z
      .strictObject({
        stage: seconds.optional(),
        packageLock: seconds.optional(),
        install: seconds.optional(),
        upgrade: seconds.optional(),
        services: seconds.optional(),
        keepalived: seconds.optional(),
        copy: seconds.optional(),
      })
      .optional(),
  })
  .superRefine((inputs, context) => {
    for (const conflict of conflicts(inputs)) context.addIssue({ code: "custom", ...conflict });
  });

export type EnterpriseInputs = z.infer<typeof enterpriseInputs>;
