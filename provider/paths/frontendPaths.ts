import { type Refusal, refuse } from "../plan/refusal";
import { compareVersions, parseVersion, release } from "../versions/version";
import { oldestFrontend } from "./frontendSearch";

/**
 * The release of chef-server-core that an upgrade may not jump over (Chef's upgrade guide): 14.15.9 has dropped the migrations
 * before it, and skips them in silence. The guide's 12.3.0 before it is older than any frontend of a Chef Backend.
 */
export const frontendStone = "12.17.15";

/** Whether that release comes first. */
export function jumpsStone(from: string, to: string): boolean {
  return compareVersions(from, frontendStone) < 0 && compareVersions(to, frontendStone) > 0;
}

/** Whether one frontend's package may be upgraded directly; a refusal names the release to go to first. */
export function frontendPathRefusal(name: string, from: string, to: string): Refusal | null {
  const old = [from, to].find((version) => compareVersions(version, oldestFrontend) < 0);
  if (old !== undefined)
    return refuse({
      code: "frontendPath",
      what: "Release too old for Chef Backend",
      where: name,
      seen: `chef-server-core ${release(old)}; Chef Backend needs ${oldestFrontend} or later`,
      next:
        old === from
          ? "correct `frontends.nodes`: this machine cannot be a frontend of these backends"
          : `set \`frontends.version\` to ${oldestFrontend} or later`,
    });
  if (!jumpsStone(from, to)) return null;
  return refuse({
    code: "frontendPath",
    what: "Upgrade skips a release",
    where: name,
    seen: `chef-server-core ${release(from)} -> ${release(to)} is not a direct upgrade`,
    next: `set \`frontends.version\` to ${frontendStone} first; the stepped path is ${frontendStone}, 15`,
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
