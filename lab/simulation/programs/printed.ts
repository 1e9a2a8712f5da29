import type { Machine } from "../machine";
import type { Printed } from "../switches";
import type { System } from "../system";
import type { Run } from "./program";

/** What the switch `prints` has for a command: by all its words, by those after a control command, or by its name. */
export function printedInstead(machine: Machine, argv: readonly string[]): Printed | undefined {
  const { prints } = machine.switches;
  if (Object.keys(prints).length === 0) return undefined;
  const [path = "", ...args] = argv;
  const name = path.replace(/^.*\//, "");
  const keys = [[name, ...args].join(" "), ...(name.endsWith("-ctl") ? [args.join(" ")] : []), name];
  const key = keys.find((each) => Object.hasOwn(prints, each));
  return key === undefined ? undefined : prints[key];
}

/** A line of what a number of bytes is made of. */
export const filling = "Lorem ipsum dolor sit amet: running; leader: 1; total: 3; OK.\n";

/** Prints it. @returns the exit status, given that of the command itself */
export function printInstead(run: Run<System>, printed: Printed, code: number): number {
  if (typeof printed === "string") run.print(printed);
  else if (printed instanceof Uint8Array) run.printBytes(printed);
  else if (typeof printed === "number") run.fill(printed);
  else return run.fail(printed.code, printed.message);
  return code;
}
