import type { FactResult } from "../../machine/machine";
import { short } from "../../values/short";

/** Why a command gave nothing to read, in a sentence; null when it ended with 0. @param command as a person would type it */
export function failureOf(command: string, { code, problem, stdout, stderr }: FactResult): string | null {
  if (problem !== undefined) return `${command} ${problem}`;
  return code === 0 ? null : `${command} ended with ${code}: ${short(stderr || stdout)}`;
}
