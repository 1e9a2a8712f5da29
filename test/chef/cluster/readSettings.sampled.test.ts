/** What is read of a file is what Ruby and Mixlib::Config make of it, or it is untold: tried on files of many forms. */
import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";
import fc from "fast-check";
import { readSettings } from "../../../provider/chef/cluster/readSettings";
import { given } from "../../support/needs";
import { randomRuns } from "../../support/randomRuns";

const { numRuns, seed } = randomRuns(__filename, { quick: 400, full: 5000, soak: 200_000 });

const defaults: Readonly<Record<string, unknown>> = {
  ...{ publish_address: null, vip: null, "etcd.client_port": 2379, "postgresql.port": 5432 },
  ...{ "postgresql.shmmax": null, "elasticsearch.port": 9200, "elasticsearch.data_dir": "/data" },
  ...{ "leaderl.http_port": 7331, "leaderl.leader_ttl_seconds": 30 },
  ...{ "leaderl.health_check.disk_min_space_mb": 250, "leaderl.health_check.disk_paths": ["/data"] },
};
const keys = Object.keys(defaults);
const numbers = keys.filter((key) => /port|shm|seconds|_mb/.test(key));

/** A number, in every form. */
const number = fc
  .tuple(fc.constantFrom(...numbers), fc.integer({ min: 1, max: 60_000 }), fc.nat(9))
  .map(([key, value, form]) => {
    const [part, last] = [key.replace(/\.\w+$/, ""), key.replace(/^.*\./, "")];
    const digits = `${value}`.replace(/(\d)(\d{3})$/, "$1_$2");
    const shown = [`${value}`, digits, `(${value})`, `0x${value.toString(16)}`][value % 4]!;
    return [
      ...[`${key} ${shown}`, `${key} = ${shown}`, `${key}=${shown}`, `${key}(${shown})`],
      ...[`${part}['${last}'] = ${shown}`, `${part}["${last}"]=${shown}`, `${part}[:${last}] = ${shown}`],
      ...[`self.${key} = ${shown}`, `${part}\n  .${last} = ${shown}`, `${key} = \\\n ${shown} # it`],
    ][form]!;
  });
const other = fc.constantFrom(
  ...[
    "vip '192.0.2.1'",
    'vip "192.0.2.2"',
    "vip %q(192.0.2.3)",
    "vip '1' '2'",
    "publish_address('192.0.2.4')",
  ],
  ...[
    "self.vip = '3'",
    "self['vip'] = '4'",
    'self[:publish_address] = "\\x31"',
    "vip 'it\\'s'",
    'vip "a\\tb"',
  ],
  ...['vip "a#{1 + 1}"', 'vip "#{ {a: "x"}[:a] }"', "vip nil", "vip(publish_address)", "vip publish_address"],
  ...["elasticsearch.data_dir '/es'", 'elasticsearch[\'data_dir\'] = "/x" + "/y"'],
  ...["leaderl.health_check.disk_paths ['/a', \"/b\"]", "leaderl.health_check.disk_paths %w(/c /d)"],
  ...["leaderl.health_check.disk_paths << '/e'", "leaderl.health_check['disk_paths'] = ['/h']"],
  "leaderl.health_check.disk_paths = [\n'/f', # one\n'/g',\n]",
);
/** What names settings, or looks like their end, and is neither. */
const beside = fc.constantFrom(
  ...["", "# postgresql.port 1", "fqdn 'a # b'", "=begin\npostgresql.port 7\n=end", 'fqdn ?"', "x = 5"],
  ...["postgresql.shared_buffers = '1GB'", "etcd.election_timeout 500", "a = [1,\n2]", "t = true ? 1 : 2"],
  ...[
    "elasticsearch.java_opts <<-EOS\npostgresql.port 5\n  EOS",
    "elasticsearch.java_opts <<~'EOS'\n  if x\n  EOS",
  ],
  ...["puts('x') if false", "y = %w(a b).map { |z| z.upcase }", "z = { 'postgresql.port' => 1, port: 2 }"],
  ...["fqdn \"q\" if /[\"']/ =~ 'a'", "require 'json'", "fqdn [1, 2].map do |i|\n i\nend.to_s", "w = :if"],
  ...["h = { if: 1, end: 2 }", "k = %q{a { b } c}", "m = 7 / 2", "n = 'x'.gsub(/'/, '\"')", 's = "a \\\n b"'],
  "def helper\n  1\nend",
);
/** What only Ruby can tell, around a setting or in its place. */
const hidden = fc
  .tuple(fc.oneof(number, other), fc.boolean())
  .chain(([line, holds]) =>
    fc.constantFrom(
      ...[
        `if ${holds}\n  ${line}\nend`,
        `unless ${holds}\n${line}\nelse\n fqdn 'z'\nend`,
        `begin\n${line}\nrescue\nend`,
      ],
      ...[
        `[1].each do |i|\n${line}\nend`,
        `case 1\nwhen 1 then fqdn 'k'\n${line}\nend`,
        "[1].each { |i| vip '5' }",
      ],
      ...["pg = postgresql\npg.port = 77", `postgresql[${holds ? ":port" : "'port'"}.to_s] = 66`],
      ...[
        "%w(port).each { |k| postgresql[k] = 55 }",
        "postgresql.send(:port=, 44)",
        "self.send(:vip, 'sent')",
      ],
      ...['eval "postgresql.port 33"', "instance_eval { postgresql.port 22 }", "postgresql.port += 1"],
      ...[
        `def set\n  ${line}\nend\n${holds ? "set" : ""}`,
        `l = lambda do\n${line}\nend\n${holds ? "l.call" : ""}`,
      ],
      ...["postgresql.port ||= 3", "postgresql.merge!(port: 9)", "postgresql = { port: 12 }"],
      "leaderl.health_check = { disk_min_space_mb: 5, 'disk_paths' => ['/z'] }",
    ),
  );
const file = fc
  .array(fc.oneof({ weight: 3, arbitrary: number }, ...[other, beside, hidden]), {
    minLength: 1,
    maxLength: 9,
  })
  .map((lines) => lines.join("\n"));

const mixlib = () =>
  spawnSync("ruby", ["-rmixlib/config", "-e", ""]).status === 0
    ? null
    : "Mixlib::Config not installed (apt-get install --no-install-recommends ruby-mixlib-config)";
const { test: withRuby } = given("reading chef-backend.rb beside Ruby", mixlib);

withRuby("the same value, or untold", () => {
  const texts = fc.sample(file, { numRuns, seed });
  const input = JSON.stringify(texts);
  const maxBuffer = 1 << 30;
  const said = execFileSync("ruby", [join(__dirname, "mixlib.rb"), ...keys], {
    input,
    encoding: "utf8",
    maxBuffer,
  });
  const truths = JSON.parse(said) as (Readonly<Record<string, unknown>> | null)[];
  const tally = { told: 0, untold: 0 };
  texts.forEach((text, at) => {
    const truth = truths[at];
    if (!truth) return;
    const found = readSettings(text, keys);
    for (const key of keys) {
      const its = found.get(key);
      tally[its?.kind === "untold" ? "untold" : "told"]++;
      if (its?.kind === "untold") continue;
      expect({ text, key, value: its ? its.value : defaults[key] }).toEqual({ text, key, value: truth[key] });
    }
  });
  // It is no reader that tells nothing.
  expect(tally.told).toBeGreaterThan(2 * tally.untold);
});
