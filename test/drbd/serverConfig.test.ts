import { parseBootstrap } from "../../provider/drbd/serverConfig";

const be1 = { names: ["be1.example.com", "be1"], addresses: ["10.1.0.11", "192.168.4.1"] };
const be2 = { names: ["be2"], addresses: ["10.1.0.12"] };

const pair = `topology "ha"
server "be1.example.com",
  :ipaddress => "10.1.0.11",
  :role => "backend",
  :bootstrap => true,
  :cluster_ipaddress => "10.2.0.11"
server "be2.example.com",
  :ipaddress => "10.1.0.12",
  :role => "backend"
backend_vip "be.example.com", :ipaddress => "10.1.0.10"
server "fe1.example.com", :ipaddress => "10.1.0.21", :role => "frontend"
api_fqdn "chef.example.com"
`;

describe("one file for all machines", () => {
  const variants: [string, string][] = [
    ["as the vendor writes it", pair],
    ["on one line each", pair.replaceAll(/,\n\s+/g, ", ")],
    ["with the word backend", pair.replaceAll(/server ("be\d)/g, "backend $1")],
    ["single quotes, no blanks", pair.replaceAll('"', "'").replaceAll(" => ", "=>")],
    ["many blanks and tabs", pair.replaceAll(" => ", "\t =>   ").replaceAll("server ", "  server\t")],
    ["the newer hash syntax", pair.replaceAll(/:(\w+) => /g, "$1: ")],
    [
      "keys as texts, in brackets",
      pair.replaceAll(/:(\w+) => /g, '"$1" => ').replaceAll(/^server (.*)$/gm, "server($1"),
    ],
    ["Windows line ends", pair.replaceAll("\n", "\r\n")],
    ["lines that end in a backslash", pair.replaceAll(/,\n/g, ", \\\n")],
    [
      "comments everywhere",
      pair
        .replaceAll(
          /^(server.*)$/gm,
          "# it's an old one:\n#   server 'be2.example.com', :bootstrap => true\n$1 # the \"machine\"\n  # and more\n",
        )
        .replace(
          "topology",
          '=begin\nserver "be2.example.com", :role => "backend", :bootstrap => true\n=end\ntopology',
        ),
    ],
    [
      "a number sign in a text",
      pair.replace('"be1.example.com",', '"be1.example.com", :note => "# no comment",'),
    ],
    ["something behind the end", `${pair}__END__\nserver "be2", :role => "backend", :bootstrap => true\n`],
    ["an entry that says false", pair.replace('"10.1.0.12",', '"10.1.0.12", :bootstrap => false,')],
  ];
  test.each(variants)("%s", (_what, text) => {
    expect([parseBootstrap(text, be1), parseBootstrap(text, be2)]).toEqual([true, false]);
  });

  test("by the name, where no address fits", () => {
    expect(parseBootstrap(pair, { names: ["BE1.example.com"], addresses: ["172.16.0.1"] })).toBe(true);
  });

  test("a machine that is in no entry is told of with what was looked for", () => {
    expect(parseBootstrap(pair, { names: ["other"], addresses: ["10.9.9.9"] })).toBe(
      "none of its entries for be1.example.com and be2.example.com is of this machine (other, 10.9.9.9)",
    );
    const both = { names: ["be1.example.com"], addresses: ["10.1.0.12"] };
    expect(parseBootstrap(pair, both)).toMatch(/^several of its entries are of this machine/);
  });
});

test("a file for each machine: only the bootstrap backend's has the mark", () => {
  const own = (mark: string) => `topology "ha"\nserver "x", :role => "backend"${mark} # :bootstrap => true\n`;
  expect(parseBootstrap(own(", :bootstrap => true"), be1)).toBe(true);
  expect(parseBootstrap(own(""), be2)).toBe(false);
  expect(parseBootstrap("", be2)).toBe(false);
});
