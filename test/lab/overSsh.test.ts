import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Lab, startLab } from "../../lab/lab";
import { parseBackendConfig } from "../../provider/chef/cluster/backendConfig";
import { leaseAge, viewAge } from "../../provider/cluster/viewAge";
import { threeBackends } from "../support/aCluster";
import { ssh } from "./sshClient";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab({
    scale: 60,
    version: "2.3.16",
    packages: ["2.3.16", "3.1.1"],
    frontendVersion: "14.16.19",
    frontendPackages: ["15.9.38"],
    organizations: ["acme"],
    indexCreatedBy: "5.4.1",
  });
});
afterAll(() => lab.stop());

/** Standard output of a command that must end well. */
async function on(node: string, command: string, username = "root"): Promise<string> {
  const { code, stdout, stderr } = await ssh(lab, node, command, { username });
  expect([command, code, stderr]).toEqual([command, 0, ""]);
  return stdout;
}

test("chef-backend.rb has leaderl's intervals in seconds as a client's clock counts them", async () => {
  const config = parseBackendConfig(await on("backend-1", "cat /etc/chef-backend/chef-backend.rb"));
  const nodes = threeBackends().with("backend-1", { config }).state().nodes.slice(0, 1);
  expect(viewAge(nodes, 0)).toBeCloseTo(15 / 60, 2);
  expect(leaseAge(nodes)).toBe(30 / 60);
});

test("options reach the simulation; packages of both kinds lie on every node", async () => {
  expect(lab.sim.organizations).toEqual(["acme"]);
  expect(await on("backend-1", "curl -sS 'localhost:9200/chef/_settings?human'")).toContain("5.4.1");
  expect(await on("frontend-1", "chef-server-ctl version")).toBe("14.16.19\n");
  expect(Object.keys(lab.packages)).toEqual(["2.3.16", "3.1.1"]);
  const file = lab.frontendPackages["15.9.38"]!;
  expect(await on("frontend-2", `dpkg-deb -f ${file} Package`)).toBe("chef-server-core\n");
  const { name, host, port } = lab.frontends[1]!.node;
  expect([name, host, port > 0]).toEqual(["frontend-2", "127.0.0.1", true]);
});

test("CHEF_LICENSE goes along, with env and through sudo", async () => {
  const file = lab.frontendPackages["15.9.38"]!;
  for (const node of ["frontend-1", "frontend-2"])
    await on(node, `chef-server-ctl stop && dpkg -iEG ${file} && test -z "$CHEF_LICENSE"`);
  for (const frontend of lab.sim.frontends) frontend.licenseAccepted = false;
  expect((await ssh(lab, "frontend-1", "chef-server-ctl upgrade")).code).toBe(172);
  await on("frontend-1", "env CHEF_LICENSE=accept chef-server-ctl upgrade && chef-server-ctl start");
  const level = "/var/opt/opscode/upgrades/migration-level";
  const copy = join(lab.folder, "level");
  await writeFile(copy, await on("frontend-1", `cat ${level}`));
  await on("frontend-2", `sudo -n cp ${copy} ${level}`, "chef");
  await on("frontend-2", "sudo -n CHEF_LICENSE=accept chef-server-ctl upgrade", "chef");
  expect(await on("frontend-1", "curl -ksS -w '\\n%{http_code}' https://localhost/_status")).toMatch(
    /\n200$/,
  );
  expect(lab.sim.accidents).toEqual([]);
});

test("find, readlink and cp: the simulation's paths and the machine's own", async () => {
  const data = "/var/opt/chef-backend/elasticsearch/data";
  await on("backend-3", "chef-backend-ctl stop elasticsearch");
  await on("backend-3", `find "$(readlink -f ${data})" -xdev -mindepth 1 -delete`);
  expect(lab.sim.backend("backend-3").indexData).toBeNull();
  await on("backend-2", "chef-backend-ctl backup");
  const list = "find /var/opt/chef-backup -maxdepth 1 -name '*.tar.gz' -printf '%T@ %s %p\\n'";
  expect(await on("backend-2", list)).toMatch(/^\d+\.\d+ \d+ \S+\.tar\.gz\n$/);
  const own =
    "mkdir a && echo hello > a/b && cp a/b a/c && ln -s c a/d && readlink a/d && find a -type f | sort && cat a/d";
  expect(await on("backend-2", own)).toBe("c\na/b\na/c\nhello\n");
});

test("prints: bytes as they are, and megabytes of lines", async () => {
  const { prints } = lab.sim.switches("backend-1");
  prints.status = new Uint8Array([0xff, 0, 0x41, 0x0a]);
  expect(await on("backend-1", "chef-backend-ctl status | od -An -tx1")).toBe(" ff 00 41 0a\n");
  prints.status = 50_000_000;
  expect(await on("backend-1", "chef-backend-ctl status | wc -c")).toBe("50000000\n");
  lab.sim.switches("backend-1").prints = {};
});
