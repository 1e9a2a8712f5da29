import { onNode } from "../demo/onNode";
import { startLab } from "../lab";
import { heading, inSeconds, line } from "./figures";
import { from, settingsFor, to } from "./settings";
import { inProviderProcess, type ProbeTimes } from "./tasks";

/** Times readings of a cluster whose control commands take next to nothing: what is left is ours and the lab's. */
export async function timeProbes(
  times: number,
  signal: AbortSignal,
): Promise<{ probes: ProbeTimes; programs: number[] }> {
  const lab = await startLab({ version: from, scale: 1000, packages: [to] });
  try {
    const settings = settingsFor(lab, from);
    const probes = await inProviderProcess<ProbeTimes>({ kind: "probes", settings, times }, signal);
    const programs: number[] = [];
    for (let round = 0; round < 5; round++) programs.push(await millisecondsPerProgram(lab));
    return { probes, programs };
  } finally {
    await lab.stop();
  }
}

/** What one of the lab's programs takes, by itself: a shell that asks the simulated cluster over a socket. */
async function millisecondsPerProgram(lab: Parameters<typeof onNode>[0]): Promise<number> {
  const loop = "i=0; while [ $i -lt 20 ]; do id -u > /dev/null; i=$((i + 1)); done";
  const timed = `a=$(date +%s%N); ${loop}; b=$(date +%s%N); echo $(((b - a) / 20))`;
  return Number(await onNode(lab, lab.backends[0]!, timed)) / 1e6;
}

export function reportProbes({ probes, programs }: Awaited<ReturnType<typeof timeProbes>>): void {
  heading("Reading three nodes side by side, whose control commands take no time");
  line("dialling, handshake, login, a small script", inSeconds(probes.first));
  line("the small script on open connections", inSeconds(probes.again));
  line("a reading of what changes, as before each step", inSeconds(probes.status));
  line("  of it processor time of the provider", inSeconds(probes.statusCpu));
  line("a reading with all that the preflight needs", inSeconds(probes.full));
  line("  of it processor time of the provider", inSeconds(probes.fullCpu));
  line("one of the lab's programs, run alone", inSeconds(programs));
}
