import { refuse } from "../../plan/refusals/rule";
import { verificationProblems } from "../wellness";
import type { Rule } from "./rule";

export const cleanupTooEarly: Rule = ({ spec }) =>
  spec.cleanup && spec.cleanedUp !== spec.version
    ? [
        refuse(
          "cleanup",
          `cleanup would destroy the old data, and not every machine is verified at ${spec.version} yet`,
          "Leave cleanup out, test and verify the upgraded system, and set it for a later `pulumi up`",
        ),
      ]
    : [];

/** Who looks at the system for the first time has verified nothing. */
export const cleanupUnseen: Rule = ({ spec }) =>
  spec.adopted
    ? []
    : [
        refuse(
          "cleanup",
          "cleanup would destroy the old data of a system that this resource sees for the first time",
          "Leave cleanup out, and set it for a later `pulumi up`",
        ),
      ];

export const notWell: Rule = (view) =>
  verificationProblems(view).map((problem) =>
    refuse(
      "unverified",
      `Nothing is destroyed while not everything is as it shall be: ${problem}`,
      "Mend it, or leave cleanup out",
      view.spec.timeouts.services,
    ),
  );
