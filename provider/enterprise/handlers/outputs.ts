import { byMachine, byMachineRead, installedRelease } from "../../handlers/byMachine";
import { newestJournal } from "../../machine/journal";
import { drbdText } from "../../drbd/drbd";
import { installLog } from "../enterpriseRun";
import type { EnterpriseRecord } from "../record";
import { type EnterpriseMachine, type EnterpriseState, machinesOf } from "../state";
import { machineProblems, systemProblems } from "../wellness";
import type { EnterpriseOutputs } from "./types";

/** The outputs that a state of the system gives; what no look at it can tell is kept from `olds`. */
export function outputsOf(state: EnterpriseState, olds: Partial<EnterpriseOutputs>): EnterpriseOutputs {
  const record = newestJournal(state.nodes.map((node) => node.record));
  const masters = state.nodes.filter(({ keepalived }) => keepalived === "master");
  const upgrade = record?.task === "upgrade" ? record : null;
  return {
    versions: byMachineRead(machinesOf(state), olds.versions, installedRelease),
    master: masters.length === 1 ? masters[0]!.name : "",
    drbd: byMachineRead(state.nodes, olds.drbd, ({ drbd }) => drbdText(drbd)),
    healthy: systemProblems(state).length === 0,
    frontendHealth: byMachine(state.frontends, (frontend) =>
      frontend.unreachable === null ? machineProblems(frontend).join(", ") || "healthy" : "unreachable",
    ),
    attempts: upgrade?.attempts ?? olds.attempts ?? [],
    installLogs: { ...olds.installLogs, ...(upgrade ? logsOf(upgrade, machinesOf(state)) : {}) },
    lastUpgrade: olds.lastUpgrade ?? null,
    cleanedUp: record?.cleanedUp ?? olds.cleanedUp ?? "",
  };
}

/** Each installation is a job, and the run that started it is in the name of its log. */
function logsOf(
  { jobs = {}, to }: EnterpriseRecord,
  machines: readonly EnterpriseMachine[],
): Record<string, string> {
  const logs = machines.flatMap(({ name, stateDir }): [string, string][] => {
    const job = jobs[`${name}/install`];
    return job && stateDir ? [[name, `${stateDir}/logs/${installLog(to, job.run)}`]] : [];
  });
  return Object.fromEntries(logs);
}
