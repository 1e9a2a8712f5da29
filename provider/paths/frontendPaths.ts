import { type Refusal, refuse } from "../plan/refusal";
import { compareVersions, parseVersion, release } from "../versions/version";

/** Releases of chef-server-core that an upgrade may not jump over (Chef's upgrade guide): 11, 12.3.0, 12.17.15, 15. */
const stones = ["12.3.0", "12.17.15"];

/** Whether one frontend's package may be upgraded directly; a refusal names the release to go to first. */
export function frontendPathRefusal(name: string, from: string, to: string): Refusal | null {
  const first = stones.find((stone) => compareVersions(from, stone) < 0 && compareVersions(to, stone) > 0);
  if (first === undefined) return null;
  return refuse({
    code: "frontendPath",
    what: "Upgrade skips a release",
    where: name,
    seen: `chef-server-core ${release(from)} -> ${release(to)} is not a direct upgrade`,
    next: `set \`frontends.version\` to ${first} first; the stepped path is 11, 12.3.0, 12.17.15, 15`,
  });
}

const major = (version: string) => Number(parseVersion(version)!.release.split(".")[0]);

/** From this release on the product runs only once its license has been accepted. */
export function asksForLicense(version: string): boolean {
  return major(version) >= 13;
}

/** Releases 14 and 15 do not by themselves rebuild an index that is there already in an external Elasticsearch. */
export function asksForReindex(from: string, to: string): boolean {
  return [14, 15].includes(major(to)) && major(from) < major(to);
}
