import { losses } from "../../provider/migration/losses";

const row = (organization: string, kind: string, count: number) => ({ organization, kind, count });
const counts = [
  row("acme", "nodes", 2),
  row("acme", "roles", 1),
  row("", "users", 3),
  row("", "user_acls", 3),
];
const whole = { counts, acls: [row("acme", "nodes", 2), row("acme", "groups", 9)], missing: [] };

test("an ACL without its object is an object that was lost; an object without its ACL is none", () => {
  expect(losses(whole)).toEqual([]);
  expect(losses({ ...whole, acls: [row("acme", "nodes", 3)] })).toEqual(["acme: 3 ACLs of nodes, 2 nodes"]);
  const ofServer = [...counts.slice(0, 3), row("", "user_acls", 4)];
  expect(losses({ ...whole, counts: ofServer })).toEqual(["the server: 4 ACLs of users, 3 users"]);
});

test("an organization that has keys and no folder was lost", () => {
  expect(losses({ ...whole, missing: ["lab"] })).toEqual(["organization lab"]);
});

test("a backup without ACLs, or without keys, tells of nothing", () => {
  expect(losses({ counts, acls: [], missing: [] })).toEqual([]);
});
