/** /proc/net/fib_trie of a machine with these addresses (and loopback), each in a network of 24 bits. */
export function fibTrie(addresses: readonly string[]): string {
  const four = addresses.filter((address) => !address.includes(":"));
  return ["Main", "Local"].map((table) => `${table}:\n${trie(four)}`).join("");
}

function trie(addresses: readonly string[]): string {
  const prefixOf = (address: string) => address.replace(/\.\d+$/, "");
  const prefixes = [...new Set(addresses.map(prefixOf))];
  const blocks = prefixes.map((prefix) =>
    network(
      prefix,
      addresses.filter((each) => prefixOf(each) === prefix),
    ),
  );
  return `  +-- 0.0.0.0/0 3 0 5
     |-- 0.0.0.0
        /0 universe UNICAST
     +-- 127.0.0.0/8 2 0 2
        +-- 127.0.0.0/31 1 0 0
           |-- 127.0.0.0
              /8 host LOCAL
           |-- 127.0.0.1
              /32 host LOCAL
        |-- 127.255.255.255
           /32 link BROADCAST
${blocks.join("")}`;
}

function network(prefix: string, members: readonly string[]): string {
  const hosts = members.map((address) => `        |-- ${address}\n           /32 host LOCAL\n`);
  return `     +-- ${prefix}.0/24 2 0 2
        |-- ${prefix}.0
           /24 link UNICAST
${hosts.join("")}        |-- ${prefix}.255
           /32 link BROADCAST
`;
}

/** `ip -o addr`: all on one interface, the VIP beside the machine's own. */
export function ipAddr(addresses: readonly string[]): string {
  const shown = addresses.map((address) =>
    address.includes(":")
      ? `2: eth0    inet6 ${address}/64 scope global \\       valid_lft forever preferred_lft forever`
      : `2: eth0    inet ${address}/24 brd ${address.replace(/\d+$/, "255")} scope global eth0\\       valid_lft forever preferred_lft forever`,
  );
  return ["1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever preferred_lft forever", ...shown]
    .map((line) => `${line}\n`)
    .join("");
}

/** /proc/net/if_inet6: loopback and the machine's IPv6 addresses. */
export function ifInet6(addresses: readonly string[]): string {
  const six = addresses.filter((address) => address.includes(":"));
  const lines = six.map((address) => `${hex(address)} 02 40 00 80     eth0`);
  return ["00000000000000000000000000000001 01 80 10 80       lo", ...lines]
    .map((line) => `${line}\n`)
    .join("");
}

/** An IPv6 address as 32 hexadecimal digits. */
function hex(address: string): string {
  const [head = "", tail] = address.split("::");
  const groups = (part: string | undefined) => (part ? part.split(":") : []);
  const [front, back] = [groups(head), groups(tail)];
  const middle = Array<string>(8 - front.length - back.length).fill("0");
  const all = tail === undefined ? front : [...front, ...middle, ...back];
  return all
    .map((group) => group.padStart(4, "0"))
    .join("")
    .toLowerCase();
}
