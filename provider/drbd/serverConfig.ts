/** What tells which entry of a configuration file is a machine's own. */
export interface Identity {
  /** Its own names: full and short. */
  readonly names: readonly string[];
  readonly addresses: readonly string[];
}

/** One `server "FQDN", …` or `backend "FQDN", …` entry. */
export interface Entry {
  readonly name: string;
  readonly address: string | null;
  readonly bootstrap: boolean;
}

const marked = /(?::bootstrap\s*=>|\bbootstrap:|["']bootstrap["']\s*=>)\s*true\b/;

/**
 * Whether `private-chef.rb` (`chef-server.rb` from 12 on) makes the machine on which it lies the bootstrap backend (seed page, step 3). The file
 * may be the same on all machines, with an entry for each, or differ, and then only one of them is marked at all.
 * @returns a sentence where it cannot be told.
 */
export function parseBootstrap(text: string, identity: Identity): boolean | string {
  const code = withoutComments(text);
  const backends = entriesOf(code);
  if (backends.length < 2) return marked.test(code);
  const own = backends.filter((entry) => isOwn(entry, identity));
  const who = [...identity.names, ...identity.addresses].join(", ");
  if (own.length === 0)
    return `none of its entries for ${backends.map((entry) => entry.name).join(" and ")} is of this machine (${who})`;
  if (own.length > 1)
    return `several of its entries are of this machine (${who}): ${own.map((entry) => entry.name).join(" and ")}`;
  return own[0]!.bootstrap;
}

/** Without what Ruby does not look at: `#` to the end of the line outside of quotes, `=begin … =end`, `__END__`. */
export function withoutComments(text: string): string {
  return text
    .replace(/\r\n?/g, "\n")
    .replace(/^=begin\b[^]*?^=end\b.*$/gm, "")
    .replace(/^__END__\n[^]*/m, "")
    .replace(/("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')|#.*$/gm, (_all, quoted?: string) => quoted ?? "");
}

/** The entries of backends; an entry goes on over line ends behind a comma, a `=>`, a backslash or an open bracket. */
export function entriesOf(code: string): Entry[] {
  const joined = code.replace(/(,|=>|\\|\(|\{)[ \t]*\n\s*/g, (_all, end: string) =>
    end === "\\" ? " " : `${end} `,
  );
  const entries = joined.matchAll(/^[ \t]*(server|backend)[ \t]*\(?\s*["']([^"']+)["'](.*)$/gm);
  return [...entries].flatMap(([, word, name, rest]) => {
    const role = value(rest!, "role");
    if (word === "server" && role !== "backend") return [];
    return [{ name: name!, address: value(rest!, "ipaddress"), bootstrap: marked.test(rest!) }];
  });
}

/** Value of one key of an entry; null where it has none. */
export function value(rest: string, key: string): string | null {
  const found = new RegExp(
    `(?::${key}\\s*=>|\\b${key}:|["']${key}["']\\s*=>)\\s*(?:["']([^"']*)["']|:(\\w+))`,
  ).exec(rest);
  return found ? (found[1] ?? found[2]!) : null;
}

function isOwn({ name, address }: Entry, { names, addresses }: Identity): boolean {
  if (address !== null && addresses.includes(address)) return true;
  const lower = names.map((each) => each.toLowerCase());
  return lower.includes(name.toLowerCase());
}
