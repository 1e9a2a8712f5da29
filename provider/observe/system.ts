import type { Disk } from "../cluster/state";
import { isWithin } from "../values/isWithin";
import { jsonObject } from "../values/jsonObject";

/** What operating system it is. */
export interface OsRelease {
  readonly id: string;
  readonly version: string;
  readonly pretty: string;
  /** What it is derived from. */
  readonly like: readonly string[];
}

/**
 * Reads ID, VERSION_ID, PRETTY_NAME and ID_LIKE of `/etc/os-release`; where there is none, `/etc/redhat-release` (EL 6) or
 * `/etc/SuSE-release` (SLES 11 before its SP4).
 */
export function parseOsRelease(text: string, redhatRelease = "", suseRelease = ""): OsRelease {
  const lines = text.split("\n").map((line) => line.trim());
  const value = (key: string) =>
    lines
      .find((line) => line.startsWith(`${key}=`))
      ?.slice(key.length + 1)
      .replace(/^["']|["']$/g, "") ?? "";
  const named = {
    ...{ id: value("ID"), version: value("VERSION_ID"), pretty: value("PRETTY_NAME") },
    like: value("ID_LIKE").split(/\s+/).filter(Boolean),
  };
  if (named.id !== "") return named;
  return parseRedhatRelease(redhatRelease) ?? parseSuseRelease(suseRelease) ?? named;
}

function parseRedhatRelease(text: string): OsRelease | null {
  const [pretty, name, version] = /^(.*) release (\d[\d.]*).*$/m.exec(text) ?? [];
  if (pretty === undefined) return null;
  const id = /^Red Hat/.test(name!) ? "rhel" : name!.split(" ")[0]!.toLowerCase();
  return { id, version: version!, pretty, like: ["rhel", "fedora"].includes(id) ? [] : ["rhel"] };
}

/** Its first line names the product, then come `VERSION = 11` and `PATCHLEVEL = 3`, the service pack. */
function parseSuseRelease(text: string): OsRelease | null {
  const [name, product] = /^((?:open)?SUSE.*?)(?: \(\w+\))?$/m.exec(text)?.slice(0, 2) ?? [];
  const of = (key: string) => new RegExp(`^${key}\\s*=\\s*(\\d[\\d.]*)\\s*$`, "m").exec(text)?.[1];
  const [version, pack = "0"] = [of("VERSION"), of("PATCHLEVEL")];
  if (name === undefined || version === undefined) return null;
  const id = /^SUSE Linux Enterprise Server/.test(product!)
    ? "sles"
    : /^open/.test(name)
      ? "opensuse"
      : "suse";
  const own = pack === "0" ? {} : { version: `${version}.${pack}`, pretty: `${name} SP${pack}` };
  return { id, version, pretty: name, like: id === "suse" ? [] : ["suse"], ...own };
}

/**
 * The addresses that a machine carries itself, from the kernel's `/proc/net/fib_trie` and `/proc/net/if_inet6`:
 * readable everywhere with no further tool. Loopback is left out.
 * @param ipAddresses what `ip -o addr` prints: for kernels without `fib_trie`
 */
export function parseLocalAddresses(fibTrie: string, ifInet6: string, ipAddresses = ""): string[] {
  const found = new Set<string>();
  let last = "";
  for (const line of fibTrie.split("\n")) {
    last = /\|--\s+(\d+\.\d+\.\d+\.\d+)/.exec(line)?.[1] ?? last;
    if (/\/32 host LOCAL/.test(line) && !last.startsWith("127.")) found.add(last);
  }
  if (found.size === 0)
    for (const [, address] of ipAddresses.matchAll(/^\d+: \S+\s+inet (\d+\.\d+\.\d+\.\d+)[/ ]/gm))
      if (!address!.startsWith("127.")) found.add(address!);
  for (const line of ifInet6.split("\n")) {
    const hex = /^([0-9a-f]{32})\s/.exec(line)?.[1];
    if (hex && !/^0{31}1$/.test(hex)) found.add(canonicalAddress(hex.match(/.{4}/g)!.join(":")));
  }
  return [...found];
}

/** The addresses of each interface, from `ip -o addr` (iproute2): a line each, with the interface's name in front. */
export function parseInterfaces(ipAddresses: string): string[][] {
  const byName = new Map<string, string[]>();
  for (const [, name, address] of ipAddresses.matchAll(/^\d+: ([^\s:@]+)\S*\s+inet6? ([0-9a-fA-F.:]+)[/ ]/gm))
    byName.set(name!, [...(byName.get(name!) ?? []), canonicalAddress(address!)]);
  return [...byName.values()];
}

/** One spelling for an address: IPv6 in its shortest form, lower case. */
export function canonicalAddress(address: string): string {
  const bare = address.replace(/^\[|\]$/g, "").replace(/%.*$/, "");
  if (!bare.includes(":")) return bare;
  try {
    return new URL(`http://[${bare}]/`).hostname.slice(1, -1);
  } catch {
    return bare;
  }
}

/**
 * Reads `df -Pk` (POSIX format, KiB): a row for each path, in their order, whatever its mount is called: a path may be a
 * link. One that `df` refused on standard error, because it is not there yet, lies on the file system with the longest
 * matching mount point.
 */
export function parseDf(text: string, paths: readonly string[], errors = ""): Disk[] {
  const rows = text
    .split("\n")
    .map((line) => /\s(\d+)\s+(\d+)\s+(-?\d+)\s+(?:\d+%|-)\s+(\/.*)$/.exec(line.trimEnd()))
    .filter((match) => match !== null);
  const disk = (path: string, [, size, , available, mount]: RegExpMatchArray): Disk => ({
    ...{ path, mount: mount!, sizeKiB: Number(size), availableKiB: Number(available) },
  });
  const refused = (path: string) =>
    errors
      .split("\n")
      .some((line) => /^df: /.test(line) && line.replace(/['`"\u2018\u2019]/g, "").includes(` ${path}: `));
  const there = paths.filter((path) => !refused(path));
  const byDepth = [...rows].sort((a, b) => b[4]!.length - a[4]!.length);
  return paths.flatMap((path) => {
    const own = rows.length === there.length ? rows[there.indexOf(path)] : undefined;
    const row = own ?? byDepth.find((match) => isWithin(path, match[4]!));
    return row ? [disk(path, row)] : [];
  });
}

/**
 * Who holds one of the lock files, from the kernel's `/proc/locks` and `stat -c '%i %n'` of the lock files.
 * @returns `process 4711 holds /var/lib/dpkg/lock-frontend`, or null.
 */
export function findLockHolder(locks: string, inodes: string): string | null {
  const files = new Map(
    inodes
      .split("\n")
      .map((line) => /^(\d+) (.+)$/.exec(line.trim()))
      .filter((match) => match !== null)
      .map((match) => [match[1]!, match[2]!]),
  );
  for (const line of locks.split("\n")) {
    const match = /^\d+:\s+(?:POSIX|FLOCK|OFDLCK)\s+\S+\s+WRITE\s+(-?\d+)\s+\w+:\w+:(\d+)\s/.exec(
      line.trim(),
    );
    const file = match && files.get(match[2]!);
    // A lock of an open file description is no process's own.
    if (file) return `${match[1] === "-1" ? "a process" : `process ${match[1]}`} holds ${file}`;
  }
  return null;
}

/**
 * Reads `version.number` of what Elasticsearch answers at its root: the release that runs. CrateDB and OpenSearch answer
 * with numbers of their own there; the tagline is Elasticsearch's in every release.
 */
export function parseSearchVersion(text: string): string | null {
  const answer = jsonObject(text);
  const { number, distribution } = (answer?.version ?? {}) as Record<string, unknown>;
  if (answer?.tagline !== "You Know, for Search" || distribution !== undefined) return null;
  return typeof number === "string" && /^\d+\.\d+\.\d+$/.test(number) ? number : null;
}

/** Reads `count` of Elasticsearch's `_count`; null when there is no such index, or no answer of Elasticsearch's. */
export function parseCount(text: string): number | null {
  const { count, _shards: shards } = jsonObject(text) ?? {};
  return typeof shards === "object" && typeof count === "number" && Number.isInteger(count) ? count : null;
}

/**
 * Reads the answer to `countByDatabase`: documents by the database of their organization, and by kind; null when there is no such
 * index, no answer, or more than were asked for.
 */
export function parseDatabases(
  text: string,
): Readonly<Record<string, Readonly<Record<string, number>>>> | null {
  const { databases } = (jsonObject(text)?.aggregations ?? {}) as { databases?: Terms };
  if (!Array.isArray(databases?.buckets) || databases.sum_other_doc_count !== 0) return null;
  return Object.fromEntries(
    databases.buckets.map(({ key, kinds }) => {
      const counts = (kinds as Terms | undefined)?.buckets ?? [];
      return [
        String(key),
        Object.fromEntries(counts.map((each) => [String(each.key), Number(each.doc_count)])),
      ];
    }),
  );
}

/** A `terms` aggregation, and those within it (elastic.co, releases 2.3 to 6.8). */
interface Terms {
  readonly sum_other_doc_count?: number;
  readonly buckets?: readonly {
    readonly key: unknown;
    readonly doc_count: unknown;
    readonly kinds?: unknown;
  }[];
}
