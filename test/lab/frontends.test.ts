import { rig, ctl } from "./rig";

const server = "chef-server-ctl";
const status = ["curl", "-ksS", "-w", "\\n%{http_code}", "https://localhost/_status"] as const;

test("the status page as curl sees it on the frontend: pong, nobody", async () => {
  const { exec, sim } = rig();
  const healthy = await exec("frontend-1", ...status);
  const [code, body] = [/\n(\d+)$/.exec(healthy.stdout)?.[1], healthy.stdout.replace(/\n\d+$/, "")];
  expect([healthy.code, code, JSON.parse(body)]).toEqual([
    0,
    "200",
    expect.objectContaining({ status: "pong" }),
  ]);
  await exec("backend-1", ctl, "set-cluster-failover", "off");
  sim.nodeDown("backend-1");
  expect((await exec("frontend-1", ...status)).stdout).toMatch(/\n500$/);
  expect(
    await exec("frontend-1", "curl", "-fsS", "-o", "/dev/null", "http://127.0.0.1/_status"),
  ).toMatchObject({
    code: 22,
    stdout: "",
  });
  await exec("frontend-1", server, "stop");
  expect(await exec("frontend-1", ...status)).toMatchObject({
    code: 7,
    stdout: "\n000",
    stderr: "curl: (7) Failed to connect to localhost port 443: Connection refused\n",
  });
  expect(await sim.exec("frontend-1", ["curl", "https://chef.example.com/_status"])).toBe("passthrough");
});

test("maintenance shows to clients of the API, not in the status page", async () => {
  const { exec, sim } = rig();
  const client = ["-H", "X-Chef-Version: 18.0.0", "-H", "X-Ops-Userid: pivotal"];
  const ask = async (...words: string[]) => (await exec("frontend-1", "curl", "-ksS", ...words)).stdout;
  const url = `https://${sim.frontend("frontend-1").ip}/server_api_version`;
  const code = ["-o", "/dev/null", "-w", "%{http_code}"];
  expect(await ask(...code, ...client, url)).toBe("200");
  expect(await ask(...code, "-H", "X-Chef-Version: 18.0.0", url)).toBe("401");
  await exec("frontend-1", server, "maintenance", "on");
  expect(await ask(...code, ...client, url)).toBe("503");
  expect(await ask(url)).toContain("Welcome");
  expect(await ask(...status.slice(2))).toMatch(/\n200$/);
});

test("status, stop and start take their time; reconfigure starts what is stopped", async () => {
  const { exec, clock, sim } = rig();
  const up = await exec("frontend-1", server, "status");
  expect([up.code, up.stdout.replace(/pid \d+/g, "pid 1").replace(/\d{6,}s/g, "Ns")]).toEqual([
    0,
    `-------------------
 Internal Services 
-------------------
${["bookshelf", "haproxy", "nginx", "oc_bifrost", "oc_id", "opscode-erchef", "redis_lb"]
  .map((name) => `run: ${name}: (pid 1) Ns; run: log: (pid 1) Ns\n`)
  .join("")}-------------------
 External Services 
-------------------
run: elasticsearch: connected OK to http://127.0.0.1:9200
run: postgresql: connected OK to 127.0.0.1:5432
`,
  ]);
  const before = clock.now();
  await exec("frontend-1", server, "stop");
  expect(clock.now()).toBeGreaterThan(before);
  const down = await exec("frontend-1", server, "status");
  expect([down.code, down.stdout]).toEqual([
    21,
    expect.stringMatching(/^down: nginx: 1s, normally up; run: log/m),
  ]);
  sim.shape.downStatus = 0;
  expect((await exec("frontend-1", server, "status")).code).toBe(0);
  await exec("frontend-1", server, "start");
  expect((await exec("frontend-1", server, "status")).code).toBe(0);
  await exec("frontend-1", server, "stop");
  await exec("frontend-1", server, "reconfigure");
  expect((await exec("frontend-1", server, "status")).code).toBe(0);
});

test.each([
  ["14.6.31", 1],
  ["14.6.32", 0],
])("maintenance at %s ends with %i", async (version, code) => {
  const { exec, sim } = rig({ frontends: [{ name: "frontend-1", ip: "192.168.33.225", version }] });
  const result = await exec("frontend-1", server, "maintenance", "on");
  expect(result.code).toBe(code);
  expect(result.stderr.includes("I don't know that command: maintenance")).toBe(code === 1);
  expect(sim.frontend("frontend-1").maintenance).toBe(code === 0);
});

test("unansweredSeconds: only while no frontend answers", async () => {
  const frontends = [1, 2].map((n) => ({ name: `frontend-${n}`, ip: `192.168.33.22${n}` }));
  const { exec, sim, seconds } = rig({ frontends });
  await exec("frontend-1", server, "stop");
  await seconds(60);
  expect(sim.unansweredSeconds).toBe(0);
  sim.nodeDown("frontend-2");
  await seconds(60);
  expect(sim.unansweredSeconds).toBe(60);
  sim.nodeUp("frontend-2");
  await seconds(60);
  expect(sim.unansweredSeconds).toBe(60);
  await exec("backend-1", ctl, "set-cluster-failover", "off");
  sim.nodeDown("backend-1");
  await seconds(10);
  expect(sim.unansweredSeconds).toBe(70);
});

test("a cluster without frontends leaves nobody unanswered", async () => {
  const { sim, seconds } = rig({ frontends: [] });
  await seconds(60);
  expect([sim.unansweredSeconds, sim.emptySearchSeconds]).toEqual([0, 0]);
});

test("reindex: by organization or all, and not without services, a leader or Elasticsearch", async () => {
  const { exec, sim, clock } = rig({ organizations: ["acme", "org2", "org3", "org4", "org5"] });
  const before = clock.now();
  expect((await exec("frontend-1", server, "reindex", "-a")).stdout).toContain(
    "Sending all data for organization 'org2' to be indexed again.  It may take some time",
  );
  expect(clock.now() - before).toBe((sim.timings.reindex + sim.timings.control) * 1000);
  expect(await exec("frontend-1", server, "reindex", "lab")).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("Could not find an organization named 'lab'\n") as string,
    stderr: "Failed to reindex data for lab!\n",
  });
  expect((await exec("frontend-1", server, "reindex")).stderr).toContain("Please specify an organization");
  await exec("frontend-1", server, "stop");
  expect((await exec("frontend-1", server, "reindex", "acme")).stderr).toContain("not running");
  await exec("frontend-1", server, "start");
  for (const node of ["backend-2", "backend-3"]) await exec(node, ctl, "stop", "elasticsearch");
  expect((await exec("frontend-1", server, "reindex", "acme")).stderr).toContain(
    "cannot reach Elasticsearch",
  );
});

test("external services are told of and never change the exit status; before 14 they have older names", async () => {
  const version = "12.17.15";
  const { exec, sim } = rig({ frontends: [{ name: "frontend-1", ip: "192.168.33.225", version }] });
  for (const backend of sim.backends) backend.stop();
  const { code, stdout } = await exec("frontend-1", server, "status");
  expect([code, stdout.split("\n").slice(-3, -1)]).toEqual([
    0,
    [
      'down: opscode-solr4: failed to connect to http://127.0.0.1:9200: 503 "Service Unavailable"',
      "down: postgresql: failed to connect to 127.0.0.1:5432: server closed the connection unexpectedly",
    ],
  ]);
});

test("reindex ends with 0 although an organization failed, or the script within gave up", async () => {
  const { exec, sim } = rig();
  const switches = sim.switches("frontend-1");
  sim.search.create();
  switches.reindexFailsFor = ["lab"];
  const failed = await exec("frontend-1", server, "reindex", "-a");
  expect([failed.code, failed.stderr, sim.search.complete]).toEqual([
    0,
    expect.stringMatching(
      /^Reindexing the organization "lab" has failed\.\n[^]*\nFailed to reindex data for lab!\n$/,
    ),
    false,
  ]);
  switches.reindexFailsFor = [];
  switches.reindexSays = " The epmd process might not have been started";
  const { code, stdout, stderr } = await exec("frontend-1", server, "reindex", "-a");
  expect([code, stdout.includes(switches.reindexSays), stderr, sim.search.complete]).toEqual([
    0,
    true,
    "",
    false,
  ]);
});

test("upgrade beside another one: nothing is done, and success told; cleanup is silent, or tells what it would do", async () => {
  const { exec, sim } = rig();
  sim.switches("frontend-1").upgradeLocked = true;
  expect(await exec("frontend-1", server, "upgrade")).toEqual({
    code: 0,
    stdout: `ERROR: Unable to obtain file lock on /var/opt/opscode/upgrades/migration-level
Chef Infra Server Upgraded!
`,
    stderr: "",
  });
  const before = sim.history.length;
  expect((await exec("frontend-1", server, "cleanup", "--no-op")).stdout).toMatch(/ Would delete existing /);
  expect(sim.history).toHaveLength(before);
  expect((await exec("frontend-1", server, "cleanup")).stdout).toBe("");
});

test("switches: reindexFails, reindexFindsNothing, reconfigureFails, startFails", async () => {
  const { exec, sim } = rig();
  const switches = sim.switches("frontend-1");
  const failure = { code: 5, message: "no luck" };
  switches.reindexFails = failure;
  sim.search.create();
  expect(await exec("frontend-1", server, "reindex", "-a")).toMatchObject({ code: 5, stderr: "no luck\n" });
  expect(sim.search.complete).toBe(false);
  const count = async () => (await exec("backend-1", "curl", "-sS", "localhost:9200/chef/_count")).stdout;
  switches.reindexFails = null;
  switches.reindexFindsNothing = true;
  expect((await exec("frontend-1", server, "reindex", "-a")).code).toBe(0);
  expect([sim.search.complete, await count()]).toEqual([false, expect.stringContaining('"count": 0')]);
  switches.reindexFindsNothing = false;
  expect((await exec("frontend-1", server, "reindex", "-a")).code).toBe(0);
  expect([sim.search.complete, await count()]).toEqual([true, expect.not.stringContaining('"count": 0')]);
  switches.reconfigureFails = failure;
  expect((await exec("frontend-1", server, "reconfigure")).code).toBe(5);
  switches.startFails = failure;
  await exec("frontend-1", server, "stop");
  expect((await exec("frontend-1", server, "start")).code).toBe(5);
  expect(sim.frontend("frontend-1").serving).toBe(false);
});

test.each([
  ["12.15.7", "3.1.1", null],
  ["12.15.8", "2.3.16", null],
  [
    "12.17.15",
    "3.1.1",
    "Unsupported elasticsearch version of 6. There is current support for the major versions of 2 and 5.",
  ],
  ["13.2.0", "3.1.1", null],
  ["15.9.38", "1.4.40", null],
])(
  "reconfigure of %s beside %s raises %j on an Elasticsearch that it does not know",
  async (from, backends, words) => {
    const frontends = [{ name: "frontend-1", ip: "192.168.33.225", version: from }];
    const { exec, sim } = rig({ version: backends, frontends });
    const { code, stderr } = await exec("frontend-1", server, "reconfigure");
    expect([code, stderr]).toEqual(
      words ? [1, expect.stringContaining(`RuntimeError\n------------\n${words}\n`)] : [0, ""],
    );
    // What starts and stops services does not ask.
    await exec("frontend-1", server, "stop");
    expect((await exec("frontend-1", server, "start")).code).toBe(0);
    expect(sim.frontend("frontend-1").serving).toBe(true);
  },
);
test("`stop` and `start` end with the sum of all services; what takes long is down, or up, all the same", async () => {
  const { exec, sim } = rig();
  Object.assign(sim.switches("frontend-1"), { stopTimesOut: "nginx", startTimesOut: "oc_id" });
  expect(await exec("frontend-1", server, "stop")).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/^timeout: run: nginx: .*want down, got TERM$/m),
  });
  expect(sim.frontend("frontend-1").serving).toBe(false);
  expect(await exec("frontend-1", server, "start")).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/^timeout: down: oc_id: 0s, normally up, want up$/m),
  });
  expect(sim.frontend("frontend-1").serving).toBe(true);
});

test("beside Open Source Chef 11 `upgrade` asks, and crashes where nobody answers", async () => {
  const { exec, sim, clock } = rig();
  sim.switches("frontend-1").openSourceServer = true;
  expect((await exec("frontend-1", "stat", "-L", "-c", "%F", "/opt/chef-server")).stdout).toBe("directory\n");
  expect(await exec("frontend-1", server, "upgrade")).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/Would you like to upgrade\? \[yN\]\n$/),
    stderr: expect.stringContaining("NoMethodError"),
  });
  const declined = sim.exec("frontend-1", [server, "upgrade"], { stdin: "n\n" });
  expect(await clock.run(declined)).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/\nAborting upgrade\.\n$/),
  });
});

test("`backup` looks for rsync first", async () => {
  const { exec, sim } = rig();
  expect((await exec("frontend-1", "which", "rsync")).stdout).toBe("/usr/bin/rsync\n");
  sim.switches("frontend-1").hiddenFiles = ["/usr/bin/rsync"];
  expect((await exec("frontend-1", "which", "rsync")).code).toBe(1);
  expect(await exec("frontend-1", server, "backup", "--config-only", "-t", "900")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("rsync must be installed"),
  });
});
