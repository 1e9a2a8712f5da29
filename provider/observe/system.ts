import type { Disk } from "../cluster/state";

/** Reads ID, VERSION_ID and PRETTY_NAME of `/etc/os-release`. */
export function parseOsRelease(text: string): { id: string; version: string; pretty: string } {
  const value = (key: string) => new RegExp(`^${key}=["']?(.*?)["']?\\s*$`, "m").exec(text)?.[1] ?? "";
  return { id: value("ID"), version: value("VERSION_ID"), pretty: value("PRETTY_NAME") };
}

/**
 * The addresses that a machine carries itself, from the kernel's `/proc/net/fib_trie` and `/proc/net/if_inet6`:
 * readable everywhere with no further tool. Loopback is left out.
 */
export function parseLocalAddresses(fibTrie: string, ifInet6: string): string[] {
  const found = new Set<string>();
  let last = "";
  for (const line of fibTrie.split("\n")) {
    last = /\|--\s+(\d+\.\d+\.\d+\.\d+)/.exec(line)?.[1] ?? last;
    if (/\/32 host LOCAL/.test(line) && !last.startsWith("127.")) found.add(last);
  }
  for (const line of ifInet6.split("\n")) {
    const hex = /^([0-9a-f]{32})\s/.exec(line)?.[1];
    if (hex && !/^0{31}1$/.test(hex)) found.add(canonicalAddress(hex.match(/.{4}/g)!.join(":")));
  }
  return [...found];
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
 * Reads `df -Pk` (POSIX format, KiB): one row for each path. A path that `df` refused, because it is not there
 * yet, lies on the file system with the longest matching mount point.
 */
export function parseDf(text: string, paths: readonly string[]): Disk[] {
  const rows = text
    .split("\n")
    .slice(1)
    .map((line) => /\s(\d+)\s+(\d+)\s+(-?\d+)\s+(?:\d+%|-)\s+(.*?)\s*$/.exec(line))
    .filter((match) => match !== null);
  const disk = (path: string, match: RegExpExecArray): Disk => ({
    path,
    mount: match[4]!,
    availableKiB: Number(match[3]),
  });
  if (rows.length === paths.length) return rows.map((match, index) => disk(paths[index]!, match));
  const byDepth = [...rows].sort((a, b) => b[4]!.length - a[4]!.length);
  return paths.flatMap((path) => {
    const row = byDepth.find((match) => isWithin(path, match[4]!));
    return row ? [disk(path, row)] : [];
  });
}

function isWithin(path: string, mount: string): boolean {
  return mount === "/" || path === mount || path.startsWith(`${mount}/`);
}

/**
 * Who holds one of the lock files, from the kernel's `/proc/locks` and `stat -c '%i %n'` of the lock files.
 * @returns `pid 4711 (/var/lib/dpkg/lock-frontend)`, or null.
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
    if (file) return `process ${match[1]} holds ${file}`;
  }
  return null;
}

/** Reads `created_string` of Elasticsearch's index settings: the release that made the search index. */
export function parseIndexVersion(text: string): string | null {
  return /"created_string"\s*:\s*"(\d+\.\d+\.\d+)"/.exec(text)?.[1] ?? null;
}

/** Reads `version.number` of what Elasticsearch answers at its root: the release that runs. */
export function parseSearchVersion(text: string): string | null {
  try {
    const number = (JSON.parse(text) as { version?: { number?: unknown } } | null)?.version?.number;
    return typeof number === "string" && /^\d+\.\d+\.\d+$/.test(number) ? number : null;
  } catch {
    return null;
  }
}

/** Reads `count` of Elasticsearch's `_count`; null when there is no such index, or no answer. */
export function parseCount(text: string): number | null {
  const count = /"count"\s*:\s*(\d+)/.exec(text)?.[1];
  return count === undefined ? null : Number(count);
}
