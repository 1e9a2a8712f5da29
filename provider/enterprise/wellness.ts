import { drbdText, isInStep } from "../drbd/drbd";
import { release } from "../versions/version";
import { statusProblems } from "./controlStatus";
import { type EnterpriseBackend, type EnterpriseMachine, type EnterpriseState, machinesOf } from "./state";
import { type EnterpriseView, needsInstall } from "./view";

/**
 * What is not right with the two keepalived states: the bootstrap backend is master, the other one backup.
 * @param whose `primary`: only its own is looked at.
 */
export function keepalivedProblems(
  { pair }: Pick<EnterpriseView, "pair">,
  whose: "both" | "primary" = "both",
): string[] {
  if (!pair) return ["which backend is the bootstrap one cannot be told"];
  const { primary, secondary } = pair;
  const wrong = (name: string, says: string, shall: string) =>
    says === shall ? [] : [`${name} says ${says || "nothing"} in current_cluster_status, expected ${shall}`];
  return [
    ...wrong(primary.name, primary.keepalived, "master"),
    ...(whose === "both" ? wrong(secondary.name, secondary.keepalived, "backup") : []),
  ];
}

/** Which backend is active is keepalived's business, but for an upgrade: one is, and the other one stands by. */
export function mastersProblems(nodes: readonly EnterpriseBackend[]): string[] {
  const one = (word: string) => nodes.filter(({ keepalived }) => keepalived === word).length === 1;
  const each = nodes.map(({ name, keepalived }) => `${name} says ${keepalived || "nothing"}`).join(", ");
  return one("master") && one("backup")
    ? []
    : [`${each} in current_cluster_status, expected one master and one backup`];
}

/** Everything that keeps a system from being verified at the version; empty when it is. */
export function verificationProblems(view: EnterpriseView): string[] {
  const machines = view.order.flatMap((machine) => [
    ...away(machine),
    ...(needsInstall(view, machine)
      ? [`${machine.name} has private-chef ${release(machine.package.version ?? "nothing")}`]
      : []),
    ...ailing(machine),
  ]);
  return [...machines, ...mastersProblems(view.state.nodes)];
}

/** Everything that is not well in a system, whatever its version; none when all is. */
export function systemProblems(state: EnterpriseState): string[] {
  const machines = machinesOf(state).flatMap((machine) => [...away(machine), ...ailing(machine)]);
  return [...machines, ...mastersProblems(state.nodes), ...notInStep(state.nodes)];
}

const away = ({ name, unreachable }: EnterpriseMachine) =>
  unreachable === null ? [] : [`${name} cannot be reached: ${unreachable}`];

const ailing = (machine: EnterpriseMachine) =>
  machineProblems(machine).map((problem) => `${machine.name}: ${problem}`);

/** Backends whose copy of the data is behind the other's, or that cannot tell. */
export function notInStep(nodes: readonly EnterpriseBackend[]): string[] {
  return nodes
    .filter(({ unreachable, drbd }) => unreachable === null && !isInStep(drbd))
    .map(({ name, drbd }) => `${name}: DRBD is ${drbdText(drbd)}`);
}

/** What does not run on a machine though it shall. */
export function machineProblems(machine: EnterpriseMachine | EnterpriseBackend): string[] {
  if (machine.unreachable !== null) return [];
  if (!("keepalived" in machine)) return statusProblems(machine.status, "frontend");
  return statusProblems(machine.status, machine.keepalived === "backup" ? "standby" : "active");
}
