import { isSince } from "../version";

/** Which Elasticsearch a Chef Backend build brings (vendor's release notes; the lab's choice for builds in between). */
export function elasticsearchOf(build: string): string {
  if (isSince(build, "3.0.0")) return "6.8.23";
  if (isSince(build, "2.1.0")) return "5.6.16";
  return isSince(build, "2.0.0") ? "5.4.1" : "2.3.1";
}

/** Elasticsearch's major versions in order: after 2 came 5. */
const majors = [1, 2, 5, 6, 7, 8];

/** Whether that Elasticsearch reads an index of that creator: of its own major version and the one before. */
export function opensIndex(elasticsearch: string, createdBy: string): boolean {
  const place = (version: string) => majors.indexOf(Number.parseInt(version, 10));
  return place(elasticsearch) - place(createdBy) <= 1;
}

/** Whether nodes of two major versions are in one cluster, which a rolling upgrade brings about from 5.6 on. */
export function mixesMajors(versions: readonly string[]): boolean {
  const majorOf = (version: string) => Number.parseInt(version, 10);
  return new Set(versions.map(majorOf).filter((major) => major >= 5)).size > 1;
}

/** What an Elasticsearch writes into its log that ends because of an index too old for it. */
export function tooOldForIt(elasticsearch: string, createdBy: string, uuid: string): string {
  const least = `${Number.parseInt(elasticsearch, 10) - 1}.0.0`;
  return `java.lang.IllegalStateException: The index [[chef/${uuid}]] was created with version [${createdBy}] but the minimum compatible version is [${least}]. It should be re-indexed in Elasticsearch ${least.replace(/\..*/, "")}.x before upgrading to ${elasticsearch}.`;
}
