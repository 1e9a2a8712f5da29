import { failureOf } from "../chef/machine/failure";
import { parseLeftovers } from "../chef/server/cleanup";
import { type Machine, UnreachableError } from "../machine/machine";

/** Seconds that a look at what `cleanup` would remove may take: it is a whole run of Chef's client. */
const limit = 600;

/**
 * What `cleanup` will remove, in its own words, for whoever is to approve it. Changes nothing.
 * @param names the machines on which it is planned
 * @param argv its `--no-op`
 */
export async function leftovers(
  machines: readonly Machine[],
  names: readonly string[],
  argv: string[],
): Promise<string[]> {
  const command = `\`${argv.slice(argv.findIndex((word) => word.endsWith("-ctl"))).join(" ")}\``;
  return Promise.all(
    machines
      .filter(({ name }) => names.includes(name))
      .map(async (machine) => `${machine.name}: ${await leftOn(machine, argv, command)}`),
  );
}

async function leftOn(machine: Machine, argv: string[], command: string): Promise<string> {
  try {
    const { facts } = await machine.read([{ name: "left", argv, slow: true, limit }]);
    const failure = failureOf(command, facts.left!);
    if (failure !== null) return `what cleanup will remove is not known: ${failure}`;
    const left = parseLeftovers(facts.left!.stdout);
    return left.length > 0
      ? `cleanup will remove ${left.join(", ")}`
      : `${command} names nothing that cleanup will remove`;
  } catch (error) {
    if (error instanceof UnreachableError) return `what cleanup will remove is not known: ${error.message}`;
    throw error;
  }
}
