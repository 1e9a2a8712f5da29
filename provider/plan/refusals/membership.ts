import { refuse, type Rule } from "./rule";

const notTied: Rule = (_spec, view) =>
  view.tied.problems.map(({ kind, nodes: where, seen }) => {
    const next = "list each backend of this one cluster once in `nodes`, by its own address";
    switch (kind) {
      case "stranger":
        return refuse({ code: "membership", what: "Host is no backend of this cluster", where, seen, next });
      case "twin":
        return refuse({ code: "membership", what: "Backend is listed twice", where, seen, next });
      case "vip":
        return refuse({ code: "membership", what: "Backend is listed by the VIP", where, seen, next });
    }
  });

const anotherCluster: Rule = (spec, view) => {
  const seen = [...view.tied.rows.values()].map((row) => row.guid);
  const known = spec.knownGuids;
  return known.length > 0 && seen.length > 0 && !seen.some((guid) => known.includes(guid))
    ? [
        refuse({
          code: "membership",
          what: "This is another cluster",
          where: "the cluster",
          seen: `cluster-status shows none of the adopted backends (GUIDs ${known.join(", ")})`,
          next: "check the hosts in `nodes`; another cluster needs a resource of its own",
        }),
      ]
    : [];
};

/** Which cluster it is, and whether its backends are the ones that are given. */
export const identityRules: Rule[] = [notTied, anotherCluster];
