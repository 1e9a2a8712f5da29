import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { keyPair } from "./keyPair";
import type { System } from "../simulation/system";
import { writeNodePrograms } from "./nodePrograms";
import { killMarked, MARKER } from "./processes";
import type { ProgramServer } from "./programServer";
import type { Login } from "./session";
import { NodeSshServer } from "./sshServer";
import type { LabUsers } from "./users";

/** What all nodes of a lab share. */
export interface LabGround {
  readonly id: string;
  readonly folder: string;
  readonly tools: string;
  readonly bash: string;
  readonly programPort: number;
  readonly programs: ProgramServer;
  readonly sim: Pick<System, "machine" | "programsOf">;
  readonly users: LabUsers;
  readonly authorizedKey: string;
}

/** Where a node's own files of the product lie in a lab's folder. */
export const rootFolderOf = (folder: string, node: string) => join(folder, "nodes", node, "files");

/** One machine of the lab: a private folder, its programs, its sshd in front of the simulated machine. */
export class LabNode {
  readonly folder: string;
  readonly ssh: NodeSshServer;
  /** `ssh-ed25519 AAAA…`, as in a known_hosts file. */
  readonly hostKey: string;
  readonly host = "127.0.0.1";
  readonly #token = randomBytes(16).toString("hex");

  constructor(
    readonly name: string,
    readonly kind: "backend" | "frontend",
    readonly ground: LabGround,
  ) {
    this.folder = join(ground.folder, "nodes", name);
    const keys = keyPair(name);
    this.hostKey = keys.public.split(" ").slice(0, 2).join(" ");
    this.ssh = new NodeSshServer({
      hostKey: keys.private,
      authorizedKey: ground.authorizedKey,
      users: ground.users,
      login: (user) => this.#login(user),
    });
  }

  get port(): number {
    return this.ssh.port;
  }

  /** The address that the simulated machine carries. */
  get ip(): string {
    return this.ground.sim.machine(this.name).ip;
  }

  /** Below it lie the node's own files of the product, such as `/etc/opscode`. */
  get rootFolder(): string {
    return rootFolderOf(this.ground.folder, this.name);
  }

  /** Where one of its own programs lies. */
  program(name: string): string {
    return join(this.folder, "bin", name);
  }

  /** Where the provider keeps its things on this node. */
  get stateFolder(): string {
    return join(this.folder, "state");
  }

  async start(): Promise<void> {
    const { ground } = this;
    ground.programs.admit(this.#token, this.name);
    for (const user of Object.keys(ground.users)) await mkdir(this.#home(user), { recursive: true });
    await mkdir(join(this.folder, "tmp"), { recursive: true });
    await writeNodePrograms(
      join(this.folder, "bin"),
      Object.keys(ground.sim.programsOf(ground.sim.machine(this.name))),
      {
        bash: ground.bash,
        port: ground.programPort,
        token: this.#token,
      },
    );
    await this.ssh.start();
  }

  /** The machine went down: connections cut, nobody listens, all processes dead. */
  async goDown(): Promise<void> {
    this.ssh.stop();
    this.ssh.drop();
    await this.killProcesses();
  }

  /** Kills everything that runs on this node, as a crash would. */
  async killProcesses(): Promise<void> {
    await killMarked(`${this.ground.id}:${this.name}`);
  }

  #home(user: string): string {
    return user === "root" ? join(this.folder, "root") : join(this.folder, "home", user);
  }

  #login(user: string): Login {
    const { tools, id } = this.ground;
    const home = this.#home(user);
    const env = {
      PATH: `${join(this.folder, "bin")}:${tools}`,
      HOME: home,
      USER: user,
      LOGNAME: user,
      SHELL: "/bin/sh",
      LANG: "C.UTF-8",
      TMPDIR: join(this.folder, "tmp"),
      PULUMI_CHEF_BACKEND_STATE_DIR: this.stateFolder,
      PULUMI_CHEF_BACKEND_ROOT_DIR: this.rootFolder,
      CHEF_LAB_USER: user,
      CHEF_LAB_ROOT_HOME: this.#home("root"),
      [MARKER]: `${id}:${this.name}`,
    };
    return { user, home, tools, env };
  }
}
