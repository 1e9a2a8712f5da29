import { leadingToSeveral, listedTwice } from "./anyMachine";
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

/** The frontends, too: twice among themselves, or given as a backend. Two backends are told by their rows. */
const notItsOwn: Rule = (_spec, { state: { nodes, frontends } }) => [
  ...listedTwice([...nodes, ...frontends]).filter(({ where }) =>
    where.some((name) => frontends.some((each) => each.name === name)),
  ),
  ...leadingToSeveral([...nodes, ...frontends]),
];

/** GUIDs go along when disks are copied: a staging copy has those of the cluster that it was made of. */
const copy: Rule = (spec, view) =>
  [...view.tied.rows].flatMap(([name, { guid }]) => {
    const adopted = spec.knownMachines[guid];
    const { machineId } = view.state.nodes.find((node) => node.name === name)!;
    if (!adopted || machineId === "" || machineId === adopted) return [];
    return [
      refuse({
        code: "membership",
        what: "This is a copy of the adopted cluster",
        where: name,
        seen: `its GUID ${guid} is that of an adopted backend, its machine id is ${machineId}; adopted was ${adopted}`,
        next: [
          "list the hosts of the adopted cluster in `nodes`; a copy needs a resource of its own",
          "if it is that cluster on other machines, let this stack forget it (`pulumi state delete`) and adopt it again",
        ].join("\n"),
      }),
    ];
  });

/** Which cluster it is, and whether its backends are the ones that are given. */
export const identityRules: Rule[] = [notTied, notItsOwn, anotherCluster, copy];
