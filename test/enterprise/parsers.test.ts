import { parseControlStatus, type Part, statusProblems } from "../../provider/enterprise/controlStatus";
import { enterpriseInputs } from "../../provider/enterprise/inputs";
import { hasTimedOut } from "../../provider/enterprise/timeOut";
import { toEnterpriseSpec } from "../../provider/enterprise/toSpec";
import { validateBy } from "../../provider/inputs/validate";

const log = "run: log: (pid 4) 99s";

describe("private-chef-ctl status", () => {
  const judge = (stdout: string, part: Part, code = 0) =>
    statusProblems(parseControlStatus({ code, stdout, stderr: "" }), part);
  const up = (name: string) => `run: ${name}: (pid 12) 345s; ${log}\n`;

  test("opscode-chef-mover that does not run is no error, everything else is", () => {
    const mover = `down: opscode-chef-mover: 5s, normally up; ${log}\n[ERROR] opscode-chef-mover is not running\n`;
    expect(judge(up("nginx") + mover, "frontend", 1)).toEqual([]);
    expect(judge(up("nginx") + up("keepalived") + mover, "active", 1)).toEqual([]);
    const other = `${mover}[ERROR] opscode-erchef is not running\n`;
    expect(judge(up("nginx") + other, "frontend", 1)).toEqual(["opscode-erchef is not running"]);
    expect(judge(up("nginx") + "[ERROR] cannot read the configuration\n", "frontend", 1)).toEqual([
      "[ERROR] cannot read the configuration",
    ]);
  });

  test("CouchDB, which is old data until cleanup, may be down; the vendor's page tells of messages about old services", () => {
    expect(judge(`${up("keepalived")}down: couchdb: 5s; ${log}\n`, "active", 1)).toEqual([]);
  });

  test("on the standby backend keepalived runs, and nothing else has to", () => {
    const down = `down: postgresql: 5s; ${log}\n`;
    expect(judge(up("keepalived") + down, "standby")).toEqual([]);
    expect(judge(down, "standby")).toEqual(["keepalived is not running"]);
    expect(judge(up("keepalived") + down, "active")).toEqual(["postgresql is not running"]);
  });

  test("a status that says nothing is not well", () => {
    expect(judge("", "frontend", 127)).toEqual(["private-chef-ctl status ended with 127: (nothing)"]);
    expect(judge(`timeout: down: nginx: 1s, normally up\n`, "frontend", 1)).toEqual(["nginx is not running"]);
  });
});

describe("a time-out of upgrade", () => {
  const ended = (output: string, code = 1) => hasTimedOut({ state: "ended", code, output });
  test.each([
    "Mixlib::ShellOut::CommandTimeout: Command timed out after 600s:",
    "RuntimeError: Timeout::Error: execution expired",
    "timeout: run: postgresql: (pid 99) 60s",
  ])("%s", (text) => expect(ended(`Recipe: x\n${text}\n`)).toBe(true));
  test.each([
    ["RuntimeError: a migration failed", 1],
    ["+ proxy_read_timeout 300;", 1],
    ["Command timed out after 600s: tried again\nChef Server Upgraded!", 0],
    [`Command timed out after 5s\n${"another line\n".repeat(80)}RuntimeError: no`, 1],
  ])("is not: %s", (text, code) => expect(ended(text, code)).toBe(false));
  test("nor is what still runs, or was killed", () => {
    const output = "Command timed out after 600s:";
    expect(hasTimedOut({ state: "running", code: null, output })).toBe(false);
    expect(hasTimedOut({ state: "died", code: null, output })).toBe(false);
  });
});

describe("inputs", () => {
  const good = {
    version: "11.3.2",
    nodes: [{ host: "be1" }, { host: "be2" }],
    frontends: { nodes: [{ host: "fe1" }] },
    backupReference: "tape 17",
  };
  const wrong = (change: object) =>
    validateBy(enterpriseInputs, { ...good, ...change }, () => false).failures.map(
      ({ property, reason }) => `${property}: ${reason}`,
    );

  test("are filled up with defaults", () => {
    const { inputs } = validateBy(enterpriseInputs, good, () => false);
    expect(toEnterpriseSpec(inputs!, null, null)).toMatchObject({
      frontends: [{ name: "fe1" }],
      ...{
        allowDowntime: null,
        acceptFailedScripts: null,
        upgradeAttempts: 5,
        cleanup: false,
        adopted: false,
        breakLock: null,
      },
      timeouts: { keepalived: 600 },
    });
  });

  test.each([
    [{ backupReference: undefined }, /^backupReference: is missing/],
    [{ backupReference: "" }, /^backupReference: /],
    [{ nodes: [{ host: "be1" }] }, /^nodes: got 1, expected exactly 2 backends/],
    [{ nodes: [{ host: "be1" }, { host: "be1" }] }, /expected a different machine for each/],
    [{ frontends: { nodes: [{ host: "be1" }] } }, /^frontends\.nodes\[0\]\.host: got "be1" again/],
    [{ upgradeAttempts: 0 }, /^upgradeAttempts: .*1 attempt or more/],
    [
      { upgradeAttempt: 3 },
      /^upgradeAttempt: is not an input of this resource; did you mean upgradeAttempts\?/,
    ],
    [{ version: "11" }, /^version: got "11"/],
    [{ allowDowntime: true }, /^allowDowntime: /],
  ])("%j is wrong", (change, says) => expect(wrong(change).join("\n")).toMatch(says));
});
