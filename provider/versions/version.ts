import semver from "semver";

/**
 * A Chef Backend package version: `2.3.16`, or with the package's iteration `2.3.16-1`.
 * The iteration is not a semver prerelease: `2.3.16-1` is a build of 2.3.16, not older than it.
 */
export interface PackageVersion {
  /** The release, for example `2.3.16`. */
  readonly release: string;
  /** The package iteration, for example `1`; null where none was given. */
  readonly iteration: number | null;
}

const pattern = /^(\d+\.\d+\.\d+)(?:-(\d+)(?:\.[A-Za-z0-9_.]+)?)?$/;

/** Reads `2.3.16`, `2.3.16-1` or rpm's `2.3.16-1.el7`; null for anything else. */
export function parseVersion(text: string): PackageVersion | null {
  const match = pattern.exec(text);
  if (!match || !semver.valid(match[1])) return null;
  return { release: match[1]!, iteration: match[2] === undefined ? null : Number(match[2]) };
}

function parsed(text: string): PackageVersion {
  const version = parseVersion(text);
  if (!version) throw new Error(`"${text}" is not a package version such as 2.3.16 or 2.3.16-1`);
  return version;
}

/** Orders two versions; an iteration counts only where both sides name one. */
export function compareVersions(a: string, b: string): number {
  const left = parsed(a);
  const right = parsed(b);
  const byRelease = semver.compare(left.release, right.release);
  if (byRelease !== 0 || left.iteration === null || right.iteration === null) return byRelease;
  return Math.sign(left.iteration - right.iteration);
}

/** Whether what is installed is what was asked for: `2.3.16` is satisfied by any of its builds. */
export function satisfies(installed: string, wanted: string): boolean {
  return parseVersion(installed) !== null && compareVersions(installed, wanted) === 0;
}

/** The release without the iteration, for people to read: `2.3.16-1` is `2.3.16`. */
export function release(text: string): string {
  return parseVersion(text)?.release ?? text;
}
