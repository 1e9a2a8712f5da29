import type { InputFailure } from "../inputs/validate";
import { merged, type Refusal, refusalText } from "../plan/plan";

/** The input by which a refusal can be mended, by its code. */
export type Fields = Readonly<Record<string, string>>;

/** The machines of each input that lists some, but for `nodes`. */
export type Lists = Readonly<Record<string, readonly { readonly name: string }[]>>;

/** Of ChefBackendCluster. */
const clusterFields: Fields = {
  downgrade: "version",
  path: "version",
  packageFile: "packageFile",
  packageFiles: "packageFiles",
  root: "connection",
  statusInterval: "timeouts",
  failover: "takeOverFailover",
  downtime: "allowDowntime",
  frontends: "frontends",
  frontendPath: "frontends.version",
  frontendPackage: "frontends.packageFile",
  license: "frontends.acceptLicense",
  cleanup: "frontends.cleanup",
};

/** Name of the input that a refusal is about: the one that it names, that of its code, else the one that lists its machines. */
export function refusalField({ code, where }: Refusal, lists: Lists, fields = clusterFields): string {
  const named = /^input `(.+)`$/.exec(where[0]!)?.[1];
  // A place is a machine, or a machine and a disk of it.
  const isOf = (machines: Lists[string]) =>
    where.every((place) => machines.some(({ name }) => place === name || place.startsWith(`${name}, `)));
  const list = Object.keys(lists).find((each) => isOf(lists[each]!));
  // No list has the machine of `unlisted`.
  return named ?? { unlisted: "goneMachines", ...fields }[code] ?? list ?? "nodes";
}

/** What `check` answers to refusals: each once, under its input. */
export const failuresOf = (
  refusals: readonly Refusal[],
  lists: Lists,
  fields?: Fields,
): readonly InputFailure[] =>
  merged(refusals).map((each) => ({
    property: refusalField(each, lists, fields),
    reason: refusalText(each),
  }));
