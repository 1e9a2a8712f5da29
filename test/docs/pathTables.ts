import type { Hop } from "../../provider/cluster/hop";
import { isRebuild } from "../../provider/cluster/hop";
import {
  elasticsearch,
  elasticsearchOf,
  findPath,
  matrix,
  type Row,
} from "../../provider/paths/backendPaths";
import { frontendSearch, worksWith } from "../../provider/paths/frontendSearch";

/** What docs/upgrade-paths.md has between its marks, made from the rows that the solver goes by. */
export function pathTables(): string {
  return [
    "### Direct upgrades",
    table(["From", "To", "How", "Search index", "Source"], matrix.map(rowOf)),
    "### Elasticsearch by release",
    table(
      ["Chef Backend", "Elasticsearch"],
      elasticsearch.map(([since, brought]) => [
        since === "0.0.0" ? "before 2.0.0" : `${since} and later`,
        brought,
      ]),
    ),
    "### Frontends",
    table(
      ["chef-server-core", "Elasticsearch", "Chef Backend", "Source"],
      frontendSearch.map(({ since, majors, source }) => [
        `${since} and later`,
        majors.join(", "),
        backendsWith(since),
        source,
      ]),
    ),
    "### What follows from it",
    table(["From", "To", "Oldest index made by", "Hops"], asked.map(wayOf)),
  ].join("\n\n");
}

/** `1.x, 2.x`: all releases of one major bring Elasticsearch of one. */
function backendsWith(frontend: string): string {
  const backends = ["1.0.0", "2.0.0", "3.0.0"].filter((each) => worksWith(frontend, elasticsearchOf(each)));
  return backends.map((each) => each.replace(".0.0", ".x")).join(", ");
}

const range = ([from, below]: Row["from"]) => `${from} and later, before ${below}`;

function rowOf({ from, to, method, indexSince, rebuiltBefore, source }: Row): string[] {
  const index =
    indexSince === undefined
      ? "any"
      : `${indexSince} and later; an older one is rebuilt ${rebuiltBefore ? "before, without any upgrade" : "in the hop, frontends out of service"}`;
  return [range(from), range(to), method === "rolling" ? "rolling" : "full downtime", index, source];
}

/** One of each kind of path. */
const asked: readonly (readonly [from: string, to: string, index: string])[] = [
  ["1.2.4", "1.4.40", "2.3.1"],
  ["1.4.40", "2.3.16", "2.3.1"],
  ["1.4.40", "3.1.1", "2.3.1"],
  ["2.0.30", "2.3.16", "2.3.1"],
  ["2.0.30", "2.3.16", "5.4.1"],
  ["2.0.30", "3.1.1", "2.3.1"],
  ["2.0.30", "3.1.1", "5.4.1"],
  ["2.1.0", "2.3.16", "2.3.1"],
  ["2.1.0", "3.1.1", "5.6.16"],
  ["2.3.16", "3.1.1", "2.3.1"],
  ["2.3.16", "3.1.1", "5.6.16"],
  ["3.0.0", "3.1.1", "5.6.16"],
];

function wayOf([from, to, index]: (typeof asked)[number]): string[] {
  const hops = findPath({ from, to, index }) as readonly Hop[];
  return [from, to, `Elasticsearch ${index}`, hops.map(hopText).join("; ")];
}

function hopText(hop: Hop): string {
  if (isRebuild(hop)) return `search index rebuilt on ${hop.to}`;
  const how = { rolling: "rolling", downtime: "full downtime", reindex: "rolling, search index rebuilt" };
  return `${hop.to}, ${how[hop.method as keyof typeof how]}`;
}

/** As the formatter has it: every cell as wide as the widest of its column. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((cell, at) =>
    Math.max(3, ...[head, ...rows].map((row) => row[at]!.length), cell.length),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at]!)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}
