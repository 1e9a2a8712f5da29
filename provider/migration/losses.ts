import { countIn, type Tally } from "./tally";

/**
 * Kinds of which `knife ec backup` asks for an ACL by the name of each object that the server lists, and for the object
 * itself apart from that (chef, acl_dir.rb): an ACL without its object is an object that was lost on the way.
 */
const withAcls: ReadonlySet<string> = new Set(["clients", "data_bags", "environments", "nodes", "roles"]);

/** What a backup certainly lacks of what the server had: a sentence each. What is not in it at all tells nothing. */
export function losses({ counts, acls, missing }: Tally): string[] {
  const has = countIn(counts);
  const ofServer = { organization: "", kind: "users", count: has("", "user_acls") };
  return [
    ...missing.map((name) => `organization ${name}`),
    ...[...acls.filter(({ kind }) => withAcls.has(kind)), ofServer]
      .filter(({ organization, kind, count }) => count > has(organization, kind))
      .map(
        ({ organization, kind, count }) =>
          `${organization || "the server"}: ${count} ACLs of ${kind}, ${has(organization, kind)} ${kind}`,
      ),
  ];
}
