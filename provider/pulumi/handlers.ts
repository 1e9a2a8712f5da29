import * as enterprise from "../enterprise/handlers";
import type { CheckedEnterprise, EnterpriseProperties } from "../enterprise/handlers/types";
import { check } from "../handlers/check";
import { diffBy } from "../handlers/diff";
import { forget } from "../handlers/forget";
import { read } from "../handlers/read";
import type { CheckedInputs, ClusterProperties } from "../handlers/types";
import { upgrade } from "../handlers/upgrade";
import { clusterInputs } from "../inputs/schema";
import { migrationHandlers } from "../migration/handlers";
import type { CheckedMigration, MigrationProperties } from "../migration/handlers/types";
import { dynamicHandlers } from "./dynamicHandlers";

/** `ChefBackendCluster` for Pulumi's dynamic provider. */
export const chefBackendCluster = dynamicHandlers<CheckedInputs, ClusterProperties>({
  check,
  diff: diffBy(clusterInputs),
  upgrade,
  read,
  forget,
});

/** The same of `EnterpriseChefCluster`. */
export const enterpriseChefCluster = dynamicHandlers<CheckedEnterprise, EnterpriseProperties>(enterprise);

/** … and of `ChefBackendMigration`. */
export const chefBackendMigration = dynamicHandlers<CheckedMigration, MigrationProperties>(migrationHandlers);
