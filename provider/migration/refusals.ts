import type { MachineState } from "../cluster/state";
import type { Refusal } from "../plan/plan";
import { refuse } from "../plan/refusals/rule";
import { release } from "../versions/version";
import { closedSource } from "./record";
import type { Rule } from "./rule";
import { sourceRules } from "./sourceRules";
import { everyMachine, type MigrationState } from "./state";
import { targetRules } from "./targetRules";

const unreachable: Rule = ({ timeouts }, state) =>
  everyMachine(state)
    .filter(({ machine }) => machine.unreachable !== null)
    .map(({ machine: { name, unreachable } }) =>
      refuse(
        "unreachable",
        `${name}: ${unreachable}`,
        "Every machine of both systems must be reachable",
        timeouts.services,
      ),
    );

const notRoot: Rule = (_spec, state) =>
  everyMachine(state)
    .filter(({ machine }) => !machine.root)
    .map(({ machine: { name } }) =>
      refuse(
        "root",
        `${name}: commands do not run as root`,
        "Log in as root (connection.user), or set connection.sudo",
      ),
    );

/**
 * Given under two names, or by an address that moves. Containers of one host have one boot id, and many machines have a
 * bridge with the same address: one machine is what has both.
 */
const sameMachine: Rule = (_spec, state) => {
  const machines = everyMachine(state).map(({ machine }) => machine);
  return machines.flatMap((machine, at) => {
    const twin = machines.findIndex(
      ({ bootId, addresses }) =>
        bootId === machine.bootId && addresses.some((each) => machine.addresses.includes(each)),
    );
    if (twin < 0 || twin === at) return [];
    return [
      refuse(
        "membership",
        `${machines[twin]!.name} and ${machine.name} are the same machine`,
        "Give each machine by its own address, never by a VIP or a load balancer's",
      ),
    ];
  });
};

/** The old frontends are closed for the final copy: only with consent that names what it is given for. */
const consent: Rule = ({ rehearse, allowDowntime, cluster: { version } }, _state, record) => {
  const given = allowDowntime === null ? null : release(allowDowntime);
  if (rehearse || given === release(version) || closedSource(record).length > 0) return [];
  const was =
    given === null ? "allowDowntime is not given" : `allowDowntime is ${given}, for another version`;
  const rehearsed = record?.finished && record.mode === "rehearse";
  return [
    refuse(
      "downtime",
      `This needs downtime, and ${was}. All old frontends are stopped from before the final backup on; they stay stopped once the new server has everything, and are started again if anything fails`,
      `When that may happen, set allowDowntime: "${release(version)}"${rehearsed ? "" : ". To see before how long it takes, and what would be different, set rehearse: true"}`,
    ),
  ];
};

const rules = [notRoot, sameMachine, ...sourceRules, ...targetRules, consent];

/** Everything that forbids a migration now, all at once. What the others say of themselves holds, whoever is out of reach. */
export function migrationRefusals(...[spec, state, record]: Parameters<Rule>): Refusal[] {
  const gone = unreachable(spec, state, record);
  const here = reachable(state);
  return [...gone, ...rules.flatMap((rule) => rule(spec, here, record))];
}

function reachable(state: MigrationState): MigrationState {
  const there = <T extends MachineState>(machines: readonly T[]) =>
    machines.filter((each) => each.unreachable === null);
  const { nodes, frontends, oldBackends, oldFrontends } = state;
  return {
    ...state,
    ...{ nodes: there(nodes), frontends: there(frontends) },
    ...{ oldBackends: there(oldBackends), oldFrontends: there(oldFrontends) },
  };
}
