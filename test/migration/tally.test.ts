/** The count of a backup on its machine, with real shells. */
import { mkdirSync } from "node:fs";
import { losses } from "../../provider/migration/losses";
import { Backup, countMany } from "./backupFolder";

const shells = ["/bin/sh", "bash"];

describe.each(shells)("%s", (shell) => {
  it("counts each kind as an object has it, and finds ACLs and organizations without their own", async () => {
    const at = (...paths: string[]) => paths.map((path) => `organizations/acme/${path}`);
    const backup = new Backup()
      .put("users/ann.json", "users/bob.json", "user_acls/ann.json", "groups.json")
      .put(...at("org.json", "nodes/one.json", "nodes/two.json", "roles/", "acls/organization.json"))
      .put(...at("acls/nodes/one.json", "acls/nodes/gone.json", "acls/nodes/two.json"))
      .put(...at("data_bags/empty/", "data_bags/full/a.json", "data_bags/full/b.json"))
      .put(...at("cookbooks/apache-1.0.0/metadata.json", "cookbooks/apache-1.0.0/files/default/odd\nname.txt"))
      .put(...at("cookbooks/apache-2.0.0/odd\nname.md", "policy_groups/prod.json"))
      .write(...(["organizations/acme/members.json", '[\n{"user":{\n"username": "a"\n}},\n{"user":{\n"username": "b"\n}}]\n'] as const)) // prettier-ignore
      .write("key_table_dump.json", '[{"org_name":"acme","x":1},{"org_name": "lost-1"},{"org_name":"acme"},{"org_name":null}]'); // prettier-ignore
    const tally = (await backup.tally(shell))!;
    backup.remove();
    const of = (kind: string, organization = "acme") =>
      tally.counts.find((each) => each.kind === kind && each.organization === organization)?.count;
    expect(["users", "user_acls"].map((kind) => of(kind, ""))).toEqual([2, 1]);
    expect(Object.fromEntries(tally.counts.filter(({ organization }) => organization).map(({ kind, count }) => [kind, count]))).toEqual({ nodes: 2, roles: 0, acls: 4, data_bags: 2, data_bag_items: 2, cookbooks: 2, policy_groups: 1, members: 2 }); // prettier-ignore
    expect(losses(tally)).toEqual(["organization lost-1", "acme: 3 ACLs of nodes, 2 nodes"]);
  });

  it("a backup that is not there is none, and one of an empty server holds nothing", async () => {
    const backup = new Backup();
    expect(await backup.tally(shell)).toBeNull();
    mkdirSync(backup.folder, { recursive: true });
    expect(await backup.tally(shell)).toEqual({ counts: [], acls: [], missing: [] });
    backup.remove();
  });
});

test.each([
  [1, 3],
  [60, 255],
])("%i organizations with names of %i characters: one answer, and little is kept of it", countMany);
