import { parseDrbd } from "../drbd/drbd";
import { parseBootstrap } from "../drbd/serverConfig";
import type { Clock } from "../machine/clock";
import type { Machine, Reading } from "../machine/machine";
import { factOf, isFull, toMachineState, unreachableMachine } from "../observe/machineState";
import { newestJournal } from "../machine/journal";
import { inTodaysNames, whoIs } from "../machine/who";
import { type Depth, type Kind, observeMachine } from "../observe/observeMachine";
import { mattersFor, recallScripts } from "../observe/scripts";
import { parseControlStatus } from "./controlStatus";
import {
  enterpriseBackendFacts,
  enterpriseBackendPreflightFacts,
  enterpriseFacts,
  enterprisePreflightFacts,
  packageName,
} from "./facts";
import { parseEnterpriseRecord, renamedEnterprise } from "./record";
import type { EnterpriseSpec } from "./spec";
import type { EnterpriseBackend, EnterpriseMachine, EnterpriseState } from "./state";

const frontend: Kind<EnterpriseMachine> = {
  ...{ package: packageName, facts: enterpriseFacts, preflightFacts: enterprisePreflightFacts },
  toState: (name, host, reading, before) => ({
    ...toMachineState(name, host, reading, "controlStatus", before),
    status: parseControlStatus(factOf(reading, "controlStatus")),
    hasTar: isFull(reading) ? factOf(reading, "tar").code === 0 : (before?.hasTar ?? false),
  }),
  unreachable: (name, host, why) => ({
    ...unreachableMachine(name, host, why),
    ...{ status: { services: [], down: [], errors: [why] }, hasTar: false },
  }),
};

const backend: Kind<EnterpriseBackend> = {
  ...{ package: packageName, facts: enterpriseBackendFacts, preflightFacts: enterpriseBackendPreflightFacts },
  toState: (name, host, reading, before) => {
    const fact = (key: string) => factOf(reading, key);
    const machine = frontend.toState(name, host, reading, before);
    const drbd = { cstate: fact("drbdConnection"), role: fact("drbdRole"), dstate: fact("drbdDisk") };
    return {
      ...machine,
      bootstrap: isFull(reading)
        ? bootstrapOf(reading, machine.addresses)
        : (before?.bootstrap ?? "it was not read"),
      keepalived: fact("keepalived").stdout.trim(),
      drbd: parseDrbd(fact("procDrbd"), drbd),
      record: parseEnterpriseRecord(reading.record),
    };
  },
  unreachable: (name, host, why) => ({
    ...frontend.unreachable(name, host, why),
    ...{ bootstrap: why, keepalived: "", drbd: why, record: null },
  }),
};

function bootstrapOf(reading: Reading, addresses: readonly string[]): boolean | string {
  const { code, stdout, stderr } = factOf(reading, "config");
  if (code !== 0) return stderr.trim() || "it cannot be read";
  const names = ["fullName", "shortName"].map((key) => factOf(reading, key).stdout.trim());
  return parseBootstrap(stdout, { names: [...new Set(names)].filter((name) => name !== ""), addresses });
}

/**
 * Reads every machine side by side. Changes nothing. One that cannot be reached is in the result as such.
 * @param machines the backends, then the frontends, both in the order of `spec`
 */
export async function observeEnterprise(
  spec: EnterpriseSpec,
  machines: readonly Machine[],
  clock: Clock,
  depth: Depth,
  before?: EnterpriseState,
): Promise<EnterpriseState> {
  const startedAt = clock.now();
  const matters = mattersFor([spec.version], spec.acceptFailedScripts);
  const wanted = { packages: spec.packageFile ? { [spec.version]: spec.packageFile } : {}, matters };
  const [nodes, frontends] = await Promise.all([
    Promise.all(
      spec.nodes.map(({ host }, at) =>
        observeMachine(backend, wanted, machines[at]!, host, depth, before?.nodes[at]),
      ),
    ),
    Promise.all(
      spec.frontends.map(({ host }, at) => {
        const machine = machines[spec.nodes.length + at]!;
        return observeMachine(frontend, wanted, machine, host, depth, before?.frontends[at]);
      }),
    ),
  ]);
  const now = whoIs([...nodes, ...frontends]);
  const named = nodes.map((node) => ({
    ...node,
    record: inTodaysNames(node.record, now, spec.goneMachines ?? [], renamedEnterprise),
  }));
  const record = newestJournal(named.map((node) => node.record));
  return {
    ...{ startedAt, endedAt: clock.now() },
    nodes: recallScripts(named, record, matters),
    frontends: recallScripts(frontends, record, matters),
  };
}
