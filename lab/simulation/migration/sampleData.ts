import { acl, ChefData } from "./chefData";

/** How many objects of each kind an organization has at the start, beside those that every organization has. */
export interface OrganizationSize {
  readonly nodes: number;
  /** Cookbooks, each in that many versions. */
  readonly cookbooks: number;
  readonly versions: number;
  readonly roles: number;
  readonly environments: number;
  readonly dataBags: number;
  readonly items: number;
  readonly policies: number;
  readonly members: number;
}

export const usualSize: OrganizationSize = {
  ...{ nodes: 6, cookbooks: 3, versions: 2, roles: 2, environments: 2 },
  ...{ dataBags: 2, items: 3, policies: 2, members: 3 },
};

const DAY = 86_400;
const kinds = [
  "clients",
  "containers",
  "cookbooks",
  "data",
  "environments",
  "groups",
  "nodes",
  "policies",
  "roles",
];
const count = <T>(amount: number, make: (at: number) => T) =>
  Array.from({ length: amount }, (_, at) => make(at + 1));

/** A Chef server with nothing but its first user. */
export function emptyServer(): ChefData {
  const data = new ChefData();
  data.addUser("pivotal");
  return data;
}

/** A Chef server with these organizations. @param now seconds since the epoch, for the nodes' last check-in */
export function sampleServer(
  organizations: Readonly<Record<string, OrganizationSize>>,
  now: number,
): ChefData {
  const data = emptyServer();
  for (const [name, size] of Object.entries(organizations)) addOrganization(data, name, size, now);
  return data;
}

function addOrganization(data: ChefData, name: string, size: OrganizationSize, now: number): void {
  const at = `organizations/${name}`;
  /** An object with its ACL. */
  const put = (kind: string, object: string, content: object = {}) => {
    data.put(`${at}/${kind}/${object}.json`, { name: object, ...content });
    data.put(`${at}/acls/${kind}/${object}.json`, acl([]));
  };
  const members = count(size.members, (n) => `${name}-user-${n}`);
  for (const user of members) data.addUser(user);
  data.put(`${at}/org.json`, { name, full_name: name, guid: guidOf(name) });
  data.put(
    `${at}/members.json`,
    members.map((username) => ({ user: { username } })),
  );
  data.put(`${at}/invitations.json`, []);
  data.put(`${at}/acls/organization.json`, acl([], ["admins", "users"]));
  for (const kind of kinds) put("containers", kind);
  put("groups", "admins", { users: ["pivotal", members[0]] });
  put("groups", "billing-admins", { users: [] });
  put("groups", "users", { users: members });
  put("groups", "clients", { clients: [] });
  put("environments", "_default");
  data.addClient(name, `${name}-validator`);
  // Every fourth node has not been seen for long: something for `knife tidy`.
  for (const n of count(size.nodes, (n) => n))
    data.addNode(name, `${name}-node-${n}`, now - (n % 4 === 0 ? 90 : 1) * DAY);
  for (const n of count(size.roles, (n) => n))
    put("roles", `role-${n}`, { run_list: [`recipe[cookbook-1]`] });
  for (const n of count(size.environments, (n) => n)) put("environments", `environment-${n}`);
  for (const n of count(size.cookbooks, (n) => n)) {
    data.put(`${at}/acls/cookbooks/cookbook-${n}.json`, acl([]));
    for (const v of count(size.versions, (v) => v)) {
      const folder = `${at}/cookbooks/cookbook-${n}-${v}.0.0`;
      data.put(`${folder}/metadata.json`, { name: `cookbook-${n}`, version: `${v}.0.0` });
      data.put(`${folder}/recipes/default.rb`, `# cookbook-${n} ${v}.0.0\n`);
      data.put(`${folder}/status.json`, { frozen: v < size.versions });
    }
  }
  for (const n of count(size.dataBags, (n) => n)) {
    data.put(`${at}/acls/data_bags/bag-${n}.json`, acl([]));
    for (const i of count(size.items, (i) => i))
      data.put(`${at}/data_bags/bag-${n}/item-${i}.json`, { id: `item-${i}`, password: `${name}-${n}-${i}` });
  }
  for (const n of count(size.policies, (n) => n)) {
    const revision = guidOf(`${name}-policy-${n}`);
    data.put(`${at}/policies/policy-${n}-${revision}.json`, { name: `policy-${n}`, revision_id: revision });
    data.put(`${at}/acls/policies/policy-${n}.json`, acl([]));
    data.put(`${at}/cookbook_artifacts/cookbook-${n}-${revision}/metadata.json`, { name: `cookbook-${n}` });
  }
  if (size.policies > 0) put("policy_groups", "production");
}

/** 32 hexadecimal digits that hang on the name alone. */
function guidOf(name: string): string {
  let hash = 0x811c9dc5;
  const digits = count(4, (round) => {
    for (const letter of `${name}${round}`) hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193) >>> 0;
    return hash.toString(16).padStart(8, "0");
  });
  return digits.join("");
}
