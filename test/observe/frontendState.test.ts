import type { FactResult } from "../../provider/machine/machine";
import { toFrontendState, unreachableFrontend } from "../../provider/observe/frontendState";
import { fixture } from "../fixtures/read";
import { aReading } from "../support/aReading";

const said = (stdout: string, code = 0, stderr = ""): FactResult => ({ code, stdout, stderr });

const short: Record<string, FactResult> = {
  serverStatus: said(fixture("chef-server-status.txt")),
  answer: said(`${fixture("_status.json")}\n200`),
  migrationLevel: said('{"major":1,"minor":34}\n'),
  date: said("1700000000.250000000\n"),
  id: said("0\n"),
  bootId: said("boot-1\n"),
  uptime: said("4711.10 9000.00\n"),
  dpkg: said("install ok installed 15.9.38-1\n"),
  dpkgList: said("1690000000\n"),
};
const slow: Record<string, FactResult> = {
  osRelease: said(fixture("os-release-ubuntu.txt")),
  fibTrie: said(fixture("fib_trie.txt")),
  ifInet6: said(fixture("if_inet6.txt")),
  df: said(fixture("df.txt")),
};

function frontend(facts: Record<string, FactResult>, before?: ReturnType<typeof toFrontendState>) {
  const reading = aReading(facts, {
    ...{ upgradedTo: "15.9.38-1", upgradedAt: 4e9, clockOffset: 0.5, clockUncertainty: 0.1 },
  });
  return toFrontendState("frontend-1", "f1.example", reading, before);
}

test("a full reading of a healthy frontend", () => {
  const state = frontend({ ...short, ...slow });
  expect(state).toMatchObject({
    ...{ name: "frontend-1", host: "f1.example", unreachable: null, root: true, family: "deb" },
    ...{ osId: "ubuntu", upgradedTo: "15.9.38-1", stateDir: "/state", packageFiles: {} },
    package: { state: "installed", version: "15.9.38-1", installedAt: 1690000000 },
    ...{ answer: "pong", down: [], migrationLevel: '{"major":1,"minor":34}' },
  });
  expect(state.services).toContainEqual({ service: "opscode-erchef", up: true, seconds: 107989 });
  expect(state.services.map(({ service }) => service)).not.toContain("opscode-postgresql");
});

test("add-ons, as dpkg and rpm print them: those that are installed", () => {
  const read = (addons: FactResult, addonsRpm: FactResult) =>
    frontend({ ...short, ...slow, addons, addonsRpm }).addons;
  const none = said("", 127, "not found");
  const dpkg = [
    "chef-manage install ok installed 3.2.20-1",
    "opscode-push-jobs-server hold ok installed 3.1.0-1",
    "opscode-reporting deinstall ok config-files 1.8.0-1",
  ];
  expect(read(said(`${dpkg.join("\n")}\n`, 1, "dpkg-query: no packages found matching x\n"), none)).toEqual([
    { package: "chef-manage", version: "3.2.20-1" },
    { package: "opscode-push-jobs-server", version: "3.1.0-1" },
  ]);
  const rpm = ["package chef-manage is not installed", "opscode-reporting 1.8.0-1.el7"];
  expect(read(none, said(`${rpm.join("\n")}\n`, 3))).toEqual([
    { package: "opscode-reporting", version: "1.8.0-1.el7" },
  ]);
  expect(read(said("", 1, "dpkg-query: no packages found\n"), none)).toEqual([]);
  const before = frontend({ ...short, ...slow, addons: said(dpkg.join("\n")) });
  expect(frontend(short, before).addons).toHaveLength(2);
});

test("a short reading keeps what hardly changes, never an answer", () => {
  const before = frontend({ ...short, ...slow });
  const after = frontend({ ...short, answer: said("\n000", 7, "curl: (7) Failed to connect\n") }, before);
  expect(after).toMatchObject({ addresses: before.addresses, disks: before.disks, osId: "ubuntu" });
  expect(after.answer).toBe("curl: (7) Failed to connect");
});

test.each([said("", 1, "cat: No such file"), said("\n"), said("", 127)])(
  "no migration level: %j",
  (migrationLevel) => expect(frontend({ ...short, migrationLevel }).migrationLevel).toBeNull(),
);

test.each<[string, FactResult, string[]]>([
  ["stopped", said("down: nginx: 5s, normally up; run: log: (pid 1) 9s\n", 1), ["nginx"]],
  ["not there", said("", 127, "not found"), ["chef-server-ctl status ended with 127: not found"]],
  ["refused", said("must be root\n", 1), ["chef-server-ctl status ended with 1: must be root"]],
])("a control command that fails is never taken for services that are up: %s", (_what, serverStatus, down) =>
  expect(frontend({ ...short, serverStatus }).down).toEqual(down),
);

test("a frontend that could not be read has nothing that could be taken for a fact", () => {
  expect(unreachableFrontend("frontend-1", "h", "no route")).toEqual({
    ...{ address: null, port: 443, failing: [], api: "" },
    ...{ name: "frontend-1", host: "h", unreachable: "no route", root: false, family: null, bootId: "" },
    ...{
      os: "",
      osId: "",
      osVersion: "",
      osLike: [],
      fips: false,
      clockOffset: 0,
      clockUncertainty: 0,
      now: 0,
      uptime: null,
    },
    package: { state: "absent", version: null, detail: "not reachable", installedAt: null },
    ...{
      addresses: [],
      upgradedTo: "",
      services: [],
      unwatched: [],
      packageLock: null,
      diversions: [],
      disks: [],
      packageFiles: {},
      addons: [],
    },
    ...{
      stateDir: "",
      lock: null,
      jobs: [],
      answer: "no route",
      down: [],
      licenses: [],
      migrationLevel: null,
      migrations: null,
      openSource: false,
      hasRsync: false,
      isBackend: false,
      asksPostgres: false,
    },
    ...{ machineId: "", reachedAt: null, otherMachine: null, interfaces: [] },
  });
});
