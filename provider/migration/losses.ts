import type { FactRequest, FactResult } from "../machine/machine";
import type { Count } from "./counts";

/**
 * Kinds of which `knife ec backup` asks for an ACL by the name of each object that the server lists, and for the object
 * itself apart from that (chef, acl_dir.rb): an ACL without its object is an object that was lost on the way.
 */
const withAcls = ["clients", "data_bags", "environments", "nodes", "roles"] as const;

/** Asks for the ACLs of a backup by kind, and for the organizations that the database has clients of. */
export function lossFacts(backup: string, organizations: readonly string[]): FactRequest[] {
  return [
    {
      name: "keys",
      argv: ["grep", "-oE", '"org_name": ?"[^"]+"', `${backup}/key_table_dump.json`],
      slow: true,
    },
    ...organizations.flatMap((name) =>
      withAcls.map((kind) => ({
        name: `${name}/${kind}`,
        argv: ["find", `${backup}/organizations/${name}/acls/${kind}`, "-type", "f", "-printf", "."],
      })),
    ),
  ];
}

/** What a backup certainly lacks of what the server had: a sentence each. What is not in it at all tells nothing. */
export function losses(counts: readonly Count[], facts: Readonly<Record<string, FactResult>>): string[] {
  const has = (organization: string, kind: string) =>
    counts.find((each) => each.organization === organization && each.kind === kind)?.count ?? 0;
  const organizations = new Set(counts.map(({ organization }) => organization));
  const keys = facts.keys?.stdout ?? "";
  const known = new Set([...keys.matchAll(/"org_name": ?"([^"]+)"/g)].map((match) => match[1]!));
  const fewer = (organization: string, kind: string, acls: number) =>
    acls > has(organization, kind)
      ? [`${organization || "the server"}: ${acls} ACLs of ${kind}, ${has(organization, kind)} ${kind}`]
      : [];
  return [
    ...[...known].filter((name) => !organizations.has(name)).map((name) => `organization ${name}`),
    ...[...organizations]
      .filter((name) => name !== "")
      .flatMap((name) =>
        withAcls.flatMap((kind) =>
          fewer(name, kind, (facts[`${name}/${kind}`]?.stdout.match(/\./g) ?? []).length),
        ),
      ),
    ...fewer("", "users", has("", "user_acls")),
  ];
}
