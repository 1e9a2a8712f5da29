import { existsSync } from "node:fs";
import { type EnterpriseLab, startEnterpriseLab } from "../../../lab/enterpriseLab";
import { differences } from "../../../lab/simulation/enterprise/opscodeFolder";
import { ssh } from "../sshClient";

let lab: EnterpriseLab;
beforeAll(async () => {
  lab = await startEnterpriseLab({ scale: 60 });
});
afterAll(() => lab.stop());

const folder = '"$PULUMI_CHEF_BACKEND_ROOT_DIR/etc/opscode"';
const all = ["backend-1", "backend-2", "frontend-1", "frontend-2"];

/** Standard output of a command that must end well. */
async function on(node: string, command: string): Promise<string> {
  const { code, stdout, stderr } = await ssh(lab, node, command);
  const said = stderr.replace(/^D000010: .*\n/gm, "");
  expect([command, code, said]).toEqual([command, 0, ""]);
  return stdout;
}

test("four machines, each with a real /etc/opscode of its own, which programs and shell see alike", async () => {
  expect(lab.nodes.map(({ name }) => name)).toEqual(all);
  for (const node of all) {
    const own = await on(node, `cat ${folder}/private-chef-running.json`);
    expect(own).toContain(`"node": "${node}"`);
    expect(await on(node, "cat /etc/opscode/private-chef-running.json")).toBe(own);
  }
  expect(await on("backend-1", `stat -c %a ${folder}/private-chef-secrets.json`)).toBe("600\n");
  expect(await on("backend-1", "stat -c %a /etc/opscode/private-chef-secrets.json")).toBe("600\n");
  await on("backend-1", `echo hello > ${folder}/note && chmod 640 ${folder}/note`);
  expect(lab.sim.machine("backend-1").opscode.get("note")).toMatchObject({ content: "hello\n", mode: 0o640 });
  await on("backend-1", `rm ${folder}/note`);
});

test("the whole upgrade, with /etc/opscode copied by tar", async () => {
  for (const node of all) await on(node, "private-chef-ctl reconfigure");
  await Promise.all(["frontend-1", "frontend-2"].map((node) => on(node, "private-chef-ctl stop")));
  await on("backend-2", "private-chef-ctl stop keepalived");
  await Promise.all(
    all.map((node) => on(node, `dpkg -D10 -i ${lab.packages["11.3.2"]} > $HOME/install.log`)),
  );
  expect(await on("backend-1", "private-chef-ctl upgrade")).toMatch(/Chef Server Upgraded!\n$/);
  expect(lab.sim.machine("backend-1").opscode.has("pivotal.pem")).toBe(true);
  const archive = await on("backend-1", `tar -C ${folder} -cf - . | base64`);
  for (const node of all.slice(1)) {
    const unpack = `F=${folder} && mv "$F" "$F.old" && mkdir "$F" && base64 -d | tar -C "$F" -xpf -`;
    expect(await ssh(lab, node, unpack, { input: archive })).toMatchObject({ code: 0, stderr: "" });
    const [primary, own] = ["backend-1", node].map((name) => lab.sim.machine(name).tree);
    expect(differences(primary!, own!)).toEqual([]);
  }
  for (const node of all.slice(1)) await on(node, "private-chef-ctl upgrade");
  for (const node of all) await on(node, "private-chef-ctl start");
  expect(new Set(Object.values(lab.sim.upgradedVersions()))).toEqual(new Set(["11.3.2-1"]));
  expect(lab.sim.accidents).toEqual([]);
});

test("nothing is left when it stops", async () => {
  const other = await startEnterpriseLab({ platform: "rpm" });
  expect(other.packages["11.3.2"]).toMatch(/private-chef-11\.3\.2-1\.el6\.x86_64\.rpm$/);
  await other.stop();
  expect(existsSync(other.folder)).toBe(false);
});
