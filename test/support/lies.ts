import type { Clock } from "../../lab/simulation/clock";
import { Backend } from "../../lab/simulation/cluster/backend";
import { EnterpriseNode } from "../../lab/simulation/enterprise/enterpriseNode";
import type { NodeSwitches } from "../../lab/simulation/switches";
import type { ExecIo, ExecResult } from "../../lab/simulation/types";
import type { MemoryNode } from "./memoryNode";

/** Of a rig in memory, whatever system it is of. */
export type LiedNode = Pick<MemoryNode, "name" | "carryOut" | "jobs"> & {
  readonly sim: { readonly clock: Clock; machine: MemoryNode["sim"]["machine"]; reboot(node: string): void };
};

/** A command of a job, as it was carried out where nothing lied. */
export interface Told {
  readonly node: string;
  /** Of the step. */
  readonly kind: string;
  readonly argv: readonly string[];
  readonly result: ExecResult;
  readonly seconds: number;
}

/** A command that is about to lie. */
interface Lying {
  readonly node: LiedNode;
  readonly io: ExecIo;
  readonly told: Told;
  readonly really: (io?: ExecIo) => Promise<ExecResult>;
}

/** Puts something in the place of a command. */
type Lie = (lying: Lying) => Promise<ExecResult>;

const killed: ExecResult = { code: 137, stdout: "", stderr: "", signal: "SIGKILL" };

/** Prints what is printed when all goes well, and ends with 0. */
function success({ stdout, stderr }: ExecResult, io: ExecIo): ExecResult {
  if (stdout) io.onOutput?.("stdout", stdout);
  if (stderr) io.onOutput?.("stderr", stderr);
  return { code: 0, stdout, stderr };
}

/** Lets time pass. @returns whether nobody has killed the command meanwhile */
const passed = (clock: Clock, seconds: number, { signal }: ExecIo) =>
  clock.sleep(seconds * 1000, signal).then(
    () => true,
    () => false,
  );

const doesNothing: Lie = async ({ node, io, told }) =>
  (await passed(node.sim.clock, told.seconds, io)) ? success(told.result, io) : killed;

const isSilent: Lie = async ({ node, io, told }) =>
  (await passed(node.sim.clock, told.seconds, io)) ? { code: 0, stdout: "", stderr: "" } : killed;

const onlyFails: Lie = async ({ node, io, told }) =>
  (await passed(node.sim.clock, told.seconds, io)) ? { code: 1, stdout: "", stderr: "" } : killed;

/** What comes in the second half of its time does not happen. */
const isCutShort: Lie = async ({ node, io, told, really }) => {
  const cut = new AbortController();
  const half = passed(node.sim.clock, told.seconds / 2, io).finally(() => cut.abort());
  await really({ ...io, onOutput: undefined, signal: cut.signal });
  const machine = node.sim.machine(node.name);
  // The lab takes the end of the command for the upgrade; here all that it was to bring about may be there before.
  if (machine instanceof Backend && told.argv[1] === "upgrade") {
    const services = [...machine.services.values()];
    if (services.every(({ running, build }) => running && build === machine.installed))
      machine.upgradedTo = machine.installed;
  }
  return (await half) ? success(told.result, io) : killed;
};

/** Switches of the lab with which a command leaves out one of several things. */
const omissions: [RegExp, Partial<NodeSwitches>][] = [
  [/chef-server-ctl reindex -a/, { reindexFailsFor: ["lab"] }],
  [/knife ec (backup|restore)/, { knifeLoses: ["organizations/acme/roles/role-1.json"] }],
];

const leavesOneOut: Lie = async ({ node, io, told, really }) => {
  const machine = node.sim.machine(node.name);
  const command = told.argv.join(" ");
  const omission = omissions.find(([each]) => each.test(command))?.[1] ?? {};
  const before = Object.fromEntries(
    Object.keys(omission).map((key) => [key, machine.switches[key as never]]),
  );
  Object.assign(machine.switches, omission);
  const result = await really({ ...io, onOutput: undefined });
  Object.assign(machine.switches, before);
  if (result.signal) return result;
  const one = machine instanceof EnterpriseNode ? machine.services.get("nginx") : undefined;
  if (one && /ctl stop$/.test(command)) one.wanted = true;
  if (one && /ctl start$/.test(command)) one.wanted = false;
  if (machine instanceof Backend && /down-for-upgrade/.test(command)) machine.start(["etcd"]);
  return success(told.result, io);
};

/** Whether there is one thing of several that this command can leave out. */
export const hasOmission = ({ argv }: Told) =>
  omissions.some(([each]) => each.test(argv.join(" "))) ||
  /private-chef-ctl (start|stop)$|down-for-upgrade/.test(argv.join(" "));

const saysOne: Lie = async ({ really }) => {
  const result = await really();
  return result.signal ? result : { ...result, code: 1 };
};

/** It has done everything, and said so, and does not end. */
const hangs: Lie = async ({ io, really }) => {
  const result = await really();
  if (!result.signal) await new Promise((resolve) => io.signal!.addEventListener("abort", resolve));
  return killed;
};

const isInterruptedByBoot: Lie = ({ node, told, really }) => {
  node.sim.clock.setTimer(told.seconds * 500, () => node.sim.reboot(node.name));
  return really();
};

/** By what each command does in turn, once. */
export const lies = {
  "does nothing, and ends with 0": doesNothing,
  "does nothing, says nothing, and ends with 0": isSilent,
  "does nothing, and ends with 1": onlyFails,
  "is cut short, and ends with 0": isCutShort,
  "leaves one thing out, and ends with 0": leavesOneOut,
  "does everything, and ends with 1": saysOne,
  "does everything, tells success, and never ends": hangs,
  "is interrupted by a reboot of its machine": isInterruptedByBoot,
} as const satisfies Readonly<Record<string, Lie>>;
export type LieName = keyof typeof lies;
export const lieNames = Object.keys(lies) as LieName[];

/** Every command that goes through a job on these machines from now on, in the order in which they begin. */
export function listen(nodes: readonly LiedNode[]): Told[] {
  const told: Told[] = [];
  intercept(nodes, async ({ node, argv, kind, really }) => {
    const { clock } = node.sim;
    const begun = clock.now();
    const at = told.push({ node: node.name, kind, argv, result: killed, seconds: 0 }) - 1;
    const result = await really();
    told[at] = { ...told[at]!, result, seconds: (clock.now() - begun) / 1000 };
    return result;
  });
  return told;
}

/** The command that begins as the `at`-th one lies, once. @returns whether it has */
export function tell(nodes: readonly LiedNode[], at: number, told: Told, name: LieName): () => boolean {
  let seen = 0;
  let lied = false;
  intercept(nodes, ({ node, argv, io, really }) => {
    if (seen++ !== at) return really();
    lied = node.name === told.node && argv.join(" ") === told.argv.join(" ");
    return lies[name]({ node, io, told, really });
  });
  return () => lied;
}

interface Heard {
  readonly node: LiedNode;
  readonly argv: readonly string[];
  readonly kind: string;
  readonly io: ExecIo;
  readonly really: (io?: ExecIo) => Promise<ExecResult>;
}

/** The guard of failover is left alone: it stands on the node by itself, and comes when the run is lost. */
function intercept(nodes: readonly LiedNode[], instead: (heard: Heard) => Promise<ExecResult>): void {
  for (const node of nodes) {
    const carryOut = node.carryOut.bind(node);
    node.carryOut = (argv, io, kind) => {
      const really = (other: ExecIo = io) => carryOut(argv, other, kind);
      return kind === "guard" ? really() : instead({ node, argv, kind, io, really });
    };
  }
}
