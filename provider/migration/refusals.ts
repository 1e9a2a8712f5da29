import type { MachineState } from "../cluster/state";
import { namesOf } from "../machine/journal";
import { idOf } from "../machine/who";
import type { Refusal } from "../plan/plan";
import { refuse } from "../plan/refusal";
import { notApproved } from "../plan/refusals/approval";
import { asUser, leadingToSeveral, listedTwice, whyUnreachable } from "../plan/refusals/anyMachine";
import { unlisted } from "../plan/refusals/unlisted";
import { release } from "../versions/version";
import { copyRoom } from "./copyRoom";
import { closedSource, holding } from "./record";
import type { Rule } from "./rule";
import { sourceRules } from "./sourceRules";
import { everyMachine, type MigrationState, neededMachines } from "./state";
import { targetRules } from "./targetRules";

const unreachable: Rule = ({ timeouts }, state, record) =>
  neededMachines(state, record)
    .filter((machine) => machine.unreachable !== null)
    .map((machine) =>
      refuse({
        code: "unreachable",
        what: "Machine cannot be reached",
        where: machine.name,
        seen: whyUnreachable(machine),
        next: "restore the SSH connection; a migration needs every machine of both systems",
        waitable: timeouts.services,
      }),
    );

const notRoot: Rule = (_spec, state, record) =>
  neededMachines(state, record)
    .filter((machine) => !machine.root)
    .map(({ name }) => asUser(name));

const wrongHosts: Rule = (_spec, state, record) => {
  const machines = neededMachines(state, record);
  return [...listedTwice(machines), ...leadingToSeveral(machines)];
};

/** What was closed is to be opened; and a cluster that a backend has joined counts it, after a rehearsal as well. */
const lost: Rule = (_spec, state, record) => {
  if (record === null || record.migrated) return [];
  const owed = [...closedSource(record), ...namesOf(record.begun, "create", "join")];
  return unlisted({ ...record, finished: false }, owed, everyMachine(state));
};

/** The others take over what the first one has made: another first one would make it anew. */
const firstOnes: Rule = ({ rehearse }, { nodes, frontends, oldFrontends }, record) => {
  if (record === null) return [];
  const { begun } = holding(record, rehearse ? "rehearse" : "migrate");
  const fresh = "list fresh machines only: the migration begins anew";
  return (
    [
      ["create", "nodes", nodes, () => fresh],
      ["server-config", "frontends.nodes", frontends, () => fresh],
      [
        "backup",
        "source.frontends",
        oldFrontends,
        (first) => `set \`goneMachines: ["${idOf(record, first)}"]\``,
      ],
    ] satisfies [string, string, readonly MachineState[], (first: string) => string][]
  ).flatMap(([word, field, machines, otherwise]) => {
    const [first] = namesOf(begun, word);
    const listed = machines[0]!.name;
    if (first === undefined || first === listed) return [];
    return [
      refuse({
        code: "order",
        what: "Another machine is listed first",
        where: `input \`${field}\``,
        seen: `an earlier run began with ${first}; the first one listed is ${listed}`,
        next: `list ${first} first again\nif it does not exist any more, ${otherwise(first)}`,
      }),
    ];
  });
};

/** The old frontends are closed for the final copy: only with consent that names what it is given for. */
const consent: Rule = ({ rehearse, allowDowntime, cluster: { version } }, _state, record) => {
  const given = allowDowntime === null ? null : release(allowDowntime);
  if (rehearse || given === release(version) || closedSource(record).length > 0) return [];
  const rehearsed = record?.finished && record.mode === "rehearse";
  return [
    notApproved({
      ...{ where: "all old frontends", given, wanted: release(version) },
      parts: [
        "they are out of service from before the final backup on",
        "they stay so once the new server has everything, and are back in service if anything fails before",
      ],
      hints: rehearsed ? [] : ["to see first how long it takes and what would differ, set `rehearse: true`"],
    }),
  ];
};

const always = [notRoot, wrongHosts];
const untilMoved = [...sourceRules, ...targetRules, copyRoom, consent];

/** Everything that forbids a migration now, all at once. What the others say of themselves holds, whoever is out of reach. */
export function migrationRefusals(...[spec, state, record]: Parameters<Rule>): Refusal[] {
  const gone = [unreachable, lost, firstOnes].flatMap((rule) => rule(spec, state, record));
  const here = reachable(state);
  const rules = record?.migrated ? always : [...always, ...untilMoved];
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
