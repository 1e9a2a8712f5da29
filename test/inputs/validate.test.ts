import { machineNames } from "../../provider/inputs/names";
import { validate } from "../../provider/inputs/validate";

const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const isUnknown = (value: unknown) => value === UNKNOWN;
const sha256 = "ab".repeat(32);
type Raw = Record<string, unknown>;

const good: Raw = {
  version: "2.3.16",
  nodes: [{ host: "192.168.33.215" }, { host: "192.168.33.216" }, { host: "192.168.33.217" }],
  connection: { user: "root", privateKey: "KEY" },
  packageFile: { path: "/srv/chef-backend_2.3.16-1_amd64.deb" },
};
const check = (change: Raw) => validate({ ...good, ...change }, isUnknown);
const node = (change: Raw) => ({
  nodes: [{ host: "a" }, { host: "b", ...change }, { host: "c" }],
});
const connection = (change: Raw) => ({ connection: { user: "root", ...change } });
const packageFile = (change: Raw) => ({ packageFile: change });
const packageFiles = (change: Raw) => ({ packageFiles: change });
const frontends = (change: Raw) => ({ frontends: { nodes: [{ host: "f" }], ...change } });
const frontend = (...nodes: unknown[]) => frontends({ nodes });
const deb = { path: "/srv/a.deb" };

test("the example of the README, with everything that can be given", () => {
  const all = {
    ...good,
    nodes: [
      { host: "backend-1.example", name: "one", port: 2222 },
      { host: "2001:db8::216", user: "chef", sudo: true, sudoPassword: "s" },
      { host: "2001:db8::217", hostKey: "ssh-ed25519 AAAA", proxy: { host: "bastion", user: "jump" } },
    ],
    connection: {
      ...{ user: "root", port: 22, password: "p", privateKeyPassword: "pp", agentSocketPath: "/run/agent" },
      ...{ knownHosts: "a ssh-ed25519 AAAA\nb ssh-rsa BBBB\n", dialErrorLimit: -1, perDialTimeout: 0 },
      ...{ sudo: true, insecureIgnoreHostKey: false },
    },
    packageFiles: { "2.1.0": { source: "./chef-backend_2.1.0-1_amd64.deb" } },
    ...{ takeOverFailover: true, allowDowntime: "2.3.16" },
    ...{ backup: false, backupTimeout: 1200, reindexTestOrg: "acme-corp_2" },
    acceptPartialIndex: ["acme-corp_2@2.3.16", "_x@2.3.16-1"],
    rebuildIndex: "2.3.16-1",
    frontends: {
      nodes: [
        { host: "frontend-1.example", name: "front" },
        { host: "frontend-2.example", port: 2222, password: "p", proxy: { host: "bastion" } },
      ],
      ...{ version: "15.9.38", packageFile: deb, acceptLicense: true, cleanup: "15.9.38" },
      ...{ loadBalancer: { host: "chef.example.com", port: 8443 }, smokeTest: true },
      ...{ drain: { command: "./lb out\n", undo: "./lb in", wait: 0 }, addons: "reconfigure" },
      skipReindex: "15.9.38",
    },
    timeouts: {
      ...{ install: 1, upgrade: 0.5, statusInterval: 15, healthy: 3, rejoin: 4, failover: 5, stage: 6 },
      ...{ packageLock: 7, services: 8, reindex: 9 },
    },
  };
  const result = validate(all, isUnknown);
  expect(result.failures).toEqual([]);
  expect(result.inputs).toEqual(all);
  expect(result.unknown).toEqual([]);
});

test.each([
  ...["::1", "fe80::1%eth0", "fe80::216:3eff:fe00:1%br-0.100", "2001:DB8::216", "::ffff:192.0.2.1"],
  ...["192.0.2.7", "backend_2.example.com", "b", "10.example", "1-2", "xn--bckend-bua.example"],
])("a host: %s", (host) => {
  const bracketed = host.includes(":") ? `[${host}]` : host;
  const proxied = frontend({ host: "f", proxy: { host: bracketed } });
  const { inputs, failures } = check({ ...node({ host: bracketed }), ...proxied });
  expect(failures).toEqual([]);
  expect(inputs!.nodes[1]!.host).toBe(host);
  expect(inputs!.frontends!.nodes[0]!.proxy!.host).toBe(host);
  expect(machineNames(inputs!)[1]).toBe(host);
});

test.each([
  ...[
    "[b]",
    "[192.0.2.7]",
    "[::1",
    "::1]",
    "[::1]:22",
    "192.0.2.7:22",
    "b:22",
    ":::1",
    "2001:db8::1::2",
    "%eth0",
  ],
  ...["fe80::1%", "fe80::1%a b", "1:2:3:4:5:6:7:8:9", "192.0.2.256", "10.0.0", "[]", "[:]", ".b"],
])("no host: %s", (host) => {
  for (const raw of [node({ host }), frontend({ host }), connection({ proxy: { host } })])
    expect(check(raw).failures).toMatchObject([
      { reason: expect.stringContaining(`got ${JSON.stringify(host)}, expected a host name or IP address`) },
    ]);
});

/** The field, what came, what was expected, and the way out. */
test.each<[string, Raw, string, RegExp]>([
  ["no version", { version: undefined }, "version", /^is missing: expected a release such as 2\.3\.16/],
  ["a number", { version: 2.3 }, "version", /^got number, expected a release/],
  ["a v", { version: "v2.3.16" }, "version", /^got "v2\.3\.16", expected .*\(without the v: 2\.3\.16\)$/],
  ["a caret", { version: "^2.3.16" }, "version", /\(one version, not a range: an upgrade has one target\)/],
  ["a range", { version: "2.3.16 - 3.0.0" }, "version", /not a range/],
  ["alternatives", { version: "2.3.16||3.0.0" }, "version", /not a range/],
  ["2.x", { version: "2.x" }, "version", /not a range/],
  ["two numbers", { version: "2.3" }, "version", /\(all three numbers\)/],
  ["latest", { version: "latest" }, "version", /^got "latest", expected/],
  ["a shell in it", { version: "2.3.16;reboot" }, "version", /^got "2\.3\.16;reboot"/],
  ["a newline", { version: "2.3.16\n" }, "version", /^got "2\.3\.16\\n"/],
  ["a very long one", { version: "9".repeat(500) }, "version", /^got "9{79}…, expected/],

  ["no nodes", { nodes: undefined }, "nodes", /^is missing: expected a list of three backends/],
  ["nodes as text", { nodes: "a,b,c" }, "nodes", /^got text, expected a list/],
  [
    "an empty list",
    { nodes: [] },
    "nodes",
    /^got 0, expected exactly 3 backends: other counts are not supported/,
  ],
  ["two", { nodes: [{ host: "a" }, { host: "b" }] }, "nodes", /^got 2, expected exactly 3/],
  ["four", { nodes: ["a", "b", "c", "d"].map((host) => ({ host })) }, "nodes", /^got 4, expected exactly 3/],
  ["a node as text", { nodes: ["a", { host: "b" }, { host: "c" }] }, "nodes[0]", /^got text/],
  ["null", { nodes: [null, { host: "b" }, { host: "c" }] }, "nodes[0]", /^got null/],
  [
    "the same host twice",
    node({ host: "a" }),
    "nodes[1].host",
    /^got "a" again \(nodes\[0\]\), expected a different machine for each/,
  ],
  [
    "the same name twice",
    { nodes: [{ host: "a", name: "x" }, { host: "b" }, { host: "c", name: "x" }] },
    "nodes[2].name",
    /^got "x" again \(nodes\[0\]\)/,
  ],

  ["no host", node({ host: undefined }), "nodes[1].host", /^is missing: expected a host name or IP address/],
  ["an empty host", node({ host: "" }), "nodes[1].host", /expected a host name/],
  [
    "an option",
    node({ host: "-oProxyCommand=x" }),
    "nodes[1].host",
    /^got "-oProxyCommand=x", expected a host/,
  ],
  ["a user in it", node({ host: "root@b" }), "nodes[1].host", /without user, port, path or blanks/],
  ["a URL", node({ host: "ssh://b" }), "nodes[1].host", /^got "ssh:\/\/b", expected/],
  ["a blank", node({ host: "b c" }), "nodes[1].host", /^got "b c"/],
  ["$()", node({ host: "$(reboot)" }), "nodes[1].host", /^got "\$\(reboot\)"/],
  ["backticks", node({ host: "`id`" }), "nodes[1].host", /^got "`id`"/],
  ["a newline", node({ host: "b\nProxyCommand x" }), "nodes[1].host", /without control characters/],
  ["NUL", node({ host: "b\u0000" }), "nodes[1].host", /without control characters/],
  ["unicode", node({ host: "bäckend" }), "nodes[1].host", /^got "bäckend"/],
  ["an empty name", node({ name: "" }), "nodes[1].name", /expected/],
  ["a name with a newline", node({ name: "a\nb" }), "nodes[1].name", /without control characters/],

  ["port 0", node({ port: 0 }), "nodes[1].port", /^got 0, expected a port number from 1 to 65535/],
  ["port 65536", connection({ port: 65536 }), "connection.port", /^got 65536, expected a port/],
  ["port 22.5", connection({ port: 22.5 }), "connection.port", /expected a port/],
  ["port as text", connection({ port: "22" }), "connection.port", /^got text, expected a port/],
  ["port NaN", connection({ port: NaN }), "connection.port", /expected a port/],
  ["a user with a blank", connection({ user: "a b" }), "connection.user", /^got "a b", expected a user name/],
  ["a user that is an option", connection({ user: "-l" }), "connection.user", /does not begin with -/],
  ["a user with NUL", connection({ user: "a\u0000" }), "connection.user", /control characters/],
  ["a proxy without a host", connection({ proxy: { user: "x" } }), "connection.proxy.host", /^is missing/],
  ["a proxy as text", connection({ proxy: "bastion" }), "connection.proxy", /^got text/],
  ["sudo as text", connection({ sudo: "yes" }), "connection.sudo", /^got text, expected true or false/],
  [
    "a negative wait",
    connection({ perDialTimeout: -1 }),
    "connection.perDialTimeout",
    /^got -1, expected 0 seconds/,
  ],
  [
    "dialErrorLimit -2",
    connection({ dialErrorLimit: -2 }),
    "connection.dialErrorLimit",
    /^got -2, expected a whole/,
  ],
  ["connection as a list", { connection: [] }, "connection", /^got a list/],

  ["an empty packageFile", packageFile({}), "packageFile", /^got none of them, expected exactly one of path/],
  [
    "two of them",
    packageFile({ path: "/a.deb", source: "./a.deb" }),
    "packageFile",
    /^got path and source, expected exactly/,
  ],
  [
    "all three",
    packageFile({ path: "/a.deb", source: "a.deb", url: "https://h/a.deb", sha256 }),
    "packageFile",
    /^got path and source and url/,
  ],
  [
    "a relative path",
    packageFile({ path: "srv/a.deb" }),
    "packageFile.path",
    /^got "srv\/a\.deb", expected an absolute path/,
  ],
  ["another ending", packageFile({ path: "/srv/a.tgz" }), "packageFile.path", /ends in \.deb or \.rpm/],
  ["a newline", packageFile({ path: "/srv/a\n.deb" }), "packageFile.path", /control characters/],
  [
    "a pattern that rpm would expand",
    packageFile({ path: "/srv/chef*.rpm" }),
    "packageFile.path",
    /^got "\/srv\/chef\*\.rpm", .*rpm and yum expand them/,
  ],
  [
    "a blank that rpm would split at",
    packageFile({ path: "/srv/a b.rpm" }),
    "packageFile.path",
    /without blanks/,
  ],
  [
    "a source of another kind",
    packageFile({ source: "./a.zip" }),
    "packageFile.source",
    /^got "\.\/a\.zip", expected a file that ends/,
  ],
  ["a source with NUL", packageFile({ source: "a\u0000.deb" }), "packageFile.source", /control characters/],
  [
    "a url without sha256",
    packageFile({ url: "https://h/a.deb" }),
    "packageFile.sha256",
    /^is required with url: .*installed as root/,
  ],
  [
    "ftp",
    packageFile({ url: "ftp://h/a.deb", sha256 }),
    "packageFile.url",
    /^got "ftp:\/\/h\/a\.deb", expected an http or https URL/,
  ],
  [
    "a file URL",
    packageFile({ url: "file:///a.deb", sha256 }),
    "packageFile.url",
    /expected an http or https URL/,
  ],
  ["no URL", packageFile({ url: "a.deb", sha256 }), "packageFile.url", /^got "a\.deb"/],
  [
    "a URL of a page",
    packageFile({ url: "https://h/a.deb/", sha256 }),
    "packageFile.url",
    /path ends in \.deb or \.rpm/,
  ],
  [
    "a short checksum",
    packageFile({ path: "/a.deb", sha256: "abc" }),
    "packageFile.sha256",
    /^got "abc", expected a SHA-256: 64/,
  ],
  [
    "no hexadecimal",
    packageFile({ path: "/a.deb", sha256: "g".repeat(64) }),
    "packageFile.sha256",
    /64 hexadecimal digits/,
  ],

  [
    "takeOverFailover as text",
    { takeOverFailover: "true" },
    "takeOverFailover",
    /^got text, expected true or false/,
  ],
  [
    "a time-out of 0",
    { timeouts: { install: 0 } },
    "timeouts.install",
    /^got 0, expected more than 0 seconds/,
  ],
  [
    "a guard that a living run could miss",
    { failoverGuard: 29 },
    "failoverGuard",
    /^got 29, expected 0 \(off\), or 30/,
  ],
  ["a guard for ever", { failoverGuard: Infinity }, "failoverGuard", /expected 0 \(off\), or 30/],
  ["no run whose lock to break", { breakLock: "" }, "breakLock", /expected the id of a run/],
  ["for ever", { timeouts: { rejoin: Infinity } }, "timeouts.rejoin", /expected a number of seconds/],
  [
    "a time-out as text",
    { timeouts: { stage: "1h" } },
    "timeouts.stage",
    /^got text, expected a number of seconds/,
  ],

  ["packageFiles as a list", { packageFiles: [] }, "packageFiles", /^got a list, expected an object with a/],
  [
    "a package for two numbers",
    packageFiles({ "2.3": deb }),
    'packageFiles["2.3"]',
    /^got "2\.3", expected a version for which the package is, such as 2\.3\.16, .*\(all three numbers\)$/,
  ],
  [
    "a package for a word",
    packageFiles({ latest: deb }),
    "packageFiles.latest",
    /^got "latest", expected a v/,
  ],
  ["a package as text", packageFiles({ "2.1.0": "/a.deb" }), 'packageFiles["2.1.0"]', /^got text/],
  [
    "a package from nowhere",
    packageFiles({ "2.1.0": {} }),
    'packageFiles["2.1.0"]',
    /^got none of them, expected exactly one of path/,
  ],
  [
    "another ending",
    packageFiles({ "2.1.0": { path: "/srv/a.tgz" } }),
    'packageFiles["2.1.0"].path',
    /^got "\/srv\/a\.tgz", expected a file that ends/,
  ],
  [
    "the wanted version's package twice",
    packageFiles({ "2.3.16": deb }),
    'packageFiles["2.3.16"]',
    /^got "2\.3\.16", the wanted version, whose package packageFile gives already: expected it in one/,
  ],
  [
    "the wanted version's package twice, once with the iteration",
    packageFiles({ "2.3.16-1": deb }),
    'packageFiles["2.3.16-1"]',
    /^got "2\.3\.16-1", the wanted version/,
  ],
  [
    "two packages for one version",
    packageFiles({ "2.1.0": deb, "2.1.0-1": deb }),
    'packageFiles["2.1.0-1"]',
    /^got "2\.1\.0-1" beside "2\.1\.0", expected one package for a version/,
  ],

  [
    "downtime allowed for ever",
    { allowDowntime: true },
    "allowDowntime",
    /^got boolean, expected the version for which downtime is allowed, such as 2\.3\.16/,
  ],
  [
    "downtime allowed for a range",
    { allowDowntime: "2.x" },
    "allowDowntime",
    /^got "2\.x", expected the version .* \(one version, not a range/,
  ],
  ...["2.3.16", "all", "2.3.16-x", "2.x"].map((build): [string, Raw, string, RegExp] => [
    `failed scripts accepted for ${build}, which is no build`,
    { acceptFailedScripts: build },
    "acceptFailedScripts",
    /^got "[^"]*", expected one build with the package's iteration, such as 2\.3\.16-1/,
  ]),
  [
    "a drain that is never undone",
    frontends({ drain: { command: "x" } }),
    "frontends.drain.undo",
    /^is missing: expected the line that puts back what `command` takes out/,
  ],
  [
    "an undo of nothing",
    frontends({ drain: { undo: "x" } }),
    "frontends.drain.command",
    /^is missing: expected the line whose effect `undo` undoes/,
  ],
  [
    "a drain without anything",
    frontends({ drain: {} }),
    "frontends.drain",
    /^got nothing, expected `command`/,
  ],
  [
    "a drain as a list of words",
    frontends({ drain: { command: ["a"], undo: "b" } }),
    "frontends.drain.command",
    /^got a list, expected a line for \/bin\/sh/,
  ],
  [
    "an empty line to drain",
    frontends({ drain: { command: " \n", undo: "b" } }),
    "frontends.drain.command",
    /^got .*, not an empty one|expected a line for \/bin\/sh, not an empty one/,
  ],
  [
    "a negative wait",
    frontends({ drain: { wait: -1 } }),
    "frontends.drain.wait",
    /^got -1, expected 0 seconds/,
  ],
  ["a drain as text", frontends({ drain: "x" }), "frontends.drain", /^got text, expected an object/],
  [
    "add-ons as a list",
    frontends({ addons: ["x"] }),
    "frontends.addons",
    /expected "report" or "reconfigure"/,
  ],
  [
    "unknown word for add-ons",
    frontends({ addons: "up" }),
    "frontends.addons",
    /^got "up", expected "report" or/,
  ],
  [
    "failed scripts of frontends accepted for ever",
    { frontends: { nodes: [{ host: "f" }], acceptFailedScripts: true } },
    "frontends.acceptFailedScripts",
    /^got boolean, expected one build with the package's iteration, such as 15\.9\.38-1/,
  ],
  ["backup as text", { backup: "no" }, "backup", /^got text, expected true or false/],
  ["no time for a backup", { backupTimeout: 0 }, "backupTimeout", /^got 0, expected more than 0 seconds/],
  ["a time with a unit", { backupTimeout: "10m" }, "backupTimeout", /^got text, expected a number of sec/],
  ...["-a", "Acme", "a b", "ümlaut", "", "acme\n", "$(reboot)"].map((name): [string, Raw, string, RegExp] => [
    `organization ${JSON.stringify(name)}`,
    { reindexTestOrg: name },
    "reindexTestOrg",
    /^got ".*", expected an organization's short name: lower-case letters, digits, - and _, not beginning/,
  ]),
  ["an organization as a list", { reindexTestOrg: ["a"] }, "reindexTestOrg", /^got a list, expected an org/],

  ["frontends as a list", { frontends: [{ host: "f" }] }, "frontends", /^got a list/],
  ["frontends without nodes", { frontends: {} }, "frontends.nodes", /^is missing: expected a list of front/],
  ["no frontend", frontend(), "frontends.nodes", /^got \[\], expected at least one frontend/],
  ["a frontend as text", frontend("f"), "frontends.nodes[0]", /^got text/],
  ["a frontend without a host", frontend({}), "frontends.nodes[0].host", /^is missing: expected a host name/],
  [
    "a frontend twice",
    frontend({ host: "f" }, { host: "g" }, { host: "f" }),
    "frontends.nodes[2].host",
    /^got "f" again \(frontends\.nodes\[0\]\), expected a different machine for each/,
  ],
  [
    "a frontend twice, the port told once",
    { ...connection({ port: 2222 }), ...frontend({ host: "f" }, { host: "f", port: 2222 }) },
    "frontends.nodes[1].host",
    /^got "f" again \(frontends\.nodes\[0\]\)/,
  ],
  [
    "a backend as a frontend",
    frontend({ host: "f" }, { host: "192.168.33.216" }),
    "frontends.nodes[1].host",
    /^got "192\.168\.33\.216" again \(nodes\[1\]\), expected a different machine/,
  ],
  [
    "two frontends of one name",
    frontend({ host: "f", name: "x" }, { host: "g", name: "x" }),
    "frontends.nodes[1].name",
    /^got "x" again \(frontends\.nodes\[0\]\), expected a different name for each/,
  ],
  [
    "a frontend with a backend's name",
    frontend({ host: "f", name: "192.168.33.215" }),
    "frontends.nodes[0].name",
    /^got "192\.168\.33\.215" again \(nodes\[0\]\)/,
  ],
  [
    "a backend named like a frontend's host",
    { nodes: [{ host: "a", name: "f" }, { host: "b" }, { host: "c" }], ...frontend({ host: "f" }) },
    "nodes[0].name",
    /^got "f" again \(frontends\.nodes\[0\]\)/,
  ],
  [
    "the frontends' version as a word",
    frontends({ version: "stable" }),
    "frontends.version",
    /^got "stable", expected a release of Chef Infra Server such as 15\.9\.38, or with .* 15\.9\.38-1$/,
  ],
  ["their version as a number", frontends({ version: 15 }), "frontends.version", /^got number, expected a r/],
  [
    "a package for frontends that are not upgraded",
    frontends({ packageFile: deb }),
    "frontends.packageFile",
    /^got a package, but no frontends\.version: expected both, or neither/,
  ],
  [
    "a frontends' package of another kind",
    frontends({ version: "15.9.38", packageFile: { path: "/a.zip" } }),
    "frontends.packageFile.path",
    /^got "\/a\.zip", expected a file that ends/,
  ],
  [
    "the license as text",
    frontends({ acceptLicense: "yes" }),
    "frontends.acceptLicense",
    /^got text, expected true or false/,
  ],
  [
    "a load balancer's URL",
    frontends({ loadBalancer: { host: "https://chef.example.com" } }),
    "frontends.loadBalancer.host",
    /without user, port, path/,
  ],
  [
    "a load balancer's port in its host",
    frontends({ loadBalancer: { host: "chef.example.com:8443" } }),
    "frontends.loadBalancer.host",
    /the port goes into `port`/,
  ],
  [
    "the smoke test as a text",
    frontends({ smokeTest: "yes" }),
    "frontends.smokeTest",
    /expected true or false/,
  ],
  [
    "cleanup as a switch",
    frontends({ version: "15.9.38", cleanup: true }),
    "frontends.cleanup",
    /^got boolean, expected the release whose old data is to be destroyed, such as 15\.9\.38/,
  ],
  [
    "cleanup of another version",
    frontends({ version: "15.9.38", cleanup: "14.0.1" }),
    "frontends.cleanup",
    /^got "14\.0\.1", expected the same as frontends\.version \("15\.9\.38"\): cleanup destroys/,
  ],
  [
    "a rebuild as a switch",
    { rebuildIndex: true },
    "rebuildIndex",
    /^got boolean, expected the version for which the search index is rebuilt, such as 3\.1\.1/,
  ],
  [
    "a rebuild for another version",
    { rebuildIndex: "3.1.1" },
    "rebuildIndex",
    /^got "3\.1\.1", expected the same release as version \("2\.3\.16"\): the search index is rebuilt/,
  ],
  ...["acme", "acme@2", "Acme@2.3.16", "acme@2.3.16@1", "-a@2.3.16", "$(id)@2.3.16"].map(
    (each): [string, Raw, string, RegExp] => [
      `a partial index of ${each}`,
      { acceptPartialIndex: ["lab@2.3.16", each] },
      "acceptPartialIndex[1]",
      /expected an organization's short name, @, and the version that the error names: acme@2\.3\.16/,
    ],
  ),
  [
    "no reindex for a range",
    frontends({ skipReindex: "15.x" }),
    "frontends.skipReindex",
    /^got "15\.x", expected the release whose upgrade leaves the search index as it is, such as 15\.9\.38/,
  ],
  [
    "cleanup without a version",
    frontends({ cleanup: "15.9.38" }),
    "frontends.cleanup",
    /^got "15\.9\.38", expected frontends\.version to be set, too: cleanup destroys/,
  ],
])("%s", (_what, change, property, reason) => {
  const result = check(change);
  expect(result.inputs).toBeNull();
  expect(result.failures.map((failure) => failure.property)).toEqual([property]);
  expect(result.failures[0]!.reason).toMatch(reason);
});

test.each<[Raw]>([
  [{ version: "2.3.16-1" }],
  [{ version: "2.3.16-1.el7" }],
  [{ packageFile: { url: "https://h:8443/a%20b.rpm?token=x", sha256: sha256.toUpperCase() } }],
  [{ packageFile: { path: "/srv/it's a $(strange) `path`; ümlaut.deb" } }],
  [{ packageFile: { source: "-leading and 'quotes'.deb" } }],
  [{ connection: undefined, packageFile: undefined }],
  [packageFiles({ "2.1.0": deb, "2.0.30-2.el7": deb, "3.1.1": { source: "x.rpm" } })],
  [{ packageFile: undefined, packageFiles: { "2.3.16": deb } }],
  [frontend({ host: "192.168.33.215", port: 2222 })],
  [frontend({ host: "f" }, { host: "f", port: 2222 })],
  [{ allowDowntime: "3.1.1", reindexTestOrg: "_7-x", acceptFailedScripts: "3.1.1-1.el7" }],
  [connection({ password: "pa'ss \"w`ord$(x)\n\u0000" })],
  [node({ host: "a", port: 2222 })],
  [connection({ user: "DOMAIN\\ünser" })],
])("taken as it is, byte for byte: %j", (change) => {
  expect(check(change).failures).toEqual([]);
  expect(check(change).inputs).toEqual({ ...good, ...change });
});

describe("a misspelt field is an error, with what was meant", () => {
  test.each<[string, Raw, string, RegExp]>([
    ["at the top", { Version: "2.3.16" }, "Version", /is not an input .*did you mean version\?/],
    ["snake case", { package_file: {} }, "package_file", /did you mean packageFile\?/],
    [
      "in connection",
      connection({ private_key: "x" }),
      "connection.private_key",
      /did you mean privateKey\?/,
    ],
    ["in a node", node({ hostkey: "x" }), "nodes[1].hostkey", /did you mean hostKey\?/],
    [
      "in packageFile",
      packageFile({ path: "/a.deb", SHA256: sha256 }),
      "packageFile.SHA256",
      /did you mean sha256\?/,
    ],
    ["in timeouts", { timeouts: { Rejoin: 1 } }, "timeouts.Rejoin", /did you mean rejoin\?/],
    [
      "in a package of a version",
      packageFiles({ "2.1.0": { ...deb, Path: "/a.deb" } }),
      'packageFiles["2.1.0"].Path',
      /did you mean path\?/,
    ],
    ["in frontends", frontends({ acceptLicence: true }), "frontends.acceptLicence", /mean acceptLicense\?/],
    ["in a frontend", frontend({ host: "f", usr: "x" }), "frontends.nodes[0].usr", /did you mean user\?/],
    ["consent to downtime", { allow_downtime: "2.3.16" }, "allow_downtime", /did you mean allowDowntime\?/],
    ["a letter left out", { conection: {} }, "conection", /did you mean connection\?/],
    ["two letters swapped", { verison: "1" }, "verison", /did you mean version\?/],
    ["nothing like it", { colour: "red" }, "colour", /^is not an input of this resource$/],
  ])("%s", (_what, change, property, reason) => {
    expect(check(change).failures).toEqual([{ property, reason: expect.stringMatching(reason) }]);
  });
});

test("all failures at once", () => {
  const { failures } = check({
    version: "x",
    ...connection({ port: 0, sudo: 1 }),
    packageFile: { path: "a" },
  });
  expect(failures.map((failure) => failure.property)).toEqual([
    ...["version", "connection.port", "connection.sudo", "packageFile.path"],
  ]);
});

test("what does not fit together is told beside what is wrong by itself", () => {
  const { failures } = check({
    version: "x",
    ...frontends({ nodes: [{ host: "f" }, { host: "f" }], cleanup: "15.9.38", packageFile: deb }),
  });
  expect(failures.map((failure) => failure.property)).toEqual([
    ...["version", "frontends.nodes[1].host", "frontends.packageFile", "frontends.cleanup"],
  ]);
});

describe("secrets never stand in a message", () => {
  const canary = "CANARY-hunter2";
  const fields = ["password", "privateKey", "privateKeyPassword", "sudoPassword"];
  const wrong: [string, unknown][] = [
    ["an object", { pem: canary }],
    ["a list", [canary]],
    ["an object whose key it is", { [canary]: canary }],
  ];
  test.each(fields.flatMap((field) => wrong.map(([what, value]) => [field, what, value] as const)))(
    "%s as %s",
    (field, _what, value) => {
      const places = [connection, node, (change: Raw) => frontend({ host: "f", ...change })];
      for (const change of places.map((place) => place({ [field]: value }))) {
        const { failures } = check(change);
        expect(failures).toHaveLength(1);
        expect(failures[0]!.property).toMatch(new RegExp(`${field}$`));
        expect(JSON.stringify(failures)).not.toContain(canary);
      }
    },
  );

  test.each<[string, Raw]>([
    ["in a bastion", connection({ proxy: { host: "b", password: { a: canary } } })],
    ["a whole connection that is one text", { connection: canary }],
    ["a node that is one text", { nodes: [canary, { host: "b" }, { host: "c" }] }],
    ["in the login of a URL", packageFile({ url: `https://me:${canary}@h/a.deb`, sha256 })],
    ["in the login of a URL of another kind", packageFile({ url: `ftp://${canary}@h/a.deb`, sha256 })],
    ["as a token of a URL", packageFile({ url: `ftp://h/a.deb?X-Signature=${canary}`, sha256 })],
    ["in a host", node({ host: `root:${canary}@b` })],
    ["beside another failure", { ...connection({ password: canary, port: -1 }), version: "x" }],
  ])("%s", (_what, change) => {
    const { failures } = check(change);
    expect(failures.length).toBeGreaterThan(0);
    expect(JSON.stringify(failures)).not.toContain(canary);
  });
});

describe("values that are not known yet are neither right nor wrong", () => {
  test.each<[string, Raw, string[]]>([
    ["the version", { version: UNKNOWN }, ["version"]],
    ["the whole list of nodes", { nodes: UNKNOWN }, ["nodes"]],
    ["one node", { nodes: [UNKNOWN, { host: "b" }, { host: "c" }] }, ["nodes[0]"]],
    ["one node's host", node({ host: UNKNOWN }), ["nodes[1].host"]],
    [
      "every host",
      { nodes: [0, 1, 2].map(() => ({ host: UNKNOWN })) },
      ["nodes[0].host", "nodes[1].host", "nodes[2].host"],
    ],
    ["the connection", { connection: UNKNOWN }, ["connection"]],
    ["the port", connection({ port: UNKNOWN }), ["connection.port"]],
    ["a secret", connection({ privateKey: UNKNOWN }), ["connection.privateKey"]],
    ["a bastion's host", connection({ proxy: { host: UNKNOWN } }), ["connection.proxy.host"]],
    ["the package file", { packageFile: UNKNOWN }, ["packageFile"]],
    [
      "its URL and checksum",
      packageFile({ url: UNKNOWN, sha256: UNKNOWN }),
      ["packageFile.url", "packageFile.sha256"],
    ],
    ["a switch", { takeOverFailover: UNKNOWN }, ["takeOverFailover"]],
    ["a time-out", { timeouts: { install: UNKNOWN } }, ["timeouts.install"]],
    ["all packages", { packageFiles: UNKNOWN }, ["packageFiles"]],
    ["a version's package", packageFiles({ "2.1.0": UNKNOWN }), ['packageFiles["2.1.0"]']],
    ["its path", packageFiles({ "2.1.0": { path: UNKNOWN } }), ['packageFiles["2.1.0"].path']],
    ["the consent", { allowDowntime: UNKNOWN }, ["allowDowntime"]],
    ["the organization", { reindexTestOrg: UNKNOWN }, ["reindexTestOrg"]],
    ["all about frontends", { frontends: UNKNOWN }, ["frontends"]],
    ["the frontends' nodes", frontends({ nodes: UNKNOWN }), ["frontends.nodes"]],
    ["one frontend", frontend({ host: "f" }, UNKNOWN), ["frontends.nodes[1]"]],
    [
      "every frontend's host",
      frontend({ host: UNKNOWN }, { host: UNKNOWN }),
      ["frontends.nodes[0].host", "frontends.nodes[1].host"],
    ],
    [
      "the frontends' version, which cleanup repeats",
      frontends({ version: UNKNOWN, cleanup: "15.9.38" }),
      ["frontends.version"],
    ],
    [
      "the wanted version, beside packages",
      { version: UNKNOWN, ...packageFiles({ "2.3.16": deb }) },
      ["version"],
    ],
    ["the frontends' version", frontends({ version: UNKNOWN, packageFile: deb }), ["frontends.version"]],
    ["what is to be cleaned up", frontends({ version: "15.9.38", cleanup: UNKNOWN }), ["frontends.cleanup"]],
  ])("%s", (_what, change, unknown) => {
    expect(check(change)).toEqual({ inputs: null, failures: [], unknown });
  });

  test("what is wrong beside them is told all the same", () => {
    const { failures } = check({
      ...{ version: UNKNOWN, versio: "x" },
      ...connection({ privateKey: UNKNOWN, privateKeyPasword: "x", privateKeyPassword: 7, port: 0 }),
    });
    expect(failures.map((failure) => failure.property).sort()).toEqual([
      ...["connection.port", "connection.privateKeyPassword", "connection.privateKeyPasword", "versio"],
    ]);
  });
});
