import { compareVersions, upstreamOf } from "./version";

/** Where `chef-server-ctl upgrade` keeps how far the database was migrated. */
export const migrationLevelPath = "/var/opt/opscode/upgrades/migration-level";

/**
 * The Chef Infra Server's schema in the cluster's PostgreSQL. Which release has which level is not documented: the
 * lab counts one up with each newer release.
 */
export class Schema {
  minor = 34;

  /** @param release the newest release that has migrated it */
  constructor(public release: string) {}

  /** What the file `migration-level` of a frontend at this level says. */
  get level(): string {
    return JSON.stringify({ major: 1, minor: this.minor });
  }

  /** What a frontend of that release starts with: the level, or the one before. */
  levelAtStart(release: string): string {
    return this.comparedTo(release) === 0 ? this.level : JSON.stringify({ major: 1, minor: this.minor - 1 });
  }

  /** Negative: this release would migrate it; positive: it is too new for this release. */
  comparedTo(release: string): number {
    return compareVersions(this.release, upstreamOf(release));
  }

  migrate(release: string): void {
    this.release = upstreamOf(release);
    this.minor += 1;
  }
}

/** The newest of these releases. */
export function newestRelease(versions: readonly string[]): string {
  return versions.map(upstreamOf).sort(compareVersions).at(-1) ?? "0";
}
