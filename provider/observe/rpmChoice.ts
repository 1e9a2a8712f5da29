import type { PackageFile } from "../cluster/state";
import type { RpmTool } from "../commands/rpmTools";
import type { FactResult } from "../machine/machine";
import { judgeTest, needsOthers, type Outcome, tellingLine, wantsRepository } from "./rpmTest";

/** What the tests of an .rpm printed on a machine. */
export interface RpmTests {
  /** What was tried, with the file alone. */
  readonly tool: RpmTool;
  readonly test: FactResult;
  /** The same with its repositories, where it was asked for (`asksRepositories`). */
  readonly repositories?: FactResult;
  /** rpm's own. */
  readonly rpm: FactResult;
  /** `localpkg_gpgcheck` of yum's and dnf's configuration. */
  readonly policy?: FactResult;
}

export const wouldNot = "the package manager would not install it";

/** What installs the file there, or why nothing does. */
export type Choice = Partial<Pick<PackageFile, "tool" | "busy" | "problem" | "unsigned">>;

/**
 * The tool whose test was good. rpm itself takes its place only where it is not there, or its repositories do not answer
 * though the file needs none of them: never where signatures are asked for, which it would not check.
 * @param reason what a tool that failed gave as its reason
 */
export function chooseTool(tests: RpmTests, reason: (result: FactResult) => string): Choice {
  const { tool, test, repositories, rpm } = tests;
  const said = (outcome: Outcome, result: FactResult) => tellingLine(outcome, result) ?? reason(result);
  const no = (words: string): Choice => ({ problem: `${wouldNot}: ${words}`, tool: null });
  const judge = (result: FactResult, tried: RpmTool): Choice => {
    const outcome = judgeTest(tool.program, result);
    switch (outcome) {
      case "good":
        return { tool: tried };
      case "busy":
        return { busy: said(outcome, result), tool: null };
      case "signature":
        return { ...no(said(outcome, result)), unsigned: true };
      case "missing":
        return byRpmAlone(reason(result), reason(rpm), false);
      case "repositories": {
        const words = said(outcome, result);
        const ifNot = `${reason(rpm)}; its repositories do not answer: ${words}`;
        return byRpmAlone(words, ifNot, tool.program === "zypper");
      }
      case "refused":
        return no(reason(result));
    }
  };
  // Only if rpm's own test is good, and nobody else was to check the signature.
  const byRpmAlone = (why: string, ifNot: string, zypperChecks: boolean): Choice => {
    if (rpm.code !== 0) return no(ifNot);
    if (!zypperChecks && !wantsSignatures(tests)) return { tool: { program: "rpm", from: "file" } };
    const policy = zypperChecks ? "zypper checks" : "`localpkg_gpgcheck` is set";
    return no(`${why}; ${policy}, and rpm alone would not check its signature`);
  };
  return repositories ? judge(repositories, { ...tool, from: "repositories" }) : judge(test, tool);
}

/** Whether the tool has to be tried with its repositories: it does nothing without, or only they have what is needed. */
export function asksRepositories(tool: RpmTool, facts: Readonly<Record<string, FactResult>>): boolean {
  const { packageDryRun: rpm, toolTest: test } = facts;
  if (!rpm || !test || judgeTest(tool.program, test) !== "refused") return false;
  return needsOthers(rpm) || wantsRepository(test);
}

/** The last line counts; no line means no (yum and dnf). */
function wantsSignatures({ policy }: RpmTests): boolean {
  const values = [...(policy?.stdout ?? "").matchAll(/^\s*localpkg_gpgcheck\s*[=:]\s*(\w+)/gm)];
  return /^(?:1|yes|true|on)$/i.test(values.at(-1)?.[1] ?? "");
}
