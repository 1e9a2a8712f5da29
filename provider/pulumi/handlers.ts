import { check } from "../handlers/check";
import { diff } from "../handlers/diff";
import { read } from "../handlers/read";
import type { CheckedInputs, ClusterProperties } from "../handlers/types";
import { upgrade } from "../handlers/upgrade";
import { dynamicHandlers } from "./dynamicHandlers";

/** `ChefBackendCluster` for Pulumi's dynamic provider. */
export const chefBackendCluster = dynamicHandlers<CheckedInputs, ClusterProperties>({
  check,
  diff,
  upgrade,
  read,
});
