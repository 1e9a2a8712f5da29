import { frontendStatus } from "../../lab/simulation/frontendStatus";
import { rig, ctl } from "./rig";

test("fib_trie has the kernel's form: own addresses, and the VIP on the leader only", async () => {
  const { exec, sim } = rig({ vip: "192.168.33.220" });
  const local = async (node: string) => {
    const { stdout } = await exec(node, "cat", "/proc/net/fib_trie");
    expect(stdout).toMatch(/^Main:\n {2}\+-- 0\.0\.0\.0\/0/);
    return new Set([...stdout.matchAll(/\|-- (\S+)\n +\/32 host LOCAL/g)].map((match) => match[1]));
  };
  expect(await local("backend-1")).toEqual(new Set(["127.0.0.1", "192.168.33.215", "192.168.33.220"]));
  expect(await local("backend-2")).toEqual(new Set(["127.0.0.1", "192.168.33.216"]));
  sim.forceFailover("backend-2");
  expect(await local("backend-2")).toContain("192.168.33.220");
});

test("if_inet6 spells addresses as the kernel does", async () => {
  const { exec } = rig({ backends: [{ name: "six", ip: "fd00::1:2" }], frontends: [] });
  expect((await exec("six", "cat", "/proc/net/if_inet6")).stdout.split("\n")[1]).toMatch(
    /^fd000000000000000000000000010002 .* eth0$/,
  );
});

test("configuration, operating system and identity", async () => {
  const { exec, sim, start, clock } = rig();
  sim.switches("backend-1").configLines = ["postgresql.shmmax = 17179869184"];
  expect((await exec("backend-1", "cat", "/etc/chef-backend/chef-backend.rb")).stdout).toBe(
    "publish_address '192.168.33.215'\nvip '192.168.33.220'\npostgresql.shmmax = 17179869184\n",
  );
  expect((await exec("backend-1", "cat", "/etc/os-release")).stdout).toContain('VERSION_ID="18.04"');
  const centos = rig({ platform: "rpm" });
  expect((await centos.exec("backend-1", "cat", "/etc/os-release")).stdout).toContain('ID="centos"');
  expect((await exec("backend-1", "uname", "-m")).stdout).toBe("x86_64\n");
  expect((await exec("backend-1", "hostname")).stdout).toBe("backend-1\n");
  expect((await exec("backend-1", "id", "-u")).stdout).toBe("0\n");
  expect(await clock.run(start("backend-1", ["id", "-u"], { user: "chef" }))).toMatchObject({
    stdout: "1000\n",
  });
});

test("a path of the simulation without a file is not there; any other path is passed on", async () => {
  const { sim, exec } = rig();
  expect((await exec("backend-1", "cat", "/etc/chef-backend/nothing")).stderr).toBe(
    "cat: /etc/chef-backend/nothing: No such file or directory\n",
  );
  expect((await exec("backend-1", "stat", "-c", "%i %n", "/var/lib/rpm/.rpm.lock")).code).toBe(1);
  for (const argv of [
    ["cat", "/tmp/x"],
    ["cat"],
    ["stat", "-c", "%s", "/srv/x"],
    ["sha256sum", "/srv/x"],
    ["id", "--help"],
  ])
    expect(await sim.exec("backend-1", argv)).toBe("passthrough");
  const both = await exec("backend-1", "stat", "-c", "%i %n", "/var/lib/dpkg/lock", "/var/lib/rpm/.rpm.lock");
  expect([both.code, both.stdout]).toEqual([1, expect.stringMatching(/^\d+ \/var\/lib\/dpkg\/lock\n$/)]);
});

test("Elasticsearch tells on the node who created the index", async () => {
  const { exec, sim } = rig({ indexCreatedBy: "5.4.1" });
  const url = "http://localhost:9200/chef/_settings/index.version.created*?pretty&human";
  expect((await exec("backend-1", "curl", "-sS", url)).stdout).toContain('"created_string": "5.4.1"');
  sim.backend("backend-1").stop(["elasticsearch"]);
  expect((await exec("backend-1", "curl", "-sS", url)).code).toBe(7);
  expect(await sim.exec("backend-1", ["curl", "http://example.com"])).toBe("passthrough");
});

test("a frontend answers pong while it serves and the cluster has a leader", async () => {
  const { sim, exec, seconds } = rig();
  const code = () => frontendStatus(sim, "frontend-1").code;
  expect(frontendStatus(sim, "frontend-1")).toMatchObject({ code: 200, body: { status: "pong" } });
  await exec("backend-1", ctl, "set-cluster-failover", "off");
  sim.nodeDown("backend-1");
  expect(code()).toBe(500);
  await seconds(60);
  expect((await exec("frontend-1", "chef-server-ctl", "reconfigure")).code).toBe(1);
  sim.nodeUp("backend-1");
  await seconds(60);
  expect(code()).toBe(200);
  await exec("frontend-1", "chef-server-ctl", "maintenance", "on");
  expect(code()).toBe(200);
  expect((await exec("frontend-1", "chef-server-ctl", "dance")).code).toBe(1);
});

test("the same seed gives the same cluster, another one another", async () => {
  const guid = (seed: number) =>
    rig({ seed, backends: [{ name: "a", ip: "10.0.0.1" }] }).sim.backend("a").guid;
  expect(guid(1)).toBe(guid(1));
  expect(guid(1)).not.toBe(guid(2));
  expect(guid(1)).toMatch(/^[0-9a-f]{32}$/);
});
