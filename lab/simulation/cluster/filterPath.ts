/**
 * Elasticsearch's `filter_path`: what of an answer the paths name, several separated by commas. A `.` goes one level
 * down, so that a key with dots in it, as `flat_settings` makes them, is met by `\.` or `*` alone (elastic/elasticsearch
 * issue 43290).
 */
export function filterPath(answer: object, paths: string): object {
  const kept = paths.split(",").map((path) => pick(answer, segmentsOf(path)));
  return kept.reduce<Tree>((all, each) => merge(all, (each ?? {}) as Tree), {});
}

type Tree = Record<string, unknown>;

const segmentsOf = (path: string) => path.split(/(?<!\\)\./).map((segment) => segment.replaceAll("\\.", "."));

const isTree = (value: unknown): value is Tree => typeof value === "object" && value !== null;

/** What a path names below a value; undefined: nothing. */
function pick(value: unknown, segments: readonly string[]): unknown {
  const [first, ...rest] = segments;
  if (first === undefined) return value;
  if (!isTree(value)) return undefined;
  // `**` is any number of levels, none among them.
  const below = first === "**" ? [rest, segments] : [rest];
  const here = first === "**" && rest.length > 0 ? pick(value, rest) : undefined;
  const found = Object.entries(value)
    .filter(([key]) => first === "**" || matches(key, first))
    .flatMap(([key, inner]) => below.map((way): [string, unknown] => [key, pick(inner, way)]))
    .filter(([, inner]) => inner !== undefined && !(isTree(inner) && Object.keys(inner).length === 0));
  const all = found.reduce<Tree>((tree, [key, inner]) => merge(tree, { [key]: inner }), (here ?? {}) as Tree);
  return Object.keys(all).length > 0 ? all : undefined;
}

function matches(key: string, glob: string): boolean {
  const literal = glob.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${literal.join(".*")}$`).test(key);
}

function merge(a: Tree, b: Tree): Tree {
  const both = (key: string) => (isTree(a[key]) && isTree(b[key]) ? merge(a[key], b[key]) : b[key]);
  return { ...a, ...Object.fromEntries(Object.keys(b).map((key) => [key, both(key)])) };
}
