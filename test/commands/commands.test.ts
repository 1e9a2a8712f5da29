import { setClusterFailover, upgrade, upgradeWithFailover } from "../../provider/commands/chefBackendCtl";
import {
  backendFacts,
  frontendFacts,
  frontendPreflightFacts,
  packageFileFacts,
  preflightFacts,
} from "../../provider/commands/facts";
import { finishInstall, install } from "../../provider/commands/install";

test("the control commands, as the vendor writes them", () => {
  expect(setClusterFailover("off")).toEqual(["chef-backend-ctl", "set-cluster-failover", "off"]);
  expect(setClusterFailover("on")).toEqual(["chef-backend-ctl", "set-cluster-failover", "on"]);
  expect(upgrade()).toEqual(["chef-backend-ctl", "upgrade"]);
  expect(upgradeWithFailover()).toEqual(["chef-backend-ctl", "upgrade", "--failover"]);
});

test("installing asks nothing: dpkg keeps edited configuration, yum says yes by itself", () => {
  const path = "/srv/it's.deb";
  expect(install("deb", path)).toEqual([
    ["env", "DEBIAN_FRONTEND=noninteractive", "dpkg", "--force-confdef", "--force-confold", "-i", path],
  ]);
  expect(install("rpm", "/srv/a.rpm")).toEqual([["yum", "install", "-y", "/srv/a.rpm"]]);
  expect(finishInstall()[0]!.slice(2)).toEqual([
    "dpkg",
    "--force-confdef",
    "--force-confold",
    "--configure",
    "-a",
  ]);
});

test.each([
  ["a backend", [...backendFacts(), ...preflightFacts()]],
  ["a frontend", [...frontendFacts(), ...frontendPreflightFacts()]],
])("facts of %s have names of their own and change nothing", (_what, machine) => {
  const all = [
    ...machine,
    ...packageFileFacts("deb", "/a.deb", false),
    ...packageFileFacts("rpm", "/a.rpm", false).filter(
      (fact) => !/^package(Fields|DryRun|Size)$/.test(fact.name),
    ),
  ];
  expect(new Set(all.map((fact) => fact.name)).size).toBe(all.length);
  const harmless =
    /^(chef-backend-ctl (cluster-)?status( --simple)?|chef-server-ctl status|date|id|cat|stat|uname|df|curl|readlink|ip -o addr|sha256sum|dpkg-query -W|dpkg-divert --list|dpkg-deb (-f|--fsys-tarfile)|dpkg --dry-run|rpm -qp?|rpm -U --test)(\s|$)/;
  for (const fact of [...all, ...packageFileFacts("rpm", "/a.rpm", true)])
    expect(fact.argv.join(" ")).toMatch(harmless);
});

test("each kind of machine is asked for its own package, and with its own control command only", () => {
  const words = (facts: { argv: readonly string[] }[]) => facts.map(({ argv }) => argv.join(" ")).join("\n");
  const backend = words([...backendFacts(), ...preflightFacts()]);
  const frontend = words([...frontendFacts(), ...frontendPreflightFacts()]);
  expect(backend).toContain("/var/lib/dpkg/info/chef-backend.list");
  expect(backend).not.toMatch(/chef-server-c/);
  expect(frontend).toContain("/var/lib/dpkg/info/chef-server-core.list");
  expect(frontend).not.toMatch(/chef-backend-ctl|chef-backend\.list/);
  expect(frontend).toContain(
    "curl -q --noproxy * -sS --max-time 10 -k -w \\n%{http_code} https://localhost/_status",
  );
});

test("the checksum is asked for where it is known, else a .deb is read to its end", () => {
  const names = (family: "deb" | "rpm", checksum: boolean) =>
    packageFileFacts(family, "/p", checksum).map((fact) => fact.name.replace("package", ""));
  expect(names("deb", true)).toEqual(["Size", "Fields", "DryRun", "Sha256"]);
  expect(names("deb", false)).toEqual(["Size", "Fields", "DryRun", "Contents"]);
  expect(names("rpm", true)).toEqual(["Size", "Fields", "DryRun", "Sha256"]);
  expect(names("rpm", false)).toEqual(["Size", "Fields", "DryRun"]);
});
