import { backendConfigOf, parseBackendConfig, settingOf } from "../../../provider/chef/cluster/backendConfig";
import { type SettingKey, settingKeys } from "../../../provider/chef/cluster/backendSettings";
import { fixture } from "../../fixtures/read";

/** `5433`, or `untold: LINE`, or `default: 5432`. */
function read(text: string, key: SettingKey, release = "2.1.0") {
  const setting = settingOf(parseBackendConfig(text), key, release);
  if (setting.kind === "given") return setting.value;
  return setting.kind === "untold" ? `untold: ${setting.line}` : `default: ${setting.value?.toString()}`;
}

test("the settings that bear on an upgrade, without comments", () => {
  const config = parseBackendConfig(fixture("chef-backend.rb"));
  expect(Object.entries(config).map(([key, stated]) => [key, stated.line])).toEqual([
    ["publish_address", "publish_address '192.168.33.215'"],
    ["vip", 'vip "192.168.33.214"'],
    ["postgresql.shmmax", "postgresql.shmmax = 17179869184"],
    ["postgresql.shmall", "postgresql.shmall = 4194304"],
  ]);
});

describe("every form in which a setting may stand", () => {
  test.each([
    ["postgresql.port 5433", 5433],
    ["postgresql.port = 5433", 5433],
    ["postgresql.port=5433", 5433],
    ["postgresql.port(5433)", 5433],
    ["postgresql.port (5433)", 5433],
    ["postgresql['port'] = 5433", 5433],
    ['postgresql["port"]=5433', 5433],
    ["postgresql[:port] = 5_433", 5433],
    ["postgresql['port'] = '5433'", 5433],
    ["self.postgresql.port = 5433", 5433],
    ["postgresql\n  .port = 5433", 5433],
    ["postgresql.port = \\\n  5433 # moved", 5433],
    ["postgresql.port =\n  5433", 5433],
    ["fqdn 'a'; postgresql.port 5433; vip 'b'", 5433],
    ["postgresql.port 5432\npostgresql.port 5433", 5433],
    ["postgresql.port 5433 if false\npostgresql['port'] = 5433", 5433],
    ["=begin\npostgresql.port 1\n=end\npostgresql.port 5433\n__END__\npostgresql.port 2", 5433],
    ["fqdn 'it''s # no comment' # one\npostgresql.port 5433", 5433],
    ['fqdn "a \\" # b"\npostgresql.port 5433', 5433],
    ["\ufeffpostgresql.port 5433\r\n", 5433],
    ['sep = ?"\npostgresql.port 5433\nfqdn "a"', 5433],
    ['fqdn "#{ {a: "b"}["a"] }"\npostgresql.port 5433', 5433],
    ["=begin\npostgresql.port 1\n=end\n", "default: 5432"],
    ["# postgresql.port 5433", "default: 5432"],
    ["postgresql.portal 5433", "default: 5432"],
    ["x.postgresql_port = 5433", "default: 5432"],
    ["postgresql.shared_buffers = '1GB'\netcd.election_timeout 5000", "default: 5432"],
    ["require 'socket'\nfqdn Socket.gethostname", "default: 5432"],
    ['node_name "#{`hostname -f`.strip}.local"', "default: 5432"],
    ["elasticsearch.java_opts <<-EOS\npostgresql.port 1\n  EOS\n", "default: 5432"],
  ])("%j", (text, value) => {
    expect(read(text, "postgresql.port")).toBe(value);
  });

  test.each([
    ["vip '192.0.2.1'", "192.0.2.1"],
    ['vip = "2001:DB8::1"', "2001:db8::1"],
    ["vip('192.0.2.1')", "192.0.2.1"],
    ["vip '192.0.2.' '1'", "192.0.2.1"],
    ["vip %q(192.0.2.1)", "192.0.2.1"],
    ["vip '192.0.2.1'\nvip '192.0.2.2'", "192.0.2.2"],
    ["vip nil", null],
    ["vip_interface 'eth0'", "default: undefined"],
  ])("an address: %j", (text, value) => {
    expect(read(text, "vip")).toBe(value);
  });

  test.each([
    ["leaderl.health_check.disk_paths ['/data', '/logs/']", ["/data", "/logs"]],
    ["leaderl.health_check['disk_paths'] = %w(/data /logs)", ["/data", "/logs"]],
    ["leaderl.health_check.disk_paths = [\n  '/data', # the data\n  '/logs',\n]", ["/data", "/logs"]],
    ["leaderl.health_check.disk_paths '/data', '/logs'", ["/data", "/logs"]],
    ["leaderl.health_check.disk_paths '/data'", ["/data"]],
  ])("a list: %j", (text, value) => {
    expect(read(text, "leaderl.health_check.disk_paths")).toEqual(value);
  });

  test("numbers, products of them, booleans, a default that has changed", () => {
    expect(
      read(
        "leaderl.health_check.max_bytes_behind_leader 50 * 1024 * 1024",
        "leaderl.health_check.max_bytes_behind_leader",
      ),
    ).toBe(52_428_800);
    expect(read("leaderl.leader_ttl_seconds 7.5", "leaderl.leader_ttl_seconds")).toBe(7.5);
    expect(read("leaderl.start_down false", "leaderl.start_down")).toBe(false);
    expect(read("", "leaderl.leader_ttl_seconds", "1.1.2")).toBe("default: 10");
    expect(read("", "leaderl.leader_ttl_seconds", "1.2.5-1")).toBe("default: 30");
  });
});

describe("what only Ruby can tell is untold, by key", () => {
  test.each([
    ["postgresql.port 5433 if node['fqdn'] == 'a'", "postgresql.port 5433 if node['fqdn'] == 'a'"],
    ["postgresql.port = ENV['PGPORT'].to_i", "postgresql.port = ENV['PGPORT'].to_i"],
    [
      "postgresql.port Integer(File.read('/etc/pgport'))",
      "postgresql.port Integer(File.read('/etc/pgport'))",
    ],
    ['postgresql.port "#{base}33"', 'postgresql.port "#{base}33"'],
    ["postgresql.port base + 1", "postgresql.port base + 1"],
    ["postgresql.port += 1", "postgresql.port += 1"],
    ["postgresql.port ||= 5433", "postgresql.port ||= 5433"],
    ["postgresql.port 5433, 5434", "postgresql.port 5433, 5434"],
    ["postgresql.port 'many'", "postgresql.port 'many'"],
    ["postgresql.port 70000", "postgresql.port 70000"],
    ["postgresql.port nil", "postgresql.port nil"],
    ["if big\n  postgresql.port 5433\nend", "postgresql.port 5433 (in `if big`)"],
    ["case role\nwhen 'a'\n  postgresql['port'] = 5433\nend", "postgresql['port'] = 5433 (in `case role`)"],
    ["%w(a b).each do |x|\n  postgresql.port 5433\nend", "postgresql.port 5433 (in `%w(a b).each do |x|`)"],
    ["unless a then postgresql.port 5433 end", "unless a then postgresql.port 5433 end"],
    ["return if x\npostgresql.port 5433", "postgresql.port 5433 (in `return if x`)"],
    ["def ports\n  postgresql.port 5433\nend", "postgresql.port 5433 (in `def ports`)"],
    ["pg = postgresql\npg.port = 5433", "pg = postgresql"],
    ["postgresql[name] = 5433", "postgresql[name] = 5433"],
    ["postgresql.send(:port=, 5433)", "postgresql.send(:port=, 5433)"],
    ["postgresql do |p|\n  p.port 5433\nend", "postgresql do |p|"],
    ["settings.each { |k, v| self[k] = v }", "settings.each { |k, v| self[k] = v }"],
    ["eval File.read('/etc/more.rb')", "eval File.read('/etc/more.rb')"],
    ["require '/etc/chef-backend/more'", "require '/etc/chef-backend/more'"],
    ["from_file '/etc/more.rb'", "from_file '/etc/more.rb'"],
    ["postgresql.port 5433\npostgresql = { port: 3 }", "postgresql = { port: 3 }"],
    ["postgresql = {}\npostgresql['port'] = 5433", "postgresql['port'] = 5433"],
    ["self.postgresql = { 'port' => 3 }", "self.postgresql = { 'port' => 3 }"],
    ["postgresql.port 5433\nfqdn 'secret", "line 2: a string that does not end"],
    ["postgresql.port 5433\nif x", "`if x` begins a block that does not end"],
    ["postgresql.port 5433\n=begin\nx", "line 2: a comment from =begin on, which does not end"],
    ["postgresql.port, vip = 5433, nil", "postgresql.port, vip = 5433, nil"],
    ["postgresql.port 5433\nend", "`end` ends a block that was not begun"],
  ])("%j", (text, line) => {
    expect(read(text, "postgresql.port")).toBe(`untold: ${line}`);
  });

  test("narrowly: what a line cannot name stays known, and a plain line behind it counts", () => {
    const text = `vip publish_address
publish_address '192.0.2.1'
postgresql.send(:port=, 5433)
etcd.client_port 2479 unless x
elasticsearch.port 9201`;
    const config = parseBackendConfig(text);
    expect(
      Object.entries(config)
        .map(([key, { kind }]) => `${key} ${kind}`)
        .sort(),
    ).toEqual([
      "elasticsearch.port given",
      "etcd.client_port untold",
      "postgresql.port untold",
      "postgresql.shmall untold",
      "postgresql.shmmax untold",
      "publish_address given",
      "vip untold",
    ]);
    expect(read(`${text}\netcd.client_port 2379`, "etcd.client_port")).toBe(2379);
    const all = parseBackendConfig("eval x\nvip '192.0.2.1'");
    expect(settingKeys.filter((key) => all[key]?.kind !== "untold")).toEqual(["vip"]);
  });
});

test("a file that is not there leaves every default; one that cannot be read tells nothing", () => {
  const missing = "cat: /etc/chef-backend/chef-backend.rb: No such file or directory\n";
  expect(backendConfigOf({ code: 1, stdout: "", stderr: missing })).toEqual({});
  const unread = backendConfigOf({ code: 1, stdout: "", stderr: "cat: x: Input/output error\n" });
  expect(settingOf(unread, "elasticsearch.port", "2.1.0")).toEqual({
    ...{ kind: "untold", value: 9200 },
    line: "/etc/chef-backend/chef-backend.rb cannot be read: cat: x: Input/output error",
  });
});

test.each<[string, string]>([
  ["brackets in each other", "vip " + "[".repeat(60_000)],
  ["a pattern that does not end", `x =~ /${"[]".repeat(30_000)}\n`],
  ["empty lines", "x\n".padEnd(65_000, "\n") + ".y"],
  ["a long chain", `postgresql${".a".repeat(30_000)} = 1`],
  ["many statements", "a\n".repeat(32_000)],
  ["indices in each other", "a[".repeat(30_000)],
  ["beginnings of texts", "<<~A\n".repeat(10_000)],
  ["more than anybody writes", "a\n".repeat(100_000)],
])("%s: read or untold, and soon", (_what, text) => {
  expect(() => parseBackendConfig(text)).not.toThrow();
});
