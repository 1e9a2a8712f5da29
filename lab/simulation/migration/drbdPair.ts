import { drbdView, procDrbd, type DrbdView } from "../enterprise/drbd";
import { DOMAIN, privateChefRb } from "../enterprise/privateChefRb";
import { findIn } from "../enterprise/programs/find";
import { drbdadm } from "../enterprise/programs/drbdadm";
import { Frontend } from "../frontend";
import type { Machine, Surroundings } from "../machine";
import { packageVersion } from "../packages/packageFile";
import { commonPrograms } from "../programs";
import { fetch, local } from "../programs/curl";
import type { Program, Run } from "../programs/program";
import { writeFile } from "../setup/places";
import { System, type ProductFile } from "../system";
import type { SystemOptions } from "../types";
import type { ChefData } from "./chefData";
import { DrbdBackend } from "./drbdBackend";
import { knife, type LocalServer } from "./knife";
import { backendCtl, frontendCtl } from "./oldServerCtl";
import { sampleServer, usualSize, type OrganizationSize } from "./sampleData";

export interface DrbdPairOptions extends SystemOptions {
  /** chef-server-core's version; default `12.19.31`. */
  version?: string;
  /** Default: `acme` and `lab`, of the usual size. */
  organizations?: Readonly<Record<string, OrganizationSize>>;
  /** Where the old system is described; default `chef-server.rb`. */
  configFile?: "chef-server.rb" | "private-chef.rb";
  /** Default: the bootstrap backend, `old-backend-1`. */
  master?: "old-backend-1" | "old-backend-2";
  frontends?: number;
}

const statusPath = "/var/opt/opscode/keepalived/current_cluster_status";

/**
 * The old system: a Chef server 12 whose two backends share a disk by DRBD, keepalived deciding who is active, with
 * frontends before them. The active backend runs nginx and the API, too.
 */
export class DrbdPair extends System {
  readonly vip = "192.168.33.120";
  readonly backends: readonly [DrbdBackend, DrbdBackend];
  readonly frontends: readonly Frontend[];
  readonly data: ChefData;
  /** Every backup: when it began, and which frontends served clients then or later. */
  readonly backups: { readonly at: number; serving: readonly string[] }[] = [];
  /** Objects that clients created while a backup ran. */
  readonly created: string[] = [];
  #active: DrbdBackend | null;
  #failover: (() => void) | null = null;

  constructor(options: DrbdPairOptions) {
    super(options);
    const { clock, random, platform } = this;
    const around: Surroundings = { clock, random, platform, changed: () => this.changed() };
    const version = packageVersion(options.version ?? "12.19.31", platform);
    const backend = (n: number) =>
      new DrbdBackend(`old-backend-${n}`, `192.168.33.${114 + n}`, version, around);
    this.backends = [backend(1), backend(2)];
    this.frontends = Array.from(
      { length: options.frontends ?? 2 },
      (_, at) =>
        new Frontend({ name: `old-frontend-${at + 1}`, ip: `192.168.33.${125 + at}`, version }, around),
    );
    this.#active = this.backends[options.master === "old-backend-2" ? 1 : 0];
    const sizes = options.organizations ?? { acme: usualSize, lab: usualSize };
    this.data = sampleServer(sizes, this.backends[0].wall() / 1000);
    this.#layFiles(options.configFile ?? "chef-server.rb");
  }

  override get machines(): readonly Machine[] {
    return [...this.backends, ...this.frontends];
  }

  /** The backend that has the disk and the services; null while there is none. */
  get active(): DrbdBackend | null {
    return this.#active?.runs ? this.#active : null;
  }

  /** Frontends that clients can write through. */
  get serving(): string[] {
    return this.active ? this.frontends.filter(({ open }) => open).map(({ name }) => name) : [];
  }

  /** What a backend sees of the replicated disk. */
  drbd(node: Machine): DrbdView {
    const [first, second] = this.backends;
    return drbdView(node, node === first ? second : first, this.active ?? undefined);
  }

  override addressesOf(machine: Machine): string[] {
    return machine === this.active ? [...machine.addresses, this.vip] : [...machine.addresses];
  }

  programsOf(machine: Machine): Readonly<Record<string, Program<this>>> {
    const programs = {
      ...commonPrograms(machine),
      find: this.#find,
      knife: knife<this>((run) => this.#serverOf(run)),
    };
    if (machine instanceof DrbdBackend) return { ...programs, drbdadm, "chef-server-ctl": backendCtl };
    return { ...programs, curl: this.#curl, "chef-server-ctl": frontendCtl };
  }

  productFile(machine: Machine, path: string): ProductFile | undefined {
    const entry = this.tree(machine.name).read(path);
    if (entry || !(machine instanceof DrbdBackend)) return entry;
    if (path === statusPath) return { content: `${machine === this.active ? "master" : "backup"}\n` };
    if (path !== "/proc/drbd" || machine.switches.drbd === "missing") return undefined;
    return { content: procDrbd(this.drbd(machine)) };
  }

  startPostinst(): void {
    // Nobody has business with packages here.
  }

  /** A master that is down is followed by the other backend. */
  protected settle(): void {
    if (!this.backends || this.active || this.#failover) return;
    this.#failover = this.clock.setTimer(this.timings.keepalivedSettle * 1000, () => {
      this.#failover = null;
      this.#active = this.backends.find(({ runs }) => runs) ?? null;
      this.changed();
    });
  }

  readonly #find: Program<this> = (run) =>
    run.machine.owns(run.path(run.args[0] ?? ".")) ? findIn(run, this.tree(run.machine.name)) : "passthrough";

  readonly #curl: Program<this> = (run) =>
    fetch(run, (url) => {
      const { frontend } = run;
      const { port, path } = local(url) ?? { port: "", path: "" };
      if (frontend.addresses.some((each) => url === `https://${each}/server_api_version`))
        return {
          port: "443",
          answer: frontend.serving ? { code: frontend.maintenance ? 503 : 200, body: {} } : null,
        };
      if (!/^\/_status\/?$/.test(path)) return undefined;
      const good = frontend.serving && !frontend.maintenance && this.active !== null;
      const word = good ? "pong" : "fail";
      const body = { status: word, upstreams: { chef_solr: word, chef_sql: word, oc_chef_authz: word } };
      return {
        port,
        answer: frontend.serving ? { code: good ? 200 : frontend.maintenance ? 503 : 500, body } : null,
      };
    });

  #serverOf({ machine }: Run<this>): LocalServer {
    const own = (host: string) => ["localhost", "127.0.0.1", ...machine.addresses].includes(host);
    const ofPair = (host: string) => host === this.vip || host === this.active?.ip;
    const here = machine === this.active || (machine instanceof Frontend && machine.open);
    return {
      data: this.data,
      answers: (host) => this.active !== null && (ofPair(host) || (own(host) && here)),
      reachesSql: (host) => this.active !== null && (ofPair(host) || (own(host) && machine === this.active)),
      begins: () => this.backups.push({ at: this.clock.now(), serving: this.serving }),
      halfWay: (organization) => this.#clientsWrite(organization),
    };
  }

  /** A backup is half done: clients go on, where they can. */
  #clientsWrite(organization: string): void {
    const { serving } = this;
    const backup = this.backups.at(-1)!;
    backup.serving = [...new Set([...backup.serving, ...serving])];
    if (serving.length === 0) return;
    const name = `${organization}-late-${this.created.length + 1}`;
    this.data.addNode(organization, name, this.backends[0].wall() / 1000);
    this.created.push(`organizations/${organization}/nodes/${name}.json`);
  }

  #layFiles(name: "chef-server.rb" | "private-chef.rb"): void {
    const part = (machine: Machine) => (machine instanceof DrbdBackend ? "backend" : "frontend");
    const configured = this.machines.map((machine) => ({
      ...({ name: machine.name, ip: machine.ip, role: part(machine) } as const),
      bootstrap: machine === this.backends[0],
    }));
    const key = `-----BEGIN RSA PRIVATE KEY-----\n${this.random.hex(64)}\n-----END RSA PRIVATE KEY-----\n`;
    for (const machine of this.machines) {
      const tree = this.tree(machine.name);
      writeFile(tree, `/etc/opscode/${name}`, privateChefRb(configured, this.vip), 0o644);
      writeFile(tree, "/etc/opscode/pivotal.pem", key);
      writeFile(
        tree,
        "/etc/opscode/pivotal.rb",
        `node_name "pivotal"\nclient_key "/etc/opscode/pivotal.pem"\nchef_server_root "https://chef.${DOMAIN}"\nssl_verify_mode :verify_none\n`,
        0o644,
      );
    }
  }
}
