import { parseLeftovers } from "../../provider/chef/server/cleanup";
import { migrationsOf, pendingText, upgradeFailure, upgradeTold } from "../../provider/chef/server/partybus";
import { asksPostgres, postgresNote } from "../../provider/chef/server/postgres";
import type { FactResult } from "../../provider/machine/machine";

const said = (stdout: string, code = 0): FactResult => ({ code, stdout, stderr: "" });
const files = said("001/002_erchef_0.11.0.rb\n001/013_bcrypt_users.rb\n001/012_erchef_to_sqitch.rb\n");

describe("what an `upgrade` has still to migrate", () => {
  test.each([
    ['{"major":1,"minor":7}', "its migration level is 1.7, and its package has migrations up to 1.13"],
    ['{"major":0,"minor":40}', "its migration level is 0.40, and its package has migrations up to 1.13"],
    ['{"major":1,"minor":13}\n', null],
    ['{"major":1,"minor":14}', null],
    ['{"major":2,"minor":1}', null],
    ["", null],
    ["not json", null],
  ])("%s", (level, pending) => {
    const migrations = migrationsOf(said(level), files);
    expect(migrations?.pending ? pendingText(migrations) : null).toBe(pending);
  });

  test("is not known where either cannot be read", () => {
    const low = '{"major":1,"minor":7}';
    expect(migrationsOf(said(low, 1), files)).toBeNull();
    expect(migrationsOf(said(low), said("", 1))).toBeNull();
    expect(migrationsOf(said(low), said("README.md\n"))).toBeNull();
  });
});

describe("an `upgrade` that ends with 0 is judged by what it printed", () => {
  const path = "/var/opt/opscode/upgrades/migration-level";
  const locked = `[private-chef-upgrade] - ERROR: Unable to obtain file lock on ${path}`;
  const judge = (text: string) => upgradeFailure(text.split("\n").filter((line) => upgradeTold.test(line)));

  test.each([
    ["[private-chef-upgrade] - Finished Migration 1.29 in 76.87 seconds\nChef Server Upgraded!", null],
    ["Chef Infra Server Upgraded!\r", null],
    [`${locked}\nChef Infra Server Upgraded!`, locked],
    ["Open source Chef 11 server detected.\nAborting upgrade.", "Aborting upgrade."],
    ["Chef Infra Server Reconfigured!", "it did not print `Upgraded!`"],
    ["", "it did not print `Upgraded!`"],
  ])("%j", (text, failure) => expect(judge(text)).toBe(failure));
});

test("what `cleanup --no-op` would still remove", () => {
  const text = `Converging 2 resources
  * directory[/var/opt/opscode/nagios] action delete
    - Would delete existing directory /var/opt/opscode/nagios
  * directory[/var/log/opscode/nagios] action delete (up to date)
`;
  expect(parseLeftovers(text)).toEqual(["/var/opt/opscode/nagios"]);
  expect(
    parseLeftovers("    - Would delete existing file /etc/x\n    - Would remove user opscode-nagios\n"),
  ).toEqual(["/etc/x", "user opscode-nagios"]);
  expect(parseLeftovers("Chef Client finished, 0/113 resources would have been updated\n")).toEqual([]);
});

describe("PostgreSQL of the backends", () => {
  test.each([
    ["postgresql['external'] = true\n", true],
    ['use_chef_backend true\npostgresql["external"] = true\n', false],
    ["  use_chef_backend false\n  postgresql['external'] = true # mine\n", true],
    ["postgresql['external'] = false # not true\n", false],
    ["", false],
  ])("its release is asked for: %j %s", (lines, asks) => expect(asksPostgres(said(lines))).toBe(asks));

  test("what cannot be read asks nothing", () =>
    expect(asksPostgres(said("postgresql['external'] = true", 2))).toBe(false));

  test.each([
    ["15.10.12-1", "9.5", /^asks for PostgreSQL 9\.6 to 13, and the backends have 9\.5$/],
    ["14.8.0", "14", /have 14$/],
    ["14.7.1", "9.5", null],
    ["15.10.12", "9.6", null],
    ["15.10.12", "13", null],
    ["15.10.12", null, null],
  ])("%s beside %s: %s", (frontend, postgres, says) => {
    const note = postgresNote(frontend, postgres);
    if (says) expect(note).toMatch(says);
    else expect(note).toBeNull();
  });
});
