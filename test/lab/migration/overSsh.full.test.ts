import { join } from "node:path";
import { type MigrationLab, startMigrationLab } from "../../../lab/migrationLab";
import { ssh } from "../sshClient";
import { accepted } from "./rig";

let lab: MigrationLab;
beforeAll(async () => {
  lab = await startMigrationLab({ scale: 60 });
});
afterAll(() => lab.stop());

/** Standard output of a command that must end well. */
async function on(node: string, command: string): Promise<string> {
  const { code, stdout, stderr } = await ssh(lab, node, command);
  expect([command, code, stderr.replace(/^WARNING: .*\n/gm, "")]).toEqual([command, 0, ""]);
  return stdout;
}

const file = (name: string) => join(lab.folder, name);
const config = "/etc/chef-backend/chef-backend.rb";
const flags = "--with-user-sql --with-key-sql -c /etc/opscode/pivotal.rb";

test("the whole way, with the real shell's files: a new cluster, the backup packed, moved and restored", async () => {
  const backends = ["backend-1", "backend-2", "backend-3"];
  const secrets = file("secrets.json");
  for (const node of backends) {
    await on(node, `dpkg -i ${lab.packages.backend} > install.log`);
    await on(node, `echo "publish_address '${lab.node(node).ip}'" > own.rb`);
    await on(node, `mkdir -p /etc/chef-backend && cp own.rb ${config} && cat ${config}`);
    if (node === "backend-1") {
      await on(node, `chef-backend-ctl create-cluster ${accepted.join(" ")}`);
      await on(node, `cat /etc/chef-backend/chef-backend-secrets.json > ${secrets}`);
    } else {
      const leader = lab.node("backend-1").ip;
      await on(node, `chef-backend-ctl join-cluster ${leader} -s ${secrets} ${accepted.join(" ")}`);
    }
    const whole = `offline: 0; syncing: 0; synced: ${backends.indexOf(node)}`;
    await on(node, `while ! chef-backend-ctl status | grep -q '${whole}'; do sleep 0.1; done`);
  }
  const frontend = "frontend-1";
  await on(
    "backend-2",
    `chef-backend-ctl gen-server-config ${frontend}.lab.example.com -f ${file("chef-server.rb")}`,
  );
  await on(frontend, `dpkg -i ${lab.packages.server} > install.log && mkdir -p /etc/opscode`);
  await on(frontend, `cp ${file("chef-server.rb")} /etc/opscode/chef-server.rb`);
  await on(frontend, "CHEF_LICENSE=accept chef-server-ctl reconfigure");
  expect(await on(frontend, "curl -ksS https://localhost/_status")).toContain('"pong"');

  for (const { name } of lab.sim.source.frontends) await on(name, "chef-server-ctl stop");
  const knife = lab.knife("old-backend-1");
  expect(
    await on("old-backend-1", `mkdir tidy && cd tidy && ${knife} tidy server report && ls reports`),
  ).toContain("acme_stale_nodes.json\n");
  await on("old-backend-1", `${knife} ec backup backup ${flags} && tar -czf ${file("backup.tar.gz")} backup`);
  await on(
    frontend,
    `tar -xzf ${file("backup.tar.gz")} && ${lab.knife(frontend)} ec restore backup ${flags}`,
  );
  expect(await on(frontend, "find backup/organizations/acme/nodes -type f | wc -l")).toBe("6\n");
  expect([lab.sim.lost, lab.sim.surplus, lab.sim.accidents]).toEqual([[], [], []]);
});
