import type { ChildProcess } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { attempt, type Outcome, run, waitFor } from "./host";
import { helpers, type Keeper, type Started } from "./keeper";
import type { Network } from "./network";
import { killIfThere, processesOf, signalAll } from "./processes";

export type Kind = "backend" | "frontend" | "bastion";

export interface MachineSettings {
  readonly name: string;
  readonly kind: Kind;
  readonly family: "deb" | "rpm";
  /** The last number of its address. */
  readonly host: number;
  readonly folder: string;
  readonly diskMiB: number;
}

/** One machine: it can be switched off and on, paused, cut off; its disk stays. */
export class Machine {
  readonly name: string;
  readonly kind: Kind;
  readonly family: "deb" | "rpm";
  readonly ip: string;
  #started: Started | null = null;
  #cable = "";
  #boots = 0;
  /** Programs that we run inside. */
  readonly #inside = new Set<ChildProcess>();

  constructor(
    private readonly settings: MachineSettings,
    private readonly keeper: Keeper,
    private readonly network: Network,
  ) {
    this.name = settings.name;
    this.kind = settings.kind;
    this.family = settings.family;
    this.ip = network.address(settings.host);
  }

  /** Number of its first process, as this host sees it. @throws Error when it is off. */
  get pid(): number {
    if (!this.#started) throw new Error(`${this.name} is off`);
    return this.#started.pid;
  }

  get isOn(): boolean {
    return this.#started !== null;
  }

  /** Switches it on. @param uptime seconds that its kernel says it has been up */
  async boot(uptime = 0): Promise<void> {
    if (this.#started) throw new Error(`${this.name} is on`);
    const { name, folder, host } = this.settings;
    const hostUptime = Number((await readFile("/proc/uptime", "utf8")).split(" ")[0]);
    const offset = String(Math.ceil(uptime - hostUptime));
    const namespaces = ["--mount", "--propagation", "private", "--pid", "--uts", "--ipc", "--net"];
    const time = ["--time", "--boottime", offset];
    const [disk, seed] = [join(folder, "disks", name), join(folder, "seeds", name)];
    const init = ["sh", join(helpers, "init.sh"), name, disk, seed, helpers, `${this.ip}/24`];
    const started = await this.keeper.startInside([...namespaces, ...time], init);
    this.#started = started;
    void started.ended.then(() => this.#started === started && (this.#started = null));
    this.#boots += 1;
    this.#cable = await this.network.plug(started.pid, host, this.#boots);
    started.process.stdin!.write("go\n");
    if ((await started.nextLine()) !== "up") throw new Error(`${name} did not boot`);
    await this.sshdAnswers();
  }

  /** The power goes: every process dies at once. */
  async kill(): Promise<void> {
    const started = this.#started;
    if (!started) return;
    this.#started = null;
    process.kill(started.pid, "SIGKILL");
    await started.ended;
    // The kernel takes it away as well, some time later.
    await attempt(["ip", "link", "del", this.#cable]);
  }

  async reboot(): Promise<void> {
    await this.kill();
    await this.boot();
  }

  /** Stops every process where it is, as when the hypervisor stalls. */
  async pause(): Promise<void> {
    await signalAll(this.pid, "SIGSTOP");
  }

  async resume(): Promise<void> {
    await signalAll(this.pid, "SIGCONT");
    // nsenter stops itself with what it has started, and is not in the machine.
    for (const child of this.#inside) child.kill("SIGCONT");
  }

  /** Takes the network cable out. */
  async cut(): Promise<void> {
    await run(["ip", "link", "set", this.#cable, "down"]);
  }

  async restore(): Promise<void> {
    await run(["ip", "link", "set", this.#cable, "up"]);
  }

  /** Ends sshd and every session. */
  async stopSshd(): Promise<void> {
    await this.run("sv -w 10 force-stop /service/sshd");
    for (const { pid, command } of await this.processes())
      if (/^(\S*\/)?sshd\b/.test(command)) killIfThere(pid);
  }

  async startSshd(): Promise<void> {
    await this.run("sv -w 10 start /service/sshd");
    await this.sshdAnswers();
  }

  /** Leaves only so much room on its disk. */
  async fillDisk(leaveMiB: number): Promise<void> {
    const used = await this.#inKeeper(["du", "-sm", this.#disk]);
    await this.#resize(Number(used.split("\t")[0]) + leaveMiB);
  }

  async freeDisk(): Promise<void> {
    await this.#resize(this.settings.diskMiB);
  }

  /** Runs a shell script on it as root, by no network. @throws Error when it does not end with 0 */
  async run(script: string, input = ""): Promise<string> {
    const { code, stdout, stderr } = await this.attempt(script, input);
    if (code !== 0)
      throw new Error(`${this.name}: ${script} ended with ${code}: ${(stderr + stdout).trim()}`);
    return stdout;
  }

  attempt(script: string, input = ""): Promise<Outcome> {
    const path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    const inside = [
      "nsenter",
      "--target",
      String(this.pid),
      "--all",
      "env",
      "-i",
      path,
      "HOME=/root",
      "LC_ALL=C",
    ];
    return attempt([...inside, "sh", "-c", script], input, this.#inside);
  }

  processes() {
    return processesOf(this.pid);
  }

  async sshdAnswers(): Promise<void> {
    const look = 'exec 3<> /dev/tcp/127.0.0.1/22 && read -r -t 5 line <&3 && [ "${line#SSH-2}" != "$line" ]';
    const answers = async () => (await this.attempt(`bash -c '${look}'`)).code === 0;
    await waitFor(`sshd on ${this.name}`, 60, answers).catch(async (error: Error) => {
      const { stdout, stderr } = await this.attempt("tail -n 5 /var/log/lab/sshd.log");
      throw new Error(`${error.message}; its log: ${stdout || stderr}`);
    });
  }

  get #disk(): string {
    return join(this.settings.folder, "disks", this.name);
  }

  #resize(mib: number): Promise<string> {
    return this.#inKeeper(["mount", "-o", `remount,size=${mib}m`, this.#disk]);
  }

  #inKeeper(argv: readonly string[]): Promise<string> {
    return run(["nsenter", "--target", String(this.keeper.pid), "--mount", ...argv]);
  }
}
