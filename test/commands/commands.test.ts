import { setClusterFailover, upgrade, upgradeWithFailover } from "../../provider/commands/chefBackendCtl";
import {
  backendFacts,
  frontendFacts,
  frontendPreflightFacts,
  packageFileFacts,
  repositoryFacts,
  preflightFacts,
} from "../../provider/commands/facts";
import { finishInstall, install } from "../../provider/commands/install";
import { installRpm, type RpmTool, tryRpm, usualTool } from "../../provider/commands/rpmTools";

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
  expect(install("rpm", "/srv/a.rpm")).toEqual([["yum", "install", "-y", "--disablerepo=*", "/srv/a.rpm"]]);
  expect(finishInstall()[0]!.slice(2)).toEqual([
    "dpkg",
    "--force-confdef",
    "--force-confold",
    "--configure",
    "-a",
  ]);
});

const tools: RpmTool[] = (["yum", "zypper", "rpm"] as const).flatMap((program) =>
  (["file", "repositories"] as const).map((from) => ({ program, from })),
);

test.each(tools)("%j: what is tried is what is run, but for what keeps it from installing", (tool) => {
  const [run, tried] = [installRpm(tool, "/srv/a.rpm"), tryRpm(tool, "/srv/a.rpm")];
  const only = (words: string[], others: string[]) => words.filter((word) => !others.includes(word));
  expect(only(run, tried)).toEqual(
    { yum: [], zypper: ["env", "ZYPP_LOCK_TIMEOUT=300"], rpm: ["-Uvh"] }[tool.program],
  );
  expect(only(tried, run)).toEqual(
    {
      yum: ["--setopt=tsflags=test", "--setopt=exit_on_lock=1"],
      zypper: ["--dry-run", "--download-only"],
      rpm: ["-U", "--test"],
    }[tool.program],
  );
  expect([...run, ...tried].join(" ")).not.toMatch(
    /nogpgcheck|no-gpg-checks|allow-unsigned|nosignature|--force/,
  );
});

test.each([
  [["centos", "rhel", "fedora"], "yum"],
  [["sles"], "zypper"],
  [["opensuse-leap", "suse", "opensuse"], "zypper"],
  [["sled", "suse"], "zypper"],
  [[""], "yum"],
])("%j: %s", (ids, program) => {
  expect(usualTool(ids)).toEqual({ program, from: "file" });
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
    /^(chef-backend-ctl (cluster-)?status( --simple)?|chef-server-ctl status|date|id|cat|stat|uname|df|curl|readlink|grep|which rsync|find [^-\s]+ -name \S+ -printf \S+$|find \S+ -maxdepth 3 -name PG_VERSION -exec cat \{\} \+$|ls \/proc|ip -o addr|sha256sum|dpkg-query -W|dpkg-divert --list|dpkg-deb (-f|--fsys-tarfile)|dpkg --dry-run|rpm -qp?|rpm -U --test)(\s|$)/;
  for (const fact of [...all, ...packageFileFacts("rpm", "/a.rpm", true)])
    expect(fact.argv.join(" ")).toMatch(harmless);
  const trying = tools.flatMap((tool) => [
    ...packageFileFacts("rpm", "/a.rpm", true, tool),
    ...repositoryFacts(tool, "/a.rpm"),
  ]);
  const tried = / --setopt=tsflags=test | --dry-run /;
  for (const words of trying.map(({ argv }) => argv.join(" ")))
    expect(words).toMatch(/^(yum|zypper) /.test(words) ? tried : harmless);
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
