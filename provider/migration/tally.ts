import type { FactRequest, FactResult } from "../machine/machine";

/** How many objects of one kind an organization has, or the server itself where `organization` is empty. */
export interface Count {
  readonly organization: string;
  readonly kind: string;
  readonly count: number;
}

/** What a backup of `knife ec backup` holds. */
export interface Tally {
  readonly counts: readonly Count[];
  /** ACLs of objects, of which there is one by the name of each object; `kind` is that of the objects. */
  readonly acls: readonly Count[];
  /** Organizations that the database has clients of, and the backup has no folder of. */
  readonly missing: readonly string[];
}

/**
 * Counts on the machine, so that neither the question nor its answer grows with the objects: a line for each organization, `acme
 * nodes=12 acls/nodes=12 …`, one for the server itself, whose name is `/`, and `?` with the name of each that is missing.
 * An entry of a folder is an object; a data bag may be empty, and its items count by themselves; of ACLs, every file. Members are
 * `{ "user": { "username": … } }`, each in lines of its own (pretty JSON).
 */
export const tallyScript = `cd "$1" || exit 1
{
  find organizations users user_acls -mindepth 1 -maxdepth 4 -printf '%y %p\\n' 2> /dev/null
  find organizations -mindepth 2 -maxdepth 2 -name members.json -exec grep -Hc '"username"' {} + 2> /dev/null | sed 's/^/m /'
  grep -oE '"org_name": ?"[^"]+"' key_table_dump.json 2> /dev/null | sed 's/"$//; s/^.*"/k /' | sort -u
} | awk '
function add(org, kind, n) { if (!((org, kind) in count)) kinds[org] = kinds[org] " " kind; count[org, kind] += n }
{ type = $1; depth = split(substr($0, 3), part, "/"); org = part[2]; kind = part[3] }
type == "k" { if (!(part[1] in kinds)) print "? " part[1]; next }
type == "m" { sub(/^members.json:/, "", kind); add(org, "members", kind); next }
part[1] == "users" || part[1] == "user_acls" { if (depth == 2) add("/", part[1], 1); next }
part[1] != "organizations" { next }
depth == 2 { if (type == "d") kinds[org] = kinds[org]; next }
depth == 3 { if (type == "d") add(org, kind, 0); next }
kind == "acls" { if (type == "f") { add(org, kind, 1); if (depth == 5) add(org, kind "/" part[4], 1) }; next }
depth == 4 { add(org, kind, 1); next }
kind == "data_bags" { add(org, "data_bag_items", 1) }
END {
  for (org in kinds) {
    line = org
    n = split(substr(kinds[org], 2), part, " ")
    for (at = 1; at <= n; at++) line = line " " part[at] "=" count[org, part[at]]
    print line
  }
}'`;

/** Hundreds of thousands of files on a slow disk: half an hour. */
export const tallyFact = (backup: string): FactRequest => ({
  ...{ name: "tally", argv: ["sh", "-c", tallyScript, "sh", backup], slow: true, limit: 1800 },
});

/** Reads the answer to `tallyFact`; null where there is no such backup, or it could not be read. */
export function parseTally({ code, stdout }: FactResult): Tally | null {
  if (code !== 0) return null;
  const missing: string[] = [];
  const all: Count[] = [];
  for (const line of stdout.split("\n").filter(Boolean)) {
    const [name, ...kinds] = line.split(" ") as [string, ...string[]];
    if (name === "?") missing.push(kinds[0]!);
    else
      for (const each of kinds) {
        const [kind, count] = each.split("=") as [string, string];
        all.push({ organization: name === "/" ? "" : name, kind, count: Number(count) });
      }
  }
  const isAcl = ({ kind }: Count) => kind.startsWith("acls/");
  return {
    counts: all.filter((each) => !isAcl(each)),
    acls: all.filter(isAcl).map((each) => ({ ...each, kind: each.kind.slice("acls/".length) })),
    missing,
  };
}

/** Looks counts up, 0 for what is not there. */
export function countIn(counts: readonly Count[]): (organization: string, kind: string) => number {
  const found = new Map(counts.map((each) => [`${each.organization}/${each.kind}`, each.count]));
  return (organization, kind) => found.get(`${organization}/${kind}`) ?? 0;
}
