import { release } from "../versions/version";

interface Read {
  readonly name: string;
  readonly unreachable: string | null;
}

/** An output with an entry for each machine, by its name. */
export function byMachine<M extends Read>(
  machines: readonly M[],
  value: (machine: M) => string,
): Record<string, string> {
  return Object.fromEntries(machines.map((machine) => [machine.name, value(machine)]));
}

/** The same, where one that cannot be read keeps what was last seen of it. */
export function byMachineRead<M extends Read>(
  machines: readonly M[],
  before: Readonly<Record<string, string>> | undefined,
  value: (machine: M) => string,
): Record<string, string> {
  return byMachine(machines, (machine) =>
    machine.unreachable === null ? value(machine) : (before?.[machine.name] ?? "unknown"),
  );
}

/** `none` where the package is not installed. */
export function installedRelease({
  package: { version },
}: {
  readonly package: { readonly version: string | null };
}): string {
  return version === null ? "none" : release(version);
}
