import type { MachineState } from "../../cluster/state";
import type { Journal } from "../../machine/journal";
import { idOf } from "../../machine/who";
import { type Refusal, refuse } from "../refusal";

/**
 * Machines with unfinished work that none of those in the inputs is, whatever it is called: nobody would finish it, and
 * what they still need would be taken for done.
 * @param owed their names in the record, in today's names
 * @param machines all that the inputs list
 */
export function unlisted(
  record: Journal | null,
  owed: readonly string[],
  machines: readonly Pick<MachineState, "name" | "unreachable">[],
): Refusal[] {
  if (record === null || record.finished) return [];
  const lost = [...new Set(owed)].filter((name) => machines.every((each) => each.name !== name));
  if (lost.length === 0) return [];
  const away = machines.filter(({ unreachable }) => unreachable !== null).map(({ name }) => name);
  const ids = lost.map((name) => idOf(record, name));
  const nameless = lost.filter((name, at) => ids[at] === name);
  return [
    refuse({
      code: "unlisted",
      what: "Machine with unfinished work is not listed",
      where: lost,
      seen: [
        `run ${record.run} has not finished what it began there; none of the machines in the inputs is it`,
        ...lost.flatMap((name, at) => (nameless.includes(name) ? [] : [`${name}: id ${ids[at]}`])),
      ].join("\n"),
      next: [
        ...(away.length > 0 ? [`restore the SSH connection to ${away.join(", ")}, which may be it`] : []),
        `list it again until that work is finished, ${nameless.length > 0 ? `with \`name\` ${nameless.join(", ")}` : "under any name"}`,
        `if it does not exist any more, set \`goneMachines: ${JSON.stringify(ids)}\``,
      ].join("\n"),
    }),
  ];
}
