import { rig, ctl } from "./rig";

const server = "chef-server-ctl";
const status = ["curl", "-ksS", "-w", "\\n%{http_code}", "https://localhost/_status"] as const;

test("the status page as curl sees it on the frontend: pong, maintenance, nobody", async () => {
  const { exec, sim } = rig();
  const healthy = await exec("frontend-1", ...status);
  const [code, body] = [/\n(\d+)$/.exec(healthy.stdout)?.[1], healthy.stdout.replace(/\n\d+$/, "")];
  expect([healthy.code, code, JSON.parse(body)]).toEqual([
    0,
    "200",
    expect.objectContaining({ status: "pong" }),
  ]);
  await exec("frontend-1", server, "maintenance", "on");
  expect((await exec("frontend-1", ...status)).stdout).toMatch(/\n503$/);
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

test("status, stop and start take their time; reconfigure starts what is stopped", async () => {
  const { exec, clock } = rig();
  expect(await exec("frontend-1", server, "status")).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^run: nginx: \(pid \d+\) 1079\d\ds; run: log: /) as string,
  });
  const before = clock.now();
  await exec("frontend-1", server, "stop");
  expect(clock.now()).toBeGreaterThan(before);
  expect(await exec("frontend-1", server, "status")).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/^down: nginx: 1s, normally up/) as string,
  });
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
  expect((await exec("frontend-1", server, "reindex", "-a")).stdout).toContain("Reindexing org2 (2 of 5)\n");
  expect(clock.now() - before).toBe((sim.timings.reindex + sim.timings.control) * 1000);
  expect((await exec("frontend-1", server, "reindex", "lab")).stderr).toContain("no organization lab");
  expect((await exec("frontend-1", server, "reindex")).stderr).toContain("Usage");
  await exec("frontend-1", server, "stop");
  expect((await exec("frontend-1", server, "reindex", "acme")).stderr).toContain("not running");
  await exec("frontend-1", server, "start");
  for (const node of ["backend-2", "backend-3"]) await exec(node, ctl, "stop", "elasticsearch");
  expect((await exec("frontend-1", server, "reindex", "acme")).stderr).toContain(
    "cannot reach Elasticsearch",
  );
});

test("switches: reindexFails, reindexFindsNothing, reconfigureFails, startFails", async () => {
  const { exec, sim } = rig();
  const switches = sim.switches("frontend-1");
  const failure = { code: 5, message: "no luck" };
  switches.reindexFails = failure;
  sim.search.create("5.6.16");
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
