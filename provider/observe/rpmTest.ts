import type { RpmTool } from "../commands/rpmTools";
import type { FactResult } from "../machine/machine";

/**
 * What a test of an installation says (`tryRpm`): `signature` where a check of signatures refuses the package, `busy` where
 * another one is at work, `repositories` where those do not answer, `missing` where the program is not there.
 */
export type Outcome = "good" | "busy" | "signature" | "repositories" | "missing" | "refused";

/** zypper's statuses beside 0 that are no failure: reboot or restart wanted, repositories left out (zypper's manual). */
const zypperGood = [0, 102, 103, 106];

// test/fixtures/field/rpm-test: yum 3.2 and 3.4 by their sources and reports, dnf 4.14, zypper 1.14 and rpm 4.18 as recorded.
const busy =
  /holding the yum lock|\balready locked by \d+|System management is locked by the application with pid/;
const signature =
  /^(?:Error: )?(?:Package \S+ is not signed|Public key for \S+ is not (?:installed|trusted))|GPG check FAILED|Signature verification failed \[[346]-|does not verify: (?:no signature|.*\bNOKEY\b)/m;
// A yum that takes no file without them.
const noRepositories = /There are no enabled repo/;
const repositories =
  /Cannot find a valid baseurl for repo|Cannot retrieve (?:repository metadata|metalink)|One of the configured repositories failed|[Ff]ailed to download metadata for repo|No more mirrors to try|Valid metadata not found at specified URL/;

/** Judges the test of one tool. @param result of `tryRpm` */
export function judgeTest(program: RpmTool["program"], result: FactResult): Outcome {
  if (result.code === 127) return "missing";
  const good = program === "zypper" ? zypperGood.includes(result.code) : result.code === 0;
  if (good) return "good";
  const said = `${result.stderr}\n${result.stdout}`;
  if (busy.test(said)) return "busy";
  if (signature.test(said)) return "signature";
  return repositories.test(said) ? "repositories" : "refused";
}

/** The line that tells it, of repositories the last one, after yum's advice; null where no line does. */
export function tellingLine(outcome: Outcome, { stdout, stderr }: FactResult): string | null {
  const pattern = { busy, signature, repositories }[outcome as "busy"] as RegExp | undefined;
  const lines = `${stderr}\n${stdout}`.split("\n");
  const found = pattern ? lines.filter((line) => pattern.test(line)) : [];
  return found.at(outcome === "repositories" ? -1 : 0)?.trim() ?? null;
}

/** A tool that installs a file only if it has a repository, whatever the file needs. */
export const wantsRepository = ({ stdout, stderr }: FactResult): boolean =>
  noRepositories.test(`${stderr}\n${stdout}`);

/** rpm's own test misses what the package needs: only a repository can have it. */
export const needsOthers = ({ code, stdout, stderr }: FactResult): boolean =>
  code !== 0 && /Failed dependencies:/.test(`${stderr}\n${stdout}`);

/** rpm's own policy (`%_pkgverify_level`) asks for a signature that it knows. */
export const refusesSignature = (test: FactResult): boolean => judgeTest("rpm", test) === "signature";
