import { refuse } from "../../plan/refusal";
import { verificationProblems } from "../wellness";
import type { Rule } from "./rule";

const tooEarly = (seen: string) =>
  refuse({
    code: "cleanup",
    what: "Cleanup is too early",
    where: "input `cleanup`",
    seen,
    next: "remove it, run `pulumi up`, test and verify the system, then set it for a later `pulumi up`",
  });

export const cleanupTooEarly: Rule = ({ spec }) =>
  spec.cleanup && spec.cleanedUp !== spec.version
    ? [tooEarly(`it destroys the old data, and not every machine is verified at ${spec.version} yet`)]
    : [];

/** Who looks at the system for the first time has verified nothing. */
export const cleanupUnseen: Rule = ({ spec }) =>
  spec.adopted
    ? []
    : [tooEarly("it destroys the old data of a system that this resource sees for the first time")];

export const notWell: Rule = (view) => {
  const problems = verificationProblems(view);
  return problems.length === 0
    ? []
    : [
        refuse({
          code: "unverified",
          what: "Cleanup needs a healthy system",
          where: "the system",
          seen: problems.join("\n"),
          next: "fix it, or remove `cleanup`; nothing is destroyed before everything runs",
          waitable: view.spec.timeouts.services,
        }),
      ];
};
