import { losses } from "../../provider/migration/losses";

const said = (stdout: string) => ({ code: 0, stdout, stderr: "" });
const counts = [
  ...[{ organization: "acme", kind: "nodes", count: 2 }],
  ...[{ organization: "acme", kind: "roles", count: 1 }],
  ...[{ organization: "", kind: "users", count: 3 }],
  ...[{ organization: "", kind: "user_acls", count: 3 }],
];
const keys = said('"org_name":"acme"\n"org_name":"acme"\n');

test("an ACL without its object is an object that was lost; an object without its ACL is none", () => {
  const facts = { keys, "acme/nodes": said(".."), "acme/roles": said("") };
  expect(losses(counts, facts)).toEqual([]);
  expect(losses(counts, { ...facts, "acme/nodes": said("...") })).toEqual(["acme: 3 ACLs of nodes, 2 nodes"]);
  const acls = { organization: "", kind: "user_acls", count: 4 };
  expect(losses([...counts.slice(0, 3), acls], facts)).toEqual(["the server: 4 ACLs of users, 3 users"]);
});

test("an organization that has keys and no folder was lost", () => {
  expect(losses(counts, { keys: said('"org_name":"acme"\n"org_name": "lab"\n') })).toEqual([
    "organization lab",
  ]);
});

test("a backup without ACLs, or without keys, tells of nothing", () => {
  expect(losses(counts, { keys: { code: 2, stdout: "", stderr: "no such file" } })).toEqual([]);
});
