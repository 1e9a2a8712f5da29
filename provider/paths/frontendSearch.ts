import { compareVersions, release } from "../versions/version";

/** Releases of chef-server-core from this one on, and the major releases of Elasticsearch that they work with. */
export interface FrontendRow {
  readonly since: string;
  readonly majors: readonly number[];
  readonly source: string;
}

const raises = (tag: string) =>
  `chef/chef-server at ${tag}, private-chef/libraries/helper.rb: \`reconfigure\` raises on any other`;

/**
 * Which frontend goes with which backend. No page of the vendor's has it: it is what the sources at the tags of published
 * releases accept. Each release works with all that the ones before it do.
 */
export const frontendSearch: readonly FrontendRow[] = [
  { since: "14.2.2", majors: [2, 5, 6, 7], source: raises("14.2.2") },
  { since: "13.2.0", majors: [2, 5, 6], source: raises("13.2.0") },
  { since: "12.15.8", majors: [2, 5], source: `${raises("12.15.8")}; release notes of 12.16.2` },
  {
    ...{ since: "12.5.0", majors: [2] },
    source:
      "vendor's installation page: the first release for Chef Backend; release notes of 12.16.2: Elasticsearch 5 is new",
  },
];

/** The first release that Chef Backend works with (vendor's installation page). */
export const oldestFrontend = frontendSearch.at(-1)!.since;

/** The major releases of Elasticsearch that a release of chef-server-core works with. */
export function majorsOf(frontend: string): readonly number[] {
  return frontendSearch.find(({ since }) => compareVersions(frontend, since) >= 0)?.majors ?? [];
}

/** For people: what a release works with. */
export function knownText(frontend: string): string {
  const majors = majorsOf(frontend).join(", ") || "of no Chef Backend";
  return `chef-server-core ${release(frontend)} works with Elasticsearch ${majors} only`;
}

export function worksWith(frontend: string, elasticsearch: string): boolean {
  return majorsOf(frontend).includes(Number.parseInt(elasticsearch, 10));
}

/** The first release of chef-server-core that works with an Elasticsearch; undefined where none does. */
export function firstWith(elasticsearch: string): string | undefined {
  return frontendSearch.findLast(({ since }) => worksWith(since, elasticsearch))?.since;
}
