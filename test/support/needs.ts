import { spawnSync } from "node:child_process";
import { appendFileSync } from "node:fs";

/** What a test needs of the machine that it runs on: why it is missing, in one sentence; null when it is there. */
export type Need = () => string | null;

/** Whether a program is installed on this machine. */
export function has(program: string): boolean {
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` };
  return spawnSync("sh", ["-c", `command -v ${program}`], { env }).status === 0;
}

/** @param debian the package that has it; several programs may be of one */
export const programs =
  (debian: string, ...names: readonly string[]): Need =>
  () => {
    const missing = names.filter((name) => !has(name));
    return missing.length === 0
      ? null
      : `${missing.join(", ")} not installed (apt-get install --no-install-recommends ${debian})`;
  };

/** @param packages of npm's registry, as `typescript@4.9.5` */
export const inRegistry =
  (...packages: readonly string[]): Need =>
  () => {
    const there = (each: string) =>
      spawnSync("npm", ["view", each, "version"], { timeout: 60_000 }).stdout?.length > 0;
    const missing = packages.filter((each) => !there(each));
    return missing.length === 0 ? null : `${missing.join(", ")} not to be had from npm's registry`;
  };

export const root: Need = () => (process.getuid?.() === 0 ? null : "needs root");

/**
 * Jest's own `describe` and `test` where all of it is there, else those that skip; the end of the run says why.
 * @param what is skipped then, as a title: "tests with rpm"
 */
export function given(what: string, ...needs: readonly Need[]): Pick<typeof globalThis, "describe" | "test"> {
  const why = needs.map((need) => need()).find((each) => each !== null) ?? null;
  if (why === null) return { describe, test };
  tell(what, why);
  return { describe: describe.skip as typeof describe, test: test.skip as typeof test };
}

/** `tools/test.mjs` collects it; jest by hand prints it. */
function tell(what: string, why: string): void {
  const file = process.env.TEST_SKIPPED;
  if (file) appendFileSync(file, `${JSON.stringify({ what, why })}\n`);
  else process.stderr.write(`Skipped: ${what}: ${why}\n`);
}
