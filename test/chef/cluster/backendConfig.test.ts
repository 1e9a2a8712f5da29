import { addressSetting, parseBackendConfig } from "../../../provider/chef/cluster/backendConfig";
import { fixture } from "../../fixtures/read";

test("the settings that bear on an upgrade, in dotted and in bracket form, without comments", () => {
  expect(parseBackendConfig(fixture("chef-backend.rb"))).toEqual([
    "publish_address '192.168.33.215'",
    'vip "192.168.33.214"',
    "postgresql.shmmax = 17179869184",
    "postgresql.shmall = 4194304",
  ]);
  expect(
    parseBackendConfig(`postgresql['shmmax'] = 1
postgresql["shmall"] = 2 # pages
  postgresql[:shmmax] = 3
# postgresql.shmmax = 4
postgresql.shared_buffers = '248MB'
viper = 1
`),
  ).toEqual(["postgresql.shmmax = 1", "postgresql.shmall = 2", "postgresql.shmmax = 3"]);
});

test.each([
  ["vip '192.0.2.1'", "192.0.2.1"],
  ['vip = "2001:DB8::1"', "2001:db8::1"],
  ["vip('192.0.2.1')", "192.0.2.1"],
  ["vip '192.0.2.1'\nvip '192.0.2.2'", "192.0.2.2"],
  ["vip_interface 'eth0'", null],
  ["vip ENV['VIP']", null],
])("%j gives %s", (text, address) => {
  expect(addressSetting(parseBackendConfig(text), "vip")).toBe(address);
});
