/**
 * What a Chef server holds, as the files of a `knife ec backup`: text by path below the backup's folder, such as
 * `organizations/acme/nodes/web-1.json`.
 */
export class ChefData {
  readonly files = new Map<string, string>();

  put(path: string, content: unknown): void {
    this.files.set(path, typeof content === "string" ? content : `${JSON.stringify(content, null, 2)}\n`);
  }

  json<T>(path: string): T | undefined {
    const text = this.files.get(path);
    return text === undefined ? undefined : (JSON.parse(text) as T);
  }

  /** Paths below a folder, sorted. */
  below(folder: string): string[] {
    return [...this.files.keys()].filter((path) => path.startsWith(`${folder}/`)).sort();
  }

  get organizations(): string[] {
    return [...new Set(this.below("organizations").map((path) => path.split("/")[1]!))];
  }

  get users(): string[] {
    return this.below("users").map((path) => /([^/]*)\.json$/.exec(path)![1]!);
  }

  /** What a new node of the Chef server makes: itself and its client. @param checkedIn seconds since the epoch */
  addNode(organization: string, name: string, checkedIn: number): void {
    const at = `organizations/${organization}`;
    const cookbooks = { "cookbook-1": { version: "1.0.0" } };
    const automatic = { ohai_time: checkedIn, cookbooks };
    this.put(`${at}/nodes/${name}.json`, { name, chef_environment: "_default", automatic });
    this.put(`${at}/acls/nodes/${name}.json`, acl([name]));
    this.addClient(organization, name);
  }

  addClient(organization: string, name: string): void {
    const at = `organizations/${organization}`;
    this.put(`${at}/clients/${name}.json`, { name, validator: name === `${organization}-validator` });
    this.put(`${at}/acls/clients/${name}.json`, acl([name]));
    const group = this.json<Group>(`${at}/groups/clients.json`) ?? { name: "clients" };
    this.put(`${at}/groups/clients.json`, { ...group, clients: [...(group.clients ?? []), name] });
    this.addKey({ name, type: "client", org_name: organization, key_name: "default" });
  }

  addUser(name: string): void {
    this.put(`users/${name}.json`, { username: name, display_name: name, email: `${name}@example.com` });
    this.put(`user_acls/${name}.json`, acl([name]));
    this.put("key_dump.json", [...this.userRows, { username: name, hash_type: "bcrypt" }]);
    this.addKey({ name, type: "user", org_name: null, key_name: "default" });
  }

  /** Rows of the table of users. */
  get userRows(): readonly UserRow[] {
    return this.json("key_dump.json") ?? [];
  }

  /** Rows of the table of keys. */
  get keyRows(): readonly KeyRow[] {
    return this.json("key_table_dump.json") ?? [];
  }

  addKey(row: KeyRow): void {
    this.put("key_table_dump.json", [...this.keyRows, row]);
  }

  /** One object is no longer there: a file, or all files of a cookbook's version, or a whole organization. */
  remove(path: string): void {
    for (const each of [path, ...this.below(path)]) this.files.delete(each);
    const organization = /^organizations\/([^/]+)$/.exec(path)?.[1];
    if (organization === undefined) return;
    const rows = this.keyRows.filter((row) => row.org_name !== organization);
    this.put("key_table_dump.json", rows);
  }
}

export interface UserRow {
  readonly username: string;
  readonly hash_type: string;
}

export interface KeyRow {
  readonly name: string;
  readonly type: "client" | "user";
  readonly org_name: string | null;
  readonly key_name: string;
}

export interface Group {
  readonly name: string;
  readonly users?: readonly string[];
  readonly clients?: readonly string[];
  readonly groups?: readonly string[];
}

/** Who may do what with an object. */
export function acl(actors: readonly string[], groups: readonly string[] = ["admins"]) {
  const may = { actors: ["pivotal", ...actors], groups };
  return { create: may, read: may, update: may, delete: may, grant: may };
}
