import { createHmac, timingSafeEqual } from "node:crypto";

/**
 * Whether the first field of a known_hosts line means this host: a comma list of patterns with `*`, `?` and
 * `!`, or one hashed name (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). `name` is `host`, or `[host]:port` for a
 * port other than 22. A matching `!pattern` wins over all others, wherever it stands.
 */
export function matchesHosts(hosts: string, name: string): boolean {
  const wanted = name.toLowerCase();
  if (hosts.startsWith("|")) return matchesHash(hosts, wanted);
  let found = false;
  for (const item of hosts.toLowerCase().split(",")) {
    const negated = item.startsWith("!");
    if (!matchesPattern(negated ? item.slice(1) : item, wanted)) continue;
    if (negated) return false;
    found = true;
  }
  return found;
}

/** `|1|salt|hash`, with hash = HMAC-SHA1(salt, name). */
function matchesHash(hosts: string, name: string): boolean {
  const [, version, salt, hash, ...rest] = hosts.split("|");
  if (version !== "1" || !salt || !hash || rest.length > 0) return false;
  const expected = Buffer.from(hash, "base64");
  const actual = createHmac("sha1", Buffer.from(salt, "base64")).update(name).digest();
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}

/** `*` is any text, `?` any one character. Linear in both, since the file may come from anywhere. */
function matchesPattern(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let starText = 0;
  while (t < text.length) {
    if (pattern[p] === "*") {
      star = p++;
      starText = t;
    } else if (pattern[p] === "?" || pattern[p] === text[t]) {
      p++;
      t++;
    } else if (star >= 0) {
      // Let the last star take one character more.
      p = star + 1;
      t = ++starText;
    } else {
      return false;
    }
  }
  while (pattern[p] === "*") p++;
  return p === pattern.length;
}
