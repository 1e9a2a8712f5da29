import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { healthy, inputsFor } from "../lab/asClient";
import { run } from "../lab/host";
import { MachinesStack } from "../lab/machinesStack";
import { packageFile } from "../lab/packages";
import { type Machines, startMachines } from "../lab/startMachines";

const [from, to] = ["2.1.0", "2.3.16"] as const;

/** One upgrade of three backends. All times in milliseconds. */
export interface Upgrade {
  /** What whoever started it waited. */
  readonly wall: number;
  /** Without what Pulumi takes before and after; the same where there is no Pulumi. */
  readonly run: number;
  /** By kind of part: how long all of that kind took. */
  readonly parts: Readonly<Record<string, number>>;
}

/** By a person's script, on machines of its own. */
export function byHand(): Promise<Upgrade> {
  return onMachines(async (machines, scratch) => {
    const { privateKey, knownHosts, backends } = machines;
    const [key, known] = [join(scratch, "key"), join(scratch, "known_hosts")];
    await writeFile(key, privateKey, { mode: 0o600 });
    await writeFile(known, knownHosts);
    const file = await packageFile({ version: to, family: "deb" });
    const script = join(__dirname, "byHand.sh");
    const begun = performance.now();
    const said = await run([script, key, known, file, ...backends.map(({ ip }) => ip)]);
    const wall = performance.now() - begun;
    const parts = said.trimEnd().split("\n");
    return { wall, run: wall, parts: sums(parts.map((line) => line.split(" ") as [string, string])) };
  });
}

/** By `pulumi up`, on machines of its own: the cluster was adopted by an earlier one. */
export function byPulumi(): Promise<Upgrade> {
  return onMachines(async (machines) => {
    const source = await packageFile({ version: to, family: "deb" });
    const stack = await MachinesStack.create(machines, { version: from, packageFile: undefined });
    try {
      await stack.up("--skip-preview");
      await stack.set({ version: to, packageFile: { source } });
      const begun = performance.now();
      await stack.up("--skip-preview");
      const wall = performance.now() - begun;
      const { lastUpgrade } = await stack.pulumi.outputs<{ lastUpgrade: LastUpgrade }>();
      const seconds = lastUpgrade.steps.map((each): [string, string] => [
        String(each.seconds),
        partOf(each.step),
      ]);
      const { started, finished } = lastUpgrade;
      return { wall, run: Date.parse(finished) - Date.parse(started), parts: sums(seconds) };
    } finally {
      await stack.remove();
    }
  });
}

interface LastUpgrade {
  readonly started: string;
  readonly finished: string;
  readonly steps: readonly { readonly step: string; readonly seconds: number }[];
}

/** `backend-1/upgrade-with-failover` is an upgrade as any other. */
function partOf(step: string): string {
  return /\/(stage|failover|install|upgrade|rejoin|verify)/.exec(step)?.[1] ?? step;
}

function sums(parts: readonly (readonly [seconds: string, part: string])[]): Record<string, number> {
  const all: Record<string, number> = {};
  for (const [seconds, part] of parts) all[part] = (all[part] ?? 0) + Number(seconds) * 1000;
  return all;
}

async function onMachines(use: (machines: Machines, scratch: string) => Promise<Upgrade>): Promise<Upgrade> {
  const machines = await startMachines({ version: from, packages: [to] });
  const scratch = await mkdtemp(join(tmpdir(), "pulumi-chef-backend-bench-"));
  try {
    await healthy(inputsFor(machines));
    const upgrade = await use(machines, scratch);
    const { nodes } = await healthy(inputsFor(machines));
    const behind = nodes.filter((node) => !node.package.version?.startsWith(to));
    if (behind.length > 0) throw new Error(`${behind.map(({ name }) => name).join(", ")}: not at ${to}`);
    return upgrade;
  } finally {
    await machines.close();
    await rm(scratch, { recursive: true, force: true });
  }
}
